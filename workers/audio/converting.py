"""From one file to another format in one run of ffmpeg: nothing is computed here, so what is lossless stays so."""

from __future__ import annotations

import os
import re
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .decode import DecodeError, TooLong, confine, input_arguments, probe
from .ffmpeg import FFmpeg
from .formats import AudioFormat
from .writing import coding, failure

_TIME = re.compile(rb"out_time_us=(\d+)")


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written. `seconds` are those of the sound that went in."""

    bytes: int
    seconds: float
    sample_rate: int
    channels: int


def convert(
    source: Path,
    target: Path,
    audio_format: AudioFormat,
    *,
    sample_rate: int | None,
    channels: int | None,
    bitrate: int | None,
    max_seconds: float,
    time_limit: float,
    told: Callable[[float], None],
) -> Converted:
    """Write `source` in another format; what is None stays as it is there, as far as the format has it.

    `told` hears of the seconds that are done, and may raise to stop. Raises DecodeError, TooLong where more than
    `max_seconds` come out, EncodeError.
    """
    info = probe(source)
    rate = audio_format.rate_for(sample_rate or min(48_000, max(8_000, info.sample_rate)))
    count = channels or (1 if info.channels == 1 else 2)
    limit = ["-t", f"{max_seconds + 1:.3f}"]
    tidy = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
    made = ["-map", "0:a:0", "-vn", "-sn", "-dn", *tidy, *coding(audio_format, rate, count, bitrate)]
    ffmpeg = FFmpeg(
        [
            "-y",
            *input_arguments(source, info.container),
            *limit,
            *made,
            "-progress",
            "pipe:1",
            f"file:{target}",
        ],
        stdout=True,
    )
    try:
        confine(ffmpeg.pid, time_limit)
        seconds = _followed(ffmpeg, max_seconds, time_limit, told)
        status = ffmpeg.wait(10)
        size = target.stat().st_size if target.exists() else 0
        if status > 0 and size:
            raise failure(ffmpeg, audio_format, None, lambda: target.unlink(missing_ok=True))
        if not size or not seconds or status:
            raise DecodeError("The file holds no audio that can be read, or it is damaged.")
    except BaseException:
        ffmpeg.kill()
        target.unlink(missing_ok=True)
        raise
    ffmpeg.kill()
    return Converted(size, seconds, rate, count)


def _followed(ffmpeg: FFmpeg, most: float, time_limit: float, told: Callable[[float], None]) -> float:
    """Wait for the end of a conversion; the seconds that it came to."""
    ends, seconds, held = time.monotonic() + time_limit, 0.0, b""
    with selectors.DefaultSelector() as selector:
        selector.register(ffmpeg.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, ends - time.monotonic())):
                raise DecodeError("The file takes too long to read.")
            data = os.read(ffmpeg.stdout.fileno(), 1 << 16)
            if not data:
                return seconds
            held = (held + data)[-4096:]
            if found := _TIME.findall(held):
                seconds = int(found[-1]) / 1e6
            if seconds > most:
                raise TooLong(f"The audio is longer than {most:g} seconds.")
            told(seconds)
