"""Echo and reverberation taken off a recording.

The request has `echo`, `reverb` (which of them), `intensity` (1 to 5) and may say what file is wanted: `format`. The
result says in `applied` what was done, and which echo was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from workers.audio.resample import Resampler
from workers.audio.tools import echo as echoes
from workers.audio.tools.dereverb import Dereverb
from workers.audio.tools.echo import Echo, EchoFinder, EchoOff
from workers.audio.tools.stages import Chain, Stage
from workers.audio.writing import SoundWriter

from . import cleaned, tooling
from .base import Refused, StepContext
from .sharing import SOUND, OneOutput, Process, Work

RATE = 48_000
_SILENCE = 1e-5
_SHARE = {1: 0.4, 2: 0.7, 3: 1.0, 4: 1.0, 5: 1.0}
"""By intensity, how much of an echo is taken off."""


def listen(context: StepContext) -> tuple[int, float, Mapping[str, Any]]:
    """Look for the echo."""
    channels = tooling.channels_of(tooling.described(context))
    finder, resampler, loudest, count = EchoFinder(), Resampler(RATE, echoes.RATE), 0.0, 0
    for block in tooling.sound(context, RATE, channels, share=0.1):
        loudest = max(loudest, float(abs(block).max()))
        count += block.shape[1]
        finder.push(resampler.push(block.mean(axis=0)))
    if loudest < _SILENCE:
        raise Refused(tooling.SILENT)
    found = finder.finish() if context.request["echo"] else None
    return channels, count / RATE, {"echo": [found.seconds, found.gain, found.again] if found else None}


@contextmanager
def _removing(context: StepContext, channels: int, known: Mapping[str, Any]) -> Iterator[Process]:
    intensity = int(context.request["intensity"])
    stages: list[Stage] = []
    if known["echo"]:
        stages.append(EchoOff(RATE, channels, Echo(*known["echo"]), _SHARE[intensity]))
    if context.request["reverb"]:
        stages.append(Dereverb(RATE, channels, intensity))
    yield OneOutput(Chain(stages))


def _writer(context: StepContext, channels: int) -> SoundWriter:
    info = tooling.described(context)
    audio_format = tooling.format_wanted(context, info)
    path = context.scratch / f"clean.{audio_format.extension}"
    rate = tooling.rate_wanted(context, info, audio_format)
    return SoundWriter(audio_format, path, RATE, channels, sample_rate=rate)


def _result(context: StepContext, writer: SoundWriter, known: Mapping[str, Any]) -> dict[str, Any]:
    done = writer.close()
    applied = (["echo"] if known["echo"] else []) + (["reverb"] if context.request["reverb"] else [])
    more: dict[str, Any] = {"applied": applied}
    if context.request["echo"]:
        found = known["echo"]
        more["echo"] = {"delay": round(found[0], 4), "gain": round(found[1], 3)} if found else None
    return tooling.written(context, "clean", writer, done, **more)


WORK = Work(RATE, (SOUND,), _removing)
STEPS = cleaned.steps("echo", listen, WORK, _writer, _result)
