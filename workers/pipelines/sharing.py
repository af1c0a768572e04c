"""Long recordings among several workers: cut into parts with some sound around them, worked on side by side, joined.

The first step reads the recording once and leaves the parts in the store, lossless. Each part is worked on together
with a few seconds before and after it, so that filters and networks are in their stride at its edges; where two parts
meet, one is faded into the other within 20 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from workers.audio.decode import decode_channels
from workers.audio.formats import AUDIO_FORMATS
from workers.audio.tools.stages import Stage
from workers.audio.writing import SoundWriter
from workers.engines.kinds import Stereo

from .base import Fork, PartDone, StepContext

FORK_FROM = 300.0
"""Seconds up to which a recording is one step."""
PART_SECONDS, MARGIN_SECONDS, FADE_SECONDS = 120.0, 3.0, 0.02
_LOSSLESS = AUDIO_FORMATS["flac"]
_LONGEST = 2 * PART_SECONDS

Named = dict[str, Stereo]


class Process(Protocol):
    """What is done to the sound: blocks in, named blocks out, in the end as many samples."""

    def push(self, samples: Stereo) -> Named: ...

    def finish(self) -> Named: ...


@dataclass(frozen=True, slots=True)
class Work:
    """A tool as this module sees it: `open` gives the Process of one stretch of sound, of so many channels at `rate`.

    `grid`: parts begin at multiples of so many samples. The last argument of `open` is what the first step found out.
    """

    rate: int
    outputs: tuple[str, ...]
    open: Callable[[StepContext, int, Mapping[str, Any]], AbstractContextManager[Process]]
    grid: int = 1


SOUND = "sound"
"""The output of tools that have one."""


class OneOutput:
    """A stage as a Process."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def push(self, samples: Stereo) -> Named:
        return {SOUND: self._stage.push(samples)}

    def finish(self) -> Named:
        return {SOUND: self._stage.finish()}


def named_through(process: Process, blocks: Iterable[Stereo]) -> Iterator[Named]:
    """The blocks after the process, none empty."""
    for block in blocks:
        made = process.push(block)
        if next(iter(made.values())).shape[1]:
            yield made
    made = process.finish()
    if next(iter(made.values())).shape[1]:
        yield made


def planned(
    context: StepContext, work: Work, blocks: Iterable[Stereo], channels: int, known: Mapping[str, Any]
) -> Fork:
    """Cut the recording into parts; `known` goes with each of them."""
    length = round(PART_SECONDS * work.rate / work.grid) * work.grid
    margin = round(MARGIN_SECONDS * work.rate / work.grid) * work.grid or work.grid
    after = margin + round(FADE_SECONDS * work.rate)
    payloads: list[dict[str, Any]] = []
    open_parts: dict[int, tuple[SoundWriter, Path]] = {}
    position = 0
    with ExitStack() as stack:
        for block in blocks:
            end = position + block.shape[1]
            for number in range(max(0, (position - after) // length), (end + margin) // length + 1):
                first, last = number * length - margin, (number + 1) * length + after
                part = block[:, max(0, first - position) : max(0, last - position)]
                if not part.shape[1]:
                    continue
                if number not in open_parts:
                    path = context.scratch / f"part-{number}.flac"
                    writer = SoundWriter(_LOSSLESS, path, work.rate, channels, bits=24)
                    open_parts[number] = (stack.enter_context(writer), path)
                open_parts[number][0].write(part)
            position = end
            for number in [each for each in open_parts if (each + 1) * length + after <= position]:
                _put(context, open_parts.pop(number), payloads)
        for number in sorted(open_parts):
            if number * length < position:
                _put(context, open_parts[number], payloads)
            else:
                open_parts[number][0].abort()  # only what lies before its beginning
    for number, payload in enumerate(payloads):
        last = number == len(payloads) - 1
        payload |= {
            "known": known,
            "channels": channels,
            "lead": min(number * length, margin),
            "length": position - number * length if last else length,
            "fade": 0 if last else min(after - margin, position - (number + 1) * length),
        }
    return Fork(part="part", payloads=payloads, then="join")


def _put(context: StepContext, part: tuple[SoundWriter, Path], payloads: list[dict[str, Any]]) -> None:
    writer, path = part
    writer.close()
    payloads.append({"key": context.files.lend(path.name, path)})


def part_done(context: StepContext, work: Work) -> PartDone:
    """Work on one part, and leave what came of it in the store."""
    payload = context.payload
    channels, lead = int(payload["channels"]), int(payload["lead"])
    wanted = int(payload["length"]) + int(payload["fade"])
    done = 0
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(
                SoundWriter(_LOSSLESS, context.scratch / f"{name}.flac", work.rate, channels, bits=24)
            )
            for name in work.outputs
        }
        process = stack.enter_context(work.open(context, channels, payload["known"]))
        for made in named_through(process, _stored(context, str(payload["key"]), work.rate, channels)):
            context.check()
            count = next(iter(made.values())).shape[1]
            start, end = max(0, lead - done), min(count, lead + wanted - done)
            if end > start:
                for name, writer in writers.items():
                    writer.write(made[name][:, start:end])
            done += count
            context.progress(min(1.0, done / (lead + wanted)))
        for writer in writers.values():
            writer.close()
    keys = {name: context.files.lend(f"{name}.flac", writer.path) for name, writer in writers.items()}
    about = {name: payload[name] for name in ("fade", "channels", "known")}
    return PartDone({"keys": keys, **about})


def joined(context: StepContext, work: Work, writers: Mapping[str, SoundWriter]) -> None:
    """All parts in order into the writers' files."""
    total = int(context.payload["parts"])
    coming: Named = {}
    for index, part in enumerate(context.parts()):
        fade = int(part["fade"])
        following: Named = {}
        for name, writer in writers.items():
            blocks = _stored(context, part["keys"][name], work.rate, writer.channels)
            following[name] = _append(writer, blocks, coming.get(name), fade, context)
        coming = following
        context.progress((index + 1) / total)


def _append(
    writer: SoundWriter, blocks: Iterable[Stereo], coming: Stereo | None, fade: int, context: StepContext
) -> Stereo:
    """Write a part but for its last `fade` samples, which are given back; its beginning is faded in over `coming`."""
    held = np.zeros((writer.channels, 0), np.float32)
    for block in blocks:
        context.check()
        held = np.concatenate([held, block], axis=1)
        if coming is not None and held.shape[1] >= coming.shape[1]:
            count = coming.shape[1]
            rise = np.linspace(0, 1, count, dtype=np.float32)
            held[:, :count] = (1 - rise) * coming + rise * held[:, :count]
            coming = None
        ready = held.shape[1] - fade
        if coming is None and ready > 0:
            writer.write(held[:, :ready])
            held = held[:, ready:]
    return held


def _stored(context: StepContext, key: str, rate: int, channels: int) -> Iterator[Stereo]:
    """A part out of the store, in blocks."""
    path = context.scratch / "stored.flac"
    with context.files.open(key) as source, path.open("wb") as copy:
        while data := source.read(1 << 20):
            copy.write(data)
    try:
        with closing(decode_channels(path, rate, channels, max_seconds=_LONGEST)) as blocks:
            yield from blocks
    finally:
        path.unlink(missing_ok=True)
