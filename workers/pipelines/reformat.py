"""A recording in another format. The request has `format`; `bitrate` (kbit/s), `sample_rate`, `channels` or None."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workers.audio.converting import convert
from workers.audio.decode import DecodeError, TooLong
from workers.audio.formats import AUDIO_FORMATS

from . import tooling
from .base import Done, Outcome, Refused, StepContext


def reformat(context: StepContext) -> Outcome:
    """The one step."""
    request = context.request
    audio_format = AUDIO_FORMATS[str(request["format"])]
    path = context.scratch / f"converted.{audio_format.extension}"
    declared = tooling.seconds_declared(context)

    def told(seconds: float) -> None:
        context.check()
        context.progress(min(1.0, seconds / max(declared, 0.1)))

    try:
        done = convert(
            context.source_path(),
            path,
            audio_format,
            sample_rate=request.get("sample_rate"),
            channels=request.get("channels"),
            bitrate=1000 * request["bitrate"] if request.get("bitrate") else None,
            max_seconds=tooling.seconds_most(context),
            time_limit=tooling.DECODE_SECONDS,
            told=told,
        )
    except TooLong:
        raise Refused(tooling.DECEIVES) from None
    except DecodeError as problem:
        raise Refused(str(problem)) from None
    return Done(
        {
            "key": context.files.put(path.name, path),
            "filename": path.name,
            "content_type": audio_format.content_type,
            "format": audio_format.name,
            "bytes": done.bytes,
            "duration": round(done.seconds, 3),
            "sample_rate": done.sample_rate,
            "channels": done.channels,
        }
    )


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"reformat": reformat}
