"""A recording made better: noise off, speech clearer, the band widened; or one voice kept and the others turned down.

The recording is listened to twice: once for its level, its band and whether its channels differ, once to be worked on.
The request has `model`, `denoise`, `clarity`, `super_resolution`, `strength` (1 to 3), may have `speaker` (a voice's
sample: mono s16le at 16 kHz, base64) and says what file is wanted: `format`, `sample_rate`, `channels`; each may be
left out. The result says in `applied` what was done.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from workers.audio.encode import from_int16
from workers.audio.tools.bandwidth import FULL_BAND, Bandwidth
from workers.audio.tools.clarity import Clarity
from workers.audio.tools.denoise import ATTENUATION, Denoise
from workers.audio.tools.hum import HumOff
from workers.audio.tools.stages import Chain, Channels, Stage
from workers.audio.tools.survey import RATE, Survey, Surveyor
from workers.audio.writing import SoundWriter
from workers.engines.kinds import Denoiser
from workers.engines.speaker_gate import SpeakerGate, voice_of

from . import cleaned, tooling
from .base import Refused, StepContext
from .sharing import SOUND, OneOutput, Process, Work

_SILENCE = 1e-5


def listen(context: StepContext) -> tuple[int, float, Mapping[str, Any]]:
    """Find out the level, the band, the hum and whether the channels differ."""
    info = tooling.described(context)
    channels = int(context.request.get("channels") or tooling.channels_of(info))
    surveyor = Surveyor()
    for block in tooling.sound(context, RATE, channels, share=0.1):
        surveyor.push(block)
    survey = surveyor.survey
    if survey.level < _SILENCE:
        raise Refused(tooling.SILENT)
    return channels, survey.seconds, {"survey": survey.as_json()}


@contextmanager
def _enhancing(context: StepContext, channels: int, known: Mapping[str, Any]) -> Iterator[Process]:
    request = context.request
    survey = Survey.of_json(known["survey"])
    strength = int(request["strength"])
    with context.tool(Denoiser, str(request["model"])) as engine:
        stages: list[Stage] = []
        if request["denoise"] or request.get("speaker"):
            if survey.hum:
                stages.append(HumOff(RATE, channels, survey.hum))
            stages.append(
                Channels(
                    lambda: Denoise(engine, ATTENUATION[strength], survey.level), channels, alike=survey.alike
                )
            )
        if request.get("speaker"):
            voice = voice_of(from_int16(base64.b64decode(request["speaker"])))
            stages.append(SpeakerGate(RATE, voice))
        if request["clarity"]:
            stages.append(Clarity(RATE, channels, survey.level, strength))
        if request["super_resolution"] and survey.cut < FULL_BAND:
            stages.append(Bandwidth(channels, survey.cut))
        yield OneOutput(Chain(stages))


def _applied(request: Mapping[str, Any], survey: Survey) -> list[str]:
    """What was done, in words that clients can compare."""
    denoise = request["denoise"] or request.get("speaker")
    done = {
        "denoise": denoise,
        "hum_removal": denoise and survey.hum,
        "speaker_gate": request.get("speaker"),
        "clarity": request["clarity"],
        "bandwidth_extension": request["super_resolution"] and survey.cut < FULL_BAND,
    }
    return [name for name, was in done.items() if was]


def _writer(context: StepContext, channels: int) -> SoundWriter:
    info = tooling.described(context)
    audio_format = tooling.format_wanted(context, info)
    wide = RATE if context.request["super_resolution"] else 0
    rate = tooling.rate_wanted(context, info, audio_format, at_least=wide)
    path = context.scratch / f"enhanced.{audio_format.extension}"
    return SoundWriter(audio_format, path, RATE, channels, sample_rate=rate)


def _result(context: StepContext, writer: SoundWriter, known: Mapping[str, Any]) -> dict[str, Any]:
    done = writer.close()
    applied = _applied(context.request, Survey.of_json(known["survey"]))
    return tooling.written(context, "enhanced", writer, done, applied=applied)


WORK = Work(RATE, (SOUND,), _enhancing)
STEPS = cleaned.steps("enhance", listen, WORK, _writer, _result)
