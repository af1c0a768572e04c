"""Music taken apart: a file for each stem, all of them in one ZIP.

The ZIP is not compressed, so a stem is a stretch of it: it is stored once, and the result says in `files` where in it
each stem lies. The request has `model`, `stems` (how many) and `format`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.formats import AUDIO_FORMATS
from workers.audio.writing import SoundWriter
from workers.engines.kinds import Separator, Stereo

from . import sharing, tooling
from .base import Done, Outcome, StepContext
from .sharing import Named, Process, Work

RATE = 44_100
VOCALS, REST = "vocals", "accompaniment"
# Spleeter looks at stretches of so many samples, one after the other: parts begin with one.
_GRID = 510 * 1024
_LOCAL_HEADER = 30
_BITRATE = 192_000


def separate(context: StepContext) -> Outcome:
    """The first step: a short recording at once, a long one cut into parts."""
    blocks = tooling.sound(context, RATE, 2)
    with context.tool(Separator, str(context.request["model"])) as model:
        stems = outputs(context, model.stems)
    if tooling.seconds_declared(context) > sharing.FORK_FROM:
        return sharing.planned(context, _work(stems), blocks, 2, {"stems": list(stems)})
    with ExitStack() as stack:
        writers = _writers(context, stack, stems)
        process = stack.enter_context(_separating(context, 2, {"stems": stems}))
        for made in sharing.named_through(process, blocks):
            for name, writer in writers.items():
                writer.write(made[name])
        return Done(_zipped(context, writers))


def part(context: StepContext) -> Outcome:
    return sharing.part_done(context, _work(tuple(context.payload["known"]["stems"])))


def join(context: StepContext) -> Outcome:
    stems = tuple(next(iter(context.parts()))["known"]["stems"])
    with ExitStack() as stack:
        writers = _writers(context, stack, stems)
        sharing.joined(context, _work(stems), writers)
        return Done(_zipped(context, writers))


def outputs(context: StepContext, stems: tuple[str, ...]) -> tuple[str, ...]:
    """What is made: the model's stems, or the vocals and the sum of all others."""
    return (VOCALS, REST) if int(context.request["stems"]) == 2 else stems


class _Separating:
    """A Separator's stream as a Process, with the rest as one stem where two are wanted."""

    def __init__(self, model: Separator, wanted: tuple[str, ...]) -> None:
        self._stream = model.stream()
        self._wanted = wanted

    def push(self, samples: Stereo) -> Named:
        return self._chosen(self._stream.push(samples))

    def finish(self) -> Named:
        return self._chosen(self._stream.finish())

    def _chosen(self, made: dict[str, Stereo]) -> Named:
        if set(self._wanted) <= set(made):
            return {name: made[name] for name in self._wanted}
        others = [stem for name, stem in made.items() if name != VOCALS]
        return {VOCALS: made[VOCALS], REST: np.sum(others, axis=0)}


@contextmanager
def _separating(context: StepContext, channels: int, known: Mapping[str, Any]) -> Iterator[Process]:
    with context.tool(Separator, str(context.request["model"])) as model:
        yield _Separating(model, tuple(known["stems"]))


def _work(stems: tuple[str, ...]) -> Work:
    return Work(RATE, stems, _separating, grid=_GRID)


def _writers(context: StepContext, stack: ExitStack, stems: tuple[str, ...]) -> dict[str, SoundWriter]:
    audio_format = AUDIO_FORMATS[str(context.request["format"])]
    return {
        name: stack.enter_context(
            SoundWriter(
                audio_format, context.scratch / f"{name}.{audio_format.extension}", RATE, 2, bitrate=_BITRATE
            )
        )
        for name in stems
    }


def _zipped(context: StepContext, writers: Mapping[str, SoundWriter]) -> dict[str, Any]:
    """All stems into the ZIP, one after the other, each gone from the disk once it is in it; the job's result."""
    path = context.scratch / "stems.zip"
    files, seconds = [], 0.0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, writer in writers.items():
            context.check()
            done = writer.close()
            seconds = done.duration_seconds
            files.append(_added(archive, name, writer.path))
            files[-1] |= {"content_type": writer.format.content_type, "bytes": done.bytes}
            writer.path.unlink()
    size = path.stat().st_size
    first = next(iter(writers.values()))
    return {
        "key": context.files.put(path.name, path),
        "filename": path.name,
        "content_type": "application/zip",
        "format": first.format.name,
        "bytes": size,
        "duration": round(seconds, 3),
        "sample_rate": first.sample_rate,
        "channels": 2,
        "files": files,
    }


def _added(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    """Add a file to the archive; where in it its bytes begin."""
    entry = zipfile.ZipInfo(path.name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    with archive.open(entry, "w", force_zip64=True) as target, path.open("rb") as source:
        while data := source.read(1 << 20):
            target.write(data)
    # With zip64 forced, the extra field of the local header has 20 bytes.
    offset = entry.header_offset + _LOCAL_HEADER + len(path.name.encode()) + 20
    return {"name": name, "filename": path.name, "offset": offset}


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"separate": separate, "part": part, "join": join}
