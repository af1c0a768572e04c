"""What all tools share: the recording that came, what it is, and the file that goes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from workers.audio.decode import AudioInfo, DecodeError, TooLong, decode_channels, probe
from workers.audio.encode import EncodedAudio
from workers.audio.formats import AUDIO_FORMATS, AudioFormat
from workers.audio.writing import SoundWriter
from workers.engines.kinds import Stereo

from .base import Refused, StepContext

DECODE_SECONDS = 1200.0
DECEIVES = (
    "The file holds more sound than it declares. Convert it to a common format such as MP3, and send that."
)
SILENT = "The recording is silent from beginning to end. Check that the right file was sent."
_NAMES = {"mp4": "m4a", "webm": "opus", "aiff": "wav", "caf": "wav"}
_RATES = (8_000, 48_000)


def described(context: StepContext) -> AudioInfo:
    """What the recording says of itself. Raises Refused."""
    try:
        return probe(context.source_path())
    except DecodeError as problem:
        raise Refused(str(problem)) from None


def channels_of(info: AudioInfo) -> int:
    """1 or 2: of more channels two are made."""
    return 1 if info.channels == 1 else 2


def seconds_declared(context: StepContext) -> float:
    return float(context.request["source"]["seconds"])


def seconds_most(context: StepContext) -> float:
    """More than this must not come out of the recording: it was measured when it came."""
    return seconds_declared(context) * 1.02 + 1


def sound(context: StepContext, rate: int, channels: int, share: float = 1.0) -> Iterator[Stereo]:
    """The recording in blocks of shape (channels, n). Tells the progress: `share` of the step when all has come.

    Raises Refused where it can not be read or is longer than it was when it came, StepCancelled.
    """
    declared = seconds_declared(context)
    count = 0
    blocks = decode_channels(
        context.source_path(), rate, channels, max_seconds=seconds_most(context), time_limit=DECODE_SECONDS
    )
    try:
        with closing(blocks):
            for block in blocks:
                context.check()
                yield block
                count += block.shape[1]
                context.progress(min(1.0, count / rate / max(declared, 0.1)) * share)
    except TooLong:
        raise Refused(DECEIVES) from None
    except DecodeError as problem:
        raise Refused(str(problem)) from None


def format_wanted(context: StepContext, info: AudioInfo) -> AudioFormat:
    """The format that was ordered, else that of the recording, or the nearest to it that is written here."""
    wanted = str(context.request.get("format") or "")
    if not wanted:
        wanted = "opus" if info.codec == "opus" else _NAMES.get(info.container, info.container)
    return AUDIO_FORMATS[wanted]


def rate_wanted(context: StepContext, info: AudioInfo, audio_format: AudioFormat, at_least: int = 0) -> int:
    """Hz of the file that goes back: those ordered, else the recording's, within what the format takes."""
    if wanted := context.request.get("sample_rate"):
        return int(wanted)
    return audio_format.rate_for(min(_RATES[1], max(_RATES[0], info.sample_rate, at_least)))


def written(
    context: StepContext, name: str, writer: SoundWriter, done: EncodedAudio, **more: Any
) -> dict[str, Any]:
    """Move a finished file into the store; what the job's result says of it."""
    audio_format = writer.format
    filename = f"{name}.{audio_format.extension}"
    return {
        "key": context.files.put(filename, writer.path),
        "filename": filename,
        "content_type": audio_format.content_type,
        "format": audio_format.name,
        "bytes": done.bytes,
        "duration": round(done.duration_seconds, 3),
        "sample_rate": writer.sample_rate,
        "channels": writer.channels,
        **more,
    }
