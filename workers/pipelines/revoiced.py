"""What voice changer, speech to speech and speech translation share: a recording in, another voice out.

A recording of up to a minute is one step; a longer one is cut before phrases into parts of about a minute, which are
worked on side by side and joined. Memory does not grow with it. The request has `speech` (a speech order's request:
who speaks, in which format), and what each kind of work adds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.encode import Encoder, from_int16, to_int16
from workers.audio.limiter import Limiter
from workers.audio.vad import RATE, spoken_spans
from workers.audio.watermark import Marker
from workers.audio.windows import windows
from workers.engines.base import Audio

from . import speech
from .base import Done, Fork, Outcome, PartDone, Refused, StepContext
from .recorded import NOTHING_SAID, decoded

PART_SECONDS = 60.0
_READ = 2 * RATE * 10


@dataclass(frozen=True, slots=True)
class Voiced:
    """What came of a part: mono samples at `rate` Hz, and what is to be told of it."""

    samples: Audio
    rate: int
    told: Mapping[str, Any] = field(default_factory=dict)


Work = Callable[[StepContext, Audio], Voiced]
"""Speaks anew what is said in mono samples at RATE Hz. `context.payload` has what `About` found out."""
About = Callable[[StepContext, Audio], Mapping[str, Any]]
"""Finds out what all parts must know, of the first half minute of speech or so."""
Told = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]]
"""What the result says besides the sound, of what each part told."""


def steps(kind: str, about: About, work: Work, told: Told) -> Mapping[str, Callable[[StepContext], Outcome]]:
    """The steps of a kind of job."""

    def first(context: StepContext) -> Outcome:
        path = context.scratch / "sound.s16"
        seconds, spans = _heard(context, path)
        beginning = _spoken(path, spans)
        known = dict(about(context, beginning))
        cuts = _cuts(spans, seconds)
        if len(cuts) == 1:
            voiced = work(replace(context, payload={**context.payload, **known}), _read(path, 0.0, seconds))
            return Done({**_stored(context, [voiced]), **told([voiced.told])})
        payloads = []
        for number, (start, end) in enumerate(cuts):
            context.check()
            name = f"part-{number:05}.s16"
            (context.scratch / name).write_bytes(to_int16(_read(path, start, end)).tobytes())
            payloads.append({**known, "sound": context.files.lend(name, context.scratch / name)})
        return Fork(part="part", payloads=payloads, then="join")

    def part(context: StepContext) -> Outcome:
        with context.files.open(str(context.payload["sound"])) as file:
            voiced = work(context, from_int16(file.read()))
        path = context.scratch / "voiced.s16"
        path.write_bytes(to_int16(voiced.samples).tobytes())
        key = context.files.lend("voiced.s16", path)
        return PartDone({"audio": key, "rate": voiced.rate, "told": dict(voiced.told)})

    def join(context: StepContext) -> Outcome:
        parts = list(context.parts())
        made = (_opened(context, each) for each in parts)
        return Done({**_stored(context, made), **told([each["told"] for each in parts])})

    return {kind: first, "part": part, "join": join}


def speaker(context: StepContext) -> StepContext:
    """The context as the speech pipeline knows it."""
    return replace(context, request=context.request["speech"])


def _heard(context: StepContext, path: Path) -> tuple[float, list[tuple[float, float]]]:
    """The decoded recording's length, and where speech is in it. Raises Refused where there is none."""
    seconds, sure = decoded(context, path)
    found = [span for window in windows(sure, spoken_spans(sure), seconds) for span in window]
    if not found:
        raise Refused(NOTHING_SAID)
    return seconds, found


def _cuts(spans: Sequence[tuple[float, float]], seconds: float) -> list[tuple[float, float]]:
    """The whole recording in parts that begin shortly before speech."""
    starts = [0.0]
    for (_, before), (begin, _) in pairwise(spans):
        if begin - starts[-1] >= PART_SECONDS:
            starts.append((before + begin) / 2)
    return list(zip(starts, [*starts[1:], seconds], strict=True))


def _spoken(path: Path, spans: Sequence[tuple[float, float]], most: float = 30.0) -> Audio:
    """The first seconds of speech, without what lies between."""
    pieces: list[Audio] = []
    for start, end in spans:
        left = most - sum(map(len, pieces)) / RATE
        if left <= 0:
            break
        pieces.append(_read(path, start, min(end, start + left)))
    return np.concatenate(pieces)


def _read(path: Path, start: float, end: float) -> Audio:
    with path.open("rb") as file:
        file.seek(2 * round(start * RATE))
        return from_int16(file.read(2 * (round(end * RATE) - round(start * RATE))))


def _opened(context: StepContext, part: Mapping[str, Any]) -> Voiced:
    with context.files.open(str(part["audio"])) as file:
        return Voiced(from_int16(file.read()), int(part["rate"]))


def _stored(context: StepContext, parts: Iterable[Voiced]) -> dict[str, Any]:
    """The parts one after the other, marked as made by a machine, in the format that was ordered."""
    said, seconds = speaker(context), 0.0
    with contextlib.ExitStack() as stack:
        encoder: Encoder | None = None
        for voiced in parts:
            context.check()
            if encoder is None:
                encoder = stack.enter_context(speech.output(said, voiced.rate))
                marker = Marker(voiced.rate) if context.watermark else None
                limiter = Limiter(voiced.rate)
            samples = voiced.samples if marker is None else marker.mark(voiced.samples)
            encoder.write(limiter.push(samples))
            seconds += len(samples) / voiced.rate
        assert encoder is not None
        encoder.write(limiter.finish())
        return speech.store_result(said, encoder, [], seconds)
