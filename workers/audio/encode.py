"""Writes speech to a file in any of our formats while it is being made, in bounded memory.

Rules for the samples: NaN and infinity become silence; peaks above -1 dBTP are limited (limiter.py) and what is below
stays as it is; float32 within -1…1 maps to 16 bits as round(x * 32767). No dither: engines' own noise lies far above
the last of 16 bits, the same samples always make the same file, and silence stays digital silence.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO

import numpy as np

from workers.engines.base import Audio

from .ffmpeg import FFmpeg
from .formats import AudioFormat
from .limiter import Limiter
from .resample import BLOCK, Resampler

_FINISH_SECONDS = 120.0
_WAV_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_WAV_MOST = 0xFFFFFFFF - _WAV_HEADER.size
_NO_SPACE = "The disk is full, or a limit on file sizes was reached. Free some space, then try again."


class EncodeError(Exception):
    """The audio could not be written. Nothing is left behind; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class EncodedAudio:
    """What was written: the size of the file, and the length of the audio at its own sample rate."""

    bytes: int
    samples: int
    sample_rate: int

    @property
    def duration_seconds(self) -> float:
        return self.samples / self.sample_rate


def to_int16(samples: Audio) -> np.ndarray:
    """Samples as little-endian 16-bit integers, by the rules at the top of this module."""
    return np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2")


def from_int16(data: bytes) -> Audio:
    """The samples, shape (n,), of little-endian 16-bit data that `to_int16` made."""
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32767.0)


def wav_header(sample_rate: int, data_bytes: int) -> bytes:
    """The 44 bytes before mono PCM_16 data (RIFF WAVE, format 1)."""
    return _WAV_HEADER.pack(
        b"RIFF",
        _WAV_HEADER.size - 8 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        sample_rate,
        sample_rate * 2,
        2,
        16,
        b"data",
        data_bytes,
    )


