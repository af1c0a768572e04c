"""Joins pieces of speech into one recording: silence trimmed, soft edges, natural pauses, absolute word
times.

Every step works on one piece at a time, so memory does not grow with the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from workers.engines.base import Audio, Word
from workers.text.split import Pause

# Readers rest about 0.3 to 0.5 s between sentences and about twice as long between paragraphs; a clause gets
# half of a sentence's. Trimmed pieces keep 30 ms of their own silence at each end, which adds to these.
PAUSES: dict[Pause, float] = {"paragraph": 0.7, "sentence": 0.35, "clause": 0.15, "none": 0.0}
# "Wait… what?": what is left unsaid needs a moment longer.
_ELLIPSIS_PAUSE = 0.5
_ELLIPSES = ("...", "…")
_CLOSERS = "\"'”’»)]」』"

_FRAME_SECONDS = 0.005
# Below the loudest frame by this much is silence: soft enough to keep a final "f" or "s".
_SILENCE_DB = -50.0
_FLOOR = 10 ** (-70 / 20)
_FADE_SECONDS = 0.005


def pause_after(text: str, kind: Pause) -> float:
    """Seconds of rest after a piece with this text that ends in this way."""
    trailing_off = kind == "sentence" and text.rstrip().rstrip(_CLOSERS).endswith(_ELLIPSES)
    return _ELLIPSIS_PAUSE if trailing_off else PAUSES[kind]


def trim_silence(samples: Audio, rate: int, keep: float = 0.03) -> tuple[Audio, float]:
    """The samples without silence at both ends but for `keep` seconds, and the seconds cut off at the start.

    Silence is judged on frames of 5 ms, 50 dB under the loudest. A piece that is silent throughout comes back
    empty.
    """
    frame = max(1, int(rate * _FRAME_SECONDS))
    count = -(-len(samples) // frame)
    padded = np.zeros(count * frame, dtype=np.float32)
    padded[: len(samples)] = samples
    level = np.sqrt(np.mean(np.square(padded.reshape(count, frame)), axis=1)) if count else padded
    loudest = float(level.max(initial=0.0))
    if loudest <= _FLOOR:
        return samples[:0], 0.0
    heard = np.flatnonzero(level > max(_FLOOR, loudest * 10 ** (_SILENCE_DB / 20)))
    margin = int(keep * rate)
    start = max(0, int(heard[0]) * frame - margin)
    end = min(len(samples), (int(heard[-1]) + 1) * frame + margin)
    return samples[start:end], start / rate


def fade_edges(samples: Audio, rate: int, seconds: float = _FADE_SECONDS) -> Audio:
    """A copy that starts and ends at zero along half a cosine, so that no edge clicks."""
    count = min(int(seconds * rate), len(samples) // 2)
    faded = samples.copy()
    if count:
        ramp = ((1 - np.cos(np.linspace(0, np.pi, count))) / 2).astype(np.float32)
        faded[:count] *= ramp
        faded[-count:] *= ramp[::-1]
    return faded


def shifted(words: Iterable[Word], seconds: float, characters: int = 0) -> list[Word]:
    """The same words later by `seconds` and further into the text by `characters`; no time below 0."""
    return [
        replace(
            word,
            start=max(0.0, word.start + seconds),
            end=max(0.0, word.end + seconds),
            char_start=word.char_start + characters,
            char_end=word.char_end + characters,
        )
        for word in words
    ]


class Joiner:
    """Puts pieces one after the other. One for each recording, or for each segment that is made by itself.

        joiner = Joiner(rate)
        for piece in pieces:
            samples, words = ...speak...
            encoder.write(joiner.add(samples, words, text=piece.text, char_start=piece.start,
            pause=piece.pause))

    Segments join in the same way: shift the words of each by the seconds before it, and put `pending_pause`
    between. `words` are those of the last piece only, so that memory stays flat.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._samples = 0
        self._started = False
        self.pending_pause = 0.0
        """Seconds to rest before whatever follows the last piece."""
        self.words: list[Word] = []
        """The words of the last piece: seconds from the start of the recording, places in the whole text."""

    @property
    def seconds(self) -> float:
        """How long the recording is so far."""
        return self._samples / self._rate

    def add(
        self,
        samples: Audio,
        words: Sequence[Word] = (),
        *,
        text: str,
        char_start: int = 0,
        pause: Pause = "sentence",
    ) -> Audio:
        """What to write next: the rest that the piece before asked for, then this piece.

        `words` count from the start of `samples` and of `text`; `char_start` is where `text` begins in the
        whole. A piece with no sound in it adds nothing now and lengthens the rest to its own.
        """
        spoken, cut = trim_silence(samples, self._rate)
        rest_after = pause_after(text, pause)
        if not len(spoken):
            self.words = []
            self.pending_pause = max(self.pending_pause, rest_after)
            return spoken
        rest = np.zeros(round(self.pending_pause * self._rate) if self._started else 0, dtype=np.float32)
        begin = self.seconds + len(rest) / self._rate
        shown = fade_edges(spoken, self._rate)
        self._samples += len(rest) + len(shown)
        self._started = True
        self.pending_pause = rest_after
        # An engine's times may reach into the silence that was cut: they stay within what is heard.
        self.words = [
            replace(
                word,
                start=min(max(word.start, begin), self.seconds),
                end=min(max(word.end, begin), self.seconds),
            )
            for word in shifted(words, begin - cut, char_start)
        ]
        return np.concatenate([rest, shown])
