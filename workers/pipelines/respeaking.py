"""Says again, in another voice, what a recording says: each phrase where it was, and as long as it was.

The words go through text: laughter, breath, singing and whatever is no speech is not in the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workers.audio.joining import fade_edges
from workers.audio.stretch import stretched
from workers.audio.vad import RATE
from workers.engines.base import Audio, AudioChunk
from workers.engines.kinds import HeardWord, Hearing, Transcriber
from workers.text.split import Piece

from . import speech
from .base import StepContext
from .revoiced import Voiced, speaker

NAME = "asr-resynthesis"
NOTE = (
    "Spoken anew: the recording was written down and said again by the target voice, phrase by phrase in the "
    "original's timing. What is no speech is lost."
)
EAR = "whisper"
REST = 0.28
"""Seconds of quiet between two phrases; a shorter gap is inside one."""
LONGEST = 12.0
LEAD = 0.11
"""Seconds that the ear hears a phrase begin too early (measured against exact alignments: kokoro.WORD_SHIFT)."""
STRETCH = (0.62, 1.75)
"""How much a phrase may be slowed down and hurried to be as long as it was."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words said in one breath, from `start` to `end` seconds."""

    text: str
    start: float
    end: float


def respoken(context: StepContext, samples: Audio, *, pace: float = 1.0) -> Voiced:
    """The phrases of mono samples at RATE, said again; all times divided by `pace`."""
    with context.tool(Transcriber, EAR) as ear:
        language = context.payload.get("language")
        segments = list(ear.hear(samples, Hearing(language=language, words=True), context.cancelled))
    words = [word for segment in segments for word in segment.words]
    length = len(samples) / RATE / pace
    phrases = [Phrase(p.text, p.start / pace, p.end / pace) for p in in_phrases(words)]
    said = speaker(context)
    with context.engines.lease(str(said.request["model"])) as engine:
        rate = engine.sample_rate
        out = np.zeros(round(length * rate), np.float32)
        free = 0
        for number, phrase in enumerate(phrases):
            context.check()
            until = phrases[number + 1].start if number + 1 < len(phrases) else length
            piece = Piece(phrase.text, 0, len(phrase.text), "sentence")
            sound, _ = speech.speak_piece(said, engine, piece)
            sound = fitted(sound, rate, phrase.end - phrase.start, until - phrase.start)
            begin = max(free, round(phrase.start * rate))
            sound = fade_edges(sound[: max(0, len(out) - begin)], rate)
            out[begin : begin + len(sound)] += sound
            free = begin + len(sound)
            context.progress((number + 1) / len(phrases))
    return Voiced(out, rate, {"text": " ".join(phrase.text for phrase in phrases)})


def in_phrases(words: Sequence[HeardWord]) -> Iterator[Phrase]:
    """The words of each breath together."""
    held: list[HeardWord] = []
    for word in words:
        if held and (word.start - held[-1].end >= REST or word.end - held[0].start > LONGEST):
            yield _phrase(held)
            held = []
        held.append(word)
    if held:
        yield _phrase(held)


def _phrase(words: Sequence[HeardWord]) -> Phrase:
    start, end = words[0].start, words[-1].end
    start = min(start + LEAD, max(start, end - 0.2))
    return Phrase(" ".join(word.text.strip() for word in words), start, end)


def fitted(sound: Audio, rate: int, seconds: float, room: float) -> Audio:
    """The sound as long as it should be, as far as that sounds natural; hurried further where the room is less."""
    took = len(sound) / rate
    if not took:
        return sound
    speed = min(STRETCH[1], max(STRETCH[0], took / max(seconds, 0.1)))
    if took / speed > room > 0:
        speed = min(2.5, took / room)
    chunks = stretched([AudioChunk(sound)], rate, round(speed, 3))
    return np.concatenate([chunk.samples for chunk in chunks])


def with_pitch(context: StepContext, scale: float) -> StepContext:
    """The context whose speaker's pitch is multiplied by `scale`, where its engine can do that."""
    request: dict[str, Any] = dict(context.request)
    said = dict(request["speech"])
    options = dict(said.get("options") or {})
    data = dict(options.get("voice_data") or {})
    data["f0_scale"] = float(data.get("f0_scale", 1.0)) * scale
    request["speech"] = {**said, "options": {**options, "voice_data": data}}
    return replace(context, request=request)