class Encoder:
    """Writes one file as a context manager: `write` blocks of samples, then `close`, or leave the block.

    The file appears under its name only when it is whole. An exception inside the block ends ffmpeg and
    leaves nothing. One thread at a time; any number of encoders side by side.
    """

    def __init__(
        self,
        audio_format: AudioFormat,
        source_rate: int,
        destination: str | os.PathLike[str] | BinaryIO,
        *,
        sample_rate: int | None = None,
    ) -> None:
        """`source_rate`: Hz of what will be written. `sample_rate`: Hz of the file where the format's rule
        will not do.

        `destination`: a path, or an open binary file, which gets the audio at the end. Raises EncodeError.
        """
        self.format = audio_format
        self.sample_rate = sample_rate or audio_format.rate_for(source_rate)
        self._resampler = Resampler(source_rate, self.sample_rate)
        self._limiter = Limiter(self.sample_rate)
        self._stream = None if isinstance(destination, (str, os.PathLike)) else destination
        self._path = None if self._stream is not None else Path(destination)  # type: ignore[arg-type]
        self._samples = 0
        self._result: EncodedAudio | None = None
        self._ffmpeg: FFmpeg | None = None
        try:
            # Beside the target, so that the last step is a rename and a full disk shows early.
            number, name = tempfile.mkstemp(
                prefix=".encoding-",
                suffix=f".{audio_format.extension}",
                dir=self._path.parent if self._path else None,
            )
        except OSError as error:
            raise self._error(error) from error
        self._part = Path(name)
        self._sink: IO[bytes]
        try:
            if audio_format.codec:
                os.close(number)
                self._ffmpeg = FFmpeg(self._arguments(), stdin=True)
                self._sink = self._ffmpeg.stdin
            else:
                self._sink = os.fdopen(number, "wb")
                if audio_format.name == "wav":
                    self._sink.write(wav_header(self.sample_rate, 0))
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise

    def __enter__(self) -> Encoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def write(self, samples: Audio) -> None:
        """Add mono samples, shape (n,), any length. Raises EncodeError, after which nothing is left."""
        if samples.ndim != 1:
            raise ValueError(f"Expected mono samples of shape (n,), not {samples.shape}.")
        for start in range(0, len(samples), BLOCK):
            block = np.asarray(samples[start : start + BLOCK], dtype=np.float32)
            if not np.isfinite(block).all():
                block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
            self._put(self._limiter.push(self._resampler.push(block)))

    def close(self) -> EncodedAudio:
        """Finish the file and say what was written. Calling it again gives the same answer. Raises
        EncodeError."""
        if self._result is not None:
            return self._result
        self._put(self._limiter.push(self._resampler.finish()))
        self._put(self._limiter.finish())
        try:
            if not self._samples:
                raise EncodeError("There is no audio to encode: not one sample was written.")
            self._finish_part()
            size = self._part.stat().st_size
            self._deliver()
        except OSError as error:
            failure = self._error(error)
            self.abort()
            raise failure from error
        except BaseException:
            self.abort()
            raise
        self._result = EncodedAudio(size, self._samples, self.sample_rate)
        return self._result

    @property
    def samples(self) -> int:
        """Samples so far, at `sample_rate`."""
        return self._samples

    def abort(self) -> None:
        """Give up: end ffmpeg, leave no file. Harmless after close."""
        if self._ffmpeg:
            self._ffmpeg.kill()
        try:
            self._sink.close()
        except OSError:
            pass  # the disk is full, and what stood in the buffer is not wanted any more
        self._part.unlink(missing_ok=True)

    def _arguments(self) -> list[str]:
        rate = str(self.sample_rate)
        return [
            *(
                "-y",
                "-f",
                "s16le" if self.format.integer else "f32le",
                "-ar",
                rate,
                "-ac",
                "1",
                "-i",
                "pipe:0",
            ),
            # The same samples give the same bytes: no clock, no version of the library in the file.
            *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"),
            *(*self.format.arguments(self.sample_rate), "-ar", rate, f"file:{self._part}"),
        ]

    def _put(self, block: Audio) -> None:
        if self._sink.closed:
            raise EncodeError("This encoder is closed.")
        data = to_int16(block) if self.format.integer else np.clip(block, -1.0, 1.0).astype("<f4", copy=False)
        self._samples += len(block)
        try:
            if self.format.name == "wav" and 2 * self._samples > _WAV_MOST:
                raise EncodeError("The audio is too long for a WAV file (4 GB). Ask for flac or mp3.")
            self._sink.write(data.tobytes())
        except OSError as error:
            failure = self._error(error)
            self.abort()
            raise failure from error
        except BaseException:
            self.abort()
            raise

    def _finish_part(self) -> None:
        if self._ffmpeg is None:
            if self.format.name == "wav":
                self._sink.seek(0)
                self._sink.write(wav_header(self.sample_rate, 2 * self._samples))
            self._sink.close()
            return
        try:
            self._sink.close()
        except BrokenPipeError:
            pass  # it died; its exit status tells why
        try:
            status = self._ffmpeg.wait(_FINISH_SECONDS)
        except subprocess.TimeoutExpired:
            raise EncodeError(
                "ffmpeg did not finish in time. Check the load and the disk of this machine."
            ) from None
        if status:
            raise self._error(None)
        self._ffmpeg.kill()

    def _deliver(self) -> None:
        if self._path is not None:
            os.chmod(self._part, 0o644)  # mkstemp makes it private; whoever serves it may be another user
            os.replace(self._part, self._path)
            return
        assert self._stream is not None
        with self._part.open("rb") as part:
            shutil.copyfileobj(part, self._stream, 1 << 18)
        self._stream.flush()
        self._part.unlink()

    def _error(self, error: OSError | None) -> EncodeError:
        """The reason in words, from the system's error or from what ffmpeg said before it died."""
        killed_by = 0
        if self._ffmpeg:
            try:
                killed_by = -self._ffmpeg.wait(5)
            except subprocess.TimeoutExpired:
                pass  # it still runs: the trouble lies elsewhere
        said = self._ffmpeg.complaint if self._ffmpeg else ""
        full = error is not None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if full or "No space left" in said or "Disk quota" in said or killed_by == signal.SIGXFSZ:
            return EncodeError(_NO_SPACE)
        reason = (
            said.splitlines()[-1] if said else str(error) if error else f"ffmpeg ended by signal {killed_by}"
        )
        return EncodeError(f"The {self.format.name} file could not be written: {reason}")
