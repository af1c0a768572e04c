"""How long a recording is, told from what the file holds and not from what its header promises."""

from __future__ import annotations

import os
import re
import subprocess

from .decode import MAX_BYTES, DecodeError, TooLong, confine, input_arguments, probe
from .ffmpeg import FFmpeg

TIME_LIMIT = 30.0
_TIME = re.compile(rb"out_time_us=(\d+)")


def measured_seconds(
    path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES, time_limit: float = TIME_LIMIT
) -> float:
    """Seconds of the first audio stream: its packets are counted and not decoded, which takes moments for hours.

    Raises TooLong where the file is over `max_bytes`, DecodeError where it is no audio that we read, or reading takes
    longer than `time_limit` seconds. What is decoded later may still differ in a file that was made to deceive.
    """
    if os.stat(path).st_size > max_bytes:
        raise TooLong(f"The file is larger than {max_bytes // (1 << 20)} MB.")
    container = probe(path).container
    counted = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-"]
    ffmpeg = FFmpeg([*input_arguments(path, container), *counted], stdout=True)
    try:
        confine(ffmpeg.pid, time_limit)
        try:
            status = ffmpeg.wait(time_limit)
        except subprocess.TimeoutExpired:
            raise DecodeError("The file takes too long to read.") from None
        told = _TIME.findall(ffmpeg.stdout.read())
    finally:
        ffmpeg.kill()
    seconds = int(told[-1]) / 1e6 if told else 0.0
    if seconds <= 0 or status < 0:
        raise DecodeError("The file holds no audio that can be read, or it is damaged.")
    return seconds
