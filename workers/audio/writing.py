"""Writes sound of one or two channels to a file in any of our formats, block by block, in bounded memory.

What tools make of recordings goes through here; speech has an encoder of its own (encode.py), which is mono and limits
peaks. Here nothing is changed: what lies beyond full scale is clipped, and 16-bit samples that were read and left alone
are written as they were.
"""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from workers.engines.kinds import Stereo

from .encode import EncodedAudio, EncodeError
from .ffmpeg import FFmpeg
from .formats import AudioFormat

_FINISH_SECONDS = 120.0
_NO_SPACE = "The disk is full, or a limit on file sizes was reached. Free some space, then try again."
_PCM = ("-c:a", "pcm_s16le", "-f", "wav")
"""ffmpeg's arguments for the format that speech is written in without it."""


class SoundWriter:
    """One file as a context manager: `write` blocks of shape (channels, n), then `close` or `abort`, or leave it.

    An exception inside the block ends ffmpeg and leaves no file. `bits` 24 is for lossless files that are worked on
    again. Raises EncodeError.
    """

    def __init__(
        self,
        audio_format: AudioFormat,
        path: Path,
        rate: int,
        channels: int,
        *,
        sample_rate: int | None = None,
        bitrate: int | None = None,
        bits: int = 16,
    ) -> None:
        """`rate`: Hz of what will be written; `sample_rate`: of the file, where the format's own rule will not do.

        `bitrate` in bit/s, for all channels together.
        """
        self.format = audio_format
        self.path = path
        self.rate = rate
        self.channels = channels
        self.sample_rate = sample_rate or audio_format.rate_for(rate)
        self._samples = 0
        self._done: EncodedAudio | None = None
        self._given_up = False
        given = ["-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0"]
        depth = ["-sample_fmt", "s32" if bits == 24 else "s16"] if audio_format.name == "flac" else []
        tidy = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
        coded = coding(audio_format, self.sample_rate, channels, bitrate)
        made = [*tidy, *depth, *coded, f"file:{path}"]
        self._ffmpeg = FFmpeg(["-y", *given, *made], stdin=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abort()
        elif not self._given_up:
            self.close()

    @property
    def seconds(self) -> float:
        """How much was written so far."""
        return self._samples / self.rate

    def write(self, block: Stereo) -> None:
        """Add samples of shape (channels, n)."""
        if block.ndim != 2 or len(block) != self.channels:
            raise ValueError(f"Expected {self.channels} channels, not samples of shape {block.shape}.")
        data = np.ascontiguousarray(np.clip(np.nan_to_num(block), -1.0, 1.0).T, "<f4")
        self._samples += block.shape[1]
        try:
            self._ffmpeg.stdin.write(data.tobytes())
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> EncodedAudio:
        """Finish the file and say what was written; again, it says the same."""
        if self._done is not None:
            return self._done
        try:
            self._ffmpeg.stdin.close()
        except BrokenPipeError:
            pass  # it died; its exit status tells why
        except OSError as error:
            raise self._failed(error) from error
        try:
            status = self._ffmpeg.wait(_FINISH_SECONDS)
        except subprocess.TimeoutExpired:
            self.abort()
            raise EncodeError("ffmpeg did not finish in time. Check the load of this machine.") from None
        if status:
            raise self._failed(None)
        if not self._samples:
            self.abort()
            raise EncodeError("There is no audio to encode: not one sample was written.")
        self._ffmpeg.kill()
        self._done = EncodedAudio(self.path.stat().st_size, self._samples, self.rate)
        return self._done

    def abort(self) -> None:
        """Give up: end ffmpeg, leave no file. Harmless after close."""
        if self._done is None:
            self._given_up = True
            self._ffmpeg.kill()
            self.path.unlink(missing_ok=True)

    def _failed(self, error: OSError | None) -> EncodeError:
        return failure(self._ffmpeg, self.format, error, self.abort)


def failure(ffmpeg: FFmpeg, audio_format: AudioFormat, error: OSError | None, abort: object) -> EncodeError:
    """Why a file could not be written, in words, once everything of it was given up (`abort`)."""
    try:
        ffmpeg.wait(5)
    except subprocess.TimeoutExpired:
        pass  # it still runs: the trouble lies elsewhere
    said = ffmpeg.complaint
    assert callable(abort)
    abort()
    full = error is not None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if full or "No space left" in said or "Disk quota" in said:
        return EncodeError(_NO_SPACE)
    reason = said.splitlines()[-1] if said else str(error) if error else "ffmpeg was ended"
    return EncodeError(f"The {audio_format.name} file could not be written: {reason}")


def coding(audio_format: AudioFormat, rate: int, channels: int, bitrate: int | None) -> list[str]:
    """ffmpeg's output arguments without the file: codec, rate, channels and a bit rate that the codec takes.

    Without a `bitrate`, the format's own for music: twice as much for two channels as for one.
    """
    codec = list(audio_format.codec or _PCM)
    shape = ["-ar", str(rate), "-ac", str(channels)]
    if audio_format.name in LOSSLESS:
        return [*codec, *shape]
    if audio_format.name == "ogg":
        # libvorbis knows no bit rate but within bounds that depend on the rate: see vorbis_quality.
        codec[codec.index("-q:a") + 1] = f"{vorbis_quality(bitrate, rate, channels):.2f}"
        return [*codec, *shape]
    low, high = _BOUNDS[audio_format.name]
    wanted = bitrate or channels * {"opus": 64_000}.get(audio_format.name, 96_000)
    if audio_format.name in {"aac", "m4a"}:
        high = min(high, 6 * rate)  # a frame of AAC has 6144 bits at most
    if audio_format.name == "mp3" and rate < 32_000:
        high = 160_000  # MPEG-2's highest
    return [*codec, "-b:a", str(max(low * channels, min(high * channels, wanted, 510_000))), *shape]


LOSSLESS = ("wav", "flac")
_BOUNDS = {
    "mp3": (8_000, 320_000),
    "opus": (6_000, 256_000),
    "aac": (8_000, 288_000),
    "m4a": (8_000, 288_000),
}
"""Least and most bit/s that a codec takes for one channel."""
# Vorbis' own nominal bit/s of one channel of two, at 44.1 kHz, for the qualities 0 to 10 (32, 40 … of it at 22 kHz).
_VORBIS = (32_000, 40_000, 48_000, 56_000, 64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 250_000)


def vorbis_quality(bitrate: int | None, rate: int, channels: int) -> float:
    """The quality, 0 to 10, whose nominal bit rate is the wanted one, or nearest to it; 5 where none is wanted."""
    if not bitrate:
        return 5.0
    share = bitrate / channels * (1.0 if rate > 32_000 else 1.8)
    return float(np.interp(share, _VORBIS, range(len(_VORBIS))))
