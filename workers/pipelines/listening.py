"""Live listening: sound comes in as it is spoken, what was said comes out while it is said, turn by turn.

A turn begins with speech and ends with a pause (or when the speaker's program says so). While it lasts it is heard
again and again, each time whole: what is shown is replaced by what fits better. Whisper hears half a minute at most,
so of a longer turn the beginning is written down for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import soxr

from workers.audio.encode import from_int16
from workers.audio.vad import FRAME, RATE, SpeechDetector
from workers.engines.base import Audio, Cancelled
from workers.engines.kinds import Hearing, Transcriber

Ends = Literal["vad", "kugelturn", "manual"]
"""Who ends a turn: a pause; a pause, the sooner where the sentence is complete; the other side alone."""

LOOK_SECONDS = 1.0
"""So much new sound is worth another hearing."""
LEAST_SPEECH = 0.25
"""A turn with less speech than this was none: a knock, a breath."""
SURE = 0.5
_TAIL = 27.0
"""A turn's sound that is heard at once, at most; beyond it the beginning is written down for good."""
_LEAD = 0.3
_AT_ONCE = 8
"""Frames judged at a time: a quarter of a second."""
_COMPLETE = (".", "?", "!", "。", "？", "！", "।", "؟")


@dataclass(frozen=True, slots=True)
class Manner:
    """How to listen. `pauses`: seconds of quiet after which a complete sentence ends the turn, and anything does.

    `languages`: those that may be spoken; none: any.
    """

    ends: Ends = "kugelturn"
    pauses: tuple[float, float] = (0.5, 1.2)
    languages: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in the turn so far, or in all of it (`final`). `reason` says what ended it."""

    text: str
    final: bool
    language: str | None = None
    reason: str = ""


class LiveListener:
    """One stream of mono 16-bit sound at `rate` Hz. `push` what came, then call `look` until it gives None."""

    def __init__(self, rate: int, manner: Manner) -> None:
        self._manner = manner
        self._resampler = soxr.ResampleStream(rate, RATE, 1, "float32") if rate != RATE else None
        self._odd = b""
        self._waiting: list[Audio] = []
        self.judged = 0.0
        """Seconds of sound that were looked at."""
        self._ended = False
        self._languages: tuple[str, ...] = manner.languages
        self._begin()

    def push(self, data: bytes) -> None:
        """More sound, s16le; any number of bytes."""
        data = self._odd + data
        self._odd = data[len(data) // 2 * 2 :]
        samples = from_int16(data[: len(data) // 2 * 2])
        if self._resampler is not None:
            samples = np.asarray(self._resampler.resample_chunk(samples), np.float32)
        self._waiting.append(samples)

    def end(self) -> None:
        """Nothing more comes: what is left is the last turn."""
        self._ended = True
        if self._resampler is not None:
            # What its filter holds back is the last tenth of a second.
            rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            self._waiting.append(np.asarray(rest, np.float32))

    def look(self, model: Transcriber, cancelled: Cancelled) -> Said | None:
        """Listen on; what is worth telling, or None once all that came was looked at. Raises EngineError."""
        while (frames := self._frames()) is not None:
            self._judge(frames)
            if said := self._told(model, cancelled):
                return said
        if self._fresh and self._new >= LOOK_SECONDS and not cancelled():
            return self._said(model, cancelled)
        if self._ended:
            return self._finished(
                model, cancelled, "end_of_speech" if self._manner.ends != "manual" else "manual"
            )
        return None

    @property
    def _fresh(self) -> bool:
        """Whether there was speech since the turn was last heard."""
        return self._speech > self._heard_speech

    def _begin(self) -> None:
        """A new turn, of which only what is shortly before speech is kept."""
        self._detector = SpeechDetector()
        self._sound: list[Audio] = []
        # Seconds: of speech, of quiet since, of sound since it was last heard, of speech when it was.
        self._speech = self._quiet = self._new = self._heard_speech = 0.0
        self._written: list[str] = []
        self._shown, self._roughly = "", False
        self._language: str | None = self._languages[0] if len(self._languages) == 1 else None

    def _frames(self) -> Audio | None:
        """The next quarter of a second, or less at the end."""
        size = _AT_ONCE * FRAME
        held = np.concatenate(self._waiting) if self._waiting else np.zeros(0, np.float32)
        if len(held) < size and not (self._ended and len(held)):
            self._waiting = [held]
            return None
        self._waiting = [held[size:]]
        return held[:size]

    def _judge(self, frames: Audio) -> None:
        self.judged += len(frames) / RATE
        self._sound.append(frames)
        sure = self._detector.push(frames)
        for certainty in sure:
            if certainty >= SURE:
                self._speech += FRAME / RATE
                self._quiet = 0.0
            else:
                self._quiet += FRAME / RATE
        if self._speech:
            self._new += len(frames) / RATE
        else:
            lead = np.concatenate(self._sound)
            self._sound = [lead[-round(_LEAD * RATE) - len(frames) :]]

    def _told(self, model: Transcriber, cancelled: Cancelled) -> Said | None:
        if not self._speech:
            return None
        if self._manner.ends != "manual":
            first, last = self._manner.pauses
            if self._quiet >= last:
                return self._finished(model, cancelled, self._manner.ends)
            if self._manner.ends == "kugelturn" and self._quiet >= first and self._fresh:
                said = self._said(model, cancelled, quick=False)
                if said.text.endswith(_COMPLETE):
                    return self._finished(model, cancelled, self._manner.ends)
                return said
        if sum(map(len, self._sound)) > _TAIL * RATE:
            self._write_down(model, cancelled)
        return None

    def _said(self, model: Transcriber, cancelled: Cancelled, *, quick: bool = True) -> Said:
        """The turn as it is heard now."""
        self._new, self._heard_speech = 0.0, self._speech
        if self._speech >= LEAST_SPEECH:
            sound = np.concatenate(self._sound)
            heard = model.hear(sound, self._hearing(model, sound, quick), cancelled)
            self._shown, self._roughly = "".join(segment.text for segment in heard), quick
        return Said(self._text(), False, self._language)

    def _finished(self, model: Transcriber, cancelled: Cancelled, reason: str) -> Said | None:
        """The end of the turn; None where nothing was said in it."""
        if self._fresh or self._roughly:
            self._said(model, cancelled, quick=False)
        said = Said(self._text(), True, self._language, reason)
        self._begin()
        return said if said.text else None

    def _text(self) -> str:
        return "".join([*self._written, self._shown]).strip()

    def _write_down(self, model: Transcriber, cancelled: Cancelled) -> None:
        """The turn is too long to be heard whole: all but its end stays as it is heard now."""
        sound = np.concatenate(self._sound)
        texts: list[str] = []
        kept = 0.0
        segments = list(model.hear(sound, self._hearing(model, sound, quick=False), cancelled))
        for segment in segments[:-1] or segments:
            texts.append(segment.text)
            kept = segment.end
        if not segments:
            kept = len(sound) / RATE
        self._written += texts
        self._shown = "".join(segment.text for segment in segments[len(texts) :])
        # Some of it must go, however it was heard.
        cut = max(round(kept * RATE), len(sound) - round(_TAIL / 2 * RATE))
        self._sound = [sound[cut:]]

    def _hearing(self, model: Transcriber, sound: Audio, quick: bool) -> Hearing:
        if self._language is None and self._speech >= 1.0:
            language, probability = model.language_of(sound)
            allowed: Sequence[str] = self._manner.languages
            if allowed and language not in allowed:
                self._language = allowed[0]
            elif probability >= SURE:
                self._language = language
        return Hearing(language=self._language, phrases=self._manner.phrases, quick=quick)
