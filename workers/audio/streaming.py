"""Encodes speech while it is spoken: samples in, bytes of one continuous file out, as soon as there are any."""

from __future__ import annotations

import os
import select
import struct
import subprocess
from types import TracebackType
from typing import Self

import numpy as np

from workers.engines.base import Audio

from .encode import EncodeError, to_int16, wav_header
from .ffmpeg import FFmpeg
from .formats import format_named
from .limiter import Limiter
from .resample import Resampler

# The length of a stream is not known when its header is sent; players take the greatest length to mean that.
_UNKNOWN_LENGTH = 0xFFFFFFFF - 44
# What a muxer that cannot seek back in its output must be told.
_LIVE_ARGUMENTS = {
    "mp3": ["-write_xing", "0"],
    "ogg": ["-page_duration", "20000"],
    "opus": ["-page_duration", "20000", "-frame_duration", "20"],
}
# An encoder that has given nothing is waited for this long, and one that has begun for its next bytes.
_FIRST_SECONDS = 0.03
_NEXT_SECONDS = 0.003
_FINISH_SECONDS = 30.0

STREAMED_FORMATS = ("mp3", "wav", "flac", "ogg", "opus", "aac", "pcm")


class StreamEncoder:
    """One stream; a context manager, which ends ffmpeg (where one is needed) however the stream ends.

    `rate`: Hz of the stream for pcm and wav; the others follow their format's rule.
    """

    def __init__(self, name: str, source_rate: int, rate: int | None = None) -> None:
        audio_format = format_named(name)
        if audio_format is None or name not in STREAMED_FORMATS:
            raise EncodeError(f"{name!r} cannot be streamed: {', '.join(STREAMED_FORMATS)} can.")
        self.rate = rate or audio_format.rate_for(source_rate)
        self._resampler = Resampler(source_rate, self.rate)
        self._limiter = Limiter(self.rate)
        self._header = b""
        self._ffmpeg: FFmpeg | None = None
        if name == "wav":
            header = bytearray(wav_header(self.rate, _UNKNOWN_LENGTH))
            struct.pack_into("<I", header, 4, 0xFFFFFFFF)
            struct.pack_into("<I", header, 40, 0xFFFFFFFF)
            self._header = bytes(header)
        elif name != "pcm":
            source = ["-f", "s16le", "-ar", str(self.rate), "-ac", "1", "-i", "pipe:0"]
            target = [
                *audio_format.arguments(self.rate),
                *_LIVE_ARGUMENTS.get(name, []),
                "-flush_packets",
                "1",
            ]
            self._ffmpeg = FFmpeg([*source, *target, "pipe:1"], stdin=True, stdout=True)
            os.set_blocking(self._ffmpeg.stdout.fileno(), False)
            os.set_blocking(self._ffmpeg.stdin.fileno(), False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ffmpeg is not None:
            self._ffmpeg.kill()

    def bytes_of(self, seconds: float) -> int:
        """How many bytes that much sound has, a whole number of samples; 0 where the format compresses."""
        return 0 if self._ffmpeg is not None else 2 * round(self.rate * seconds)

    def push(self, samples: Audio) -> bytes:
        """What is ready after these samples, possibly nothing yet. Raises EncodeError."""
        ready = self._limiter.push(self._resampler.push(samples))
        return self._through(to_int16(ready).tobytes(), last=False)

    def finish(self) -> bytes:
        """The rest of the stream. Raises EncodeError."""
        rest = [self._limiter.push(self._resampler.finish()), self._limiter.finish()]
        return self._through(to_int16(np.concatenate(rest)).tobytes(), last=True)

    def _through(self, data: bytes, *, last: bool) -> bytes:
        header, self._header = self._header, b""
        if self._ffmpeg is None:
            return header + data
        return self._exchange(self._ffmpeg, data, last=last)

    @staticmethod
    def _exchange(ffmpeg: FFmpeg, data: bytes, *, last: bool) -> bytes:
        """Feed and read in turn, so that neither pipe can fill up while the other waits."""
        out: list[bytes] = []
        view = memoryview(data)
        stdin, stdout = ffmpeg.stdin.fileno(), ffmpeg.stdout.fileno()
        try:
            while True:
                if not view and last and not ffmpeg.stdin.closed:
                    ffmpeg.stdin.close()
                # What it has no room for yet must go in: a busy machine may need a while to start an encoder.
                wait = _FINISH_SECONDS if last or view else _NEXT_SECONDS if out else _FIRST_SECONDS
                readable, writable, _ = select.select([stdout], [stdin] if view else [], [], wait)
                if readable:
                    block = os.read(stdout, 1 << 16)
                    if not block:
                        return b"".join(out)
                    out.append(block)
                if writable:
                    view = view[os.write(stdin, view[: 1 << 15]) :]
                if not readable and not writable:
                    if last or view:
                        raise EncodeError("The encoder stopped answering.")
                    return b"".join(out)
        except (BrokenPipeError, subprocess.SubprocessError) as exc:
            raise EncodeError(f"The encoder failed: {ffmpeg.complaint}") from exc
