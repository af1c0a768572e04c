"""Reads audio files that strangers send, within bounds.

The container is told from the file's first bytes, never from its name, and ffmpeg is given that one reader
and the audio decoders only: it cannot be led to a playlist, another file or the network. Seconds are counted
as they come out, whatever a header promises, because ten hours of silence fit into 400 kB.
"""

from __future__ import annotations

import os
import re
import resource
import selectors
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.engines.base import Audio
from workers.engines.kinds import Stereo

from .ffmpeg import FFmpeg

READABLE = "WAV, MP3, FLAC, OGG, Opus, M4A, MP4, WebM, AAC, AIFF or CAF"
MAX_SECONDS = 3600.0
MAX_BYTES = 110 * 1024 * 1024
TIME_LIMIT = 120.0
_PROBE_SECONDS = 20.0
_BLOCK_BYTES = 1 << 18
_RATES = range(4_000, 384_001)
_MEMORY_BYTES = 2 << 30

_DECODERS = (
    "mp3,mp3float,mp2,mp2float,vorbis,libvorbis,opus,libopus,flac,aac,alac,adpcm_ima_wav,adpcm_ms,gsm_ms,"
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,"
    "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw"
)
# "  Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 24000 Hz, mono, …" and "  Duration:
# 00:00:02.00,". Exactly two spaces: what a file's own tags say is indented further.
_STREAM = re.compile(
    r"^  Stream #0:\d+(?:\[\w+\])?(?:\(\w+\))?: Audio: (\w+).*?, (\d+) Hz, ([^,\n]+)", re.MULTILINE
)
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?),", re.MULTILINE)
_CHANNELS = {"mono": 1, "stereo": 2, "2.1": 3, "quad": 4, "5.0": 5, "5.1": 6, "6.1": 7, "7.1": 8}


class DecodeError(Exception):
    """The file cannot be read as audio. The message is for the customer."""


class TooLong(DecodeError):
    """The file holds more seconds or bytes than allowed."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file says of itself: believe it for show only.

    `container`: wav, mp3, flac, ogg, webm, mp4, aac, aiff or caf. `duration_seconds` is None where the header
    does not tell. `channels` is 0 where the layout has no usual name.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_seconds: float | None


def container_of(head: bytes) -> str | None:
    """The container that a file's first 64 bytes show; None where it is none that we read."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mp4"
    for magic, name in ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"\x1aE\xdf\xa3", "webm"), (b"caff", "caf")):
        if head.startswith(magic):
            return name
    if head.startswith(b"ID3"):
        return "mp3"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        layer = head[1] & 0x06
        return "aac" if layer == 0 and head[1] & 0xF0 == 0xF0 else "mp3" if layer else None
    return None


def probe(path: str | os.PathLike[str]) -> AudioInfo:
    """What the file says of itself. Raises DecodeError where it is not audio that we read."""
    container = _container(path)
    ffmpeg = FFmpeg(["-loglevel", "info", *input_arguments(path, container)])
    try:
        ffmpeg.wait(_PROBE_SECONDS)  # it ends with an error, because no output is named: that is expected
    except subprocess.TimeoutExpired:
        raise DecodeError("The file takes too long to read.") from None
    finally:
        ffmpeg.kill()
    stream = _STREAM.search(ffmpeg.complaint_head)
    if stream is None:
        raise DecodeError("The file holds no audio that can be read.")
    codec, rate, layout = stream.groups()
    if int(rate) not in _RATES:
        raise DecodeError(f"A sample rate of {rate} Hz is not supported (4,000 to 384,000 Hz).")
    duration = None
    if found := _DURATION.search(ffmpeg.complaint_head):
        hours, minutes, seconds = found.groups()
        duration = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    counted = re.match(r"(\d+) channels", layout)
    channels = int(counted.group(1)) if counted else _CHANNELS.get(layout.split("(")[0].strip(), 0)
    return AudioInfo(container, codec, int(rate), channels, duration)


def decode(
    path: str | os.PathLike[str],
    sample_rate: int,
    *,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    time_limit: float = TIME_LIMIT,
) -> Iterator[Audio]:
    """The first audio stream as mono float32 blocks of at most 65,536 samples at `sample_rate` Hz, none
    empty.

    Raises TooLong where the file is over `max_bytes`, or as soon as `max_seconds` have come out of it;
    DecodeError where nothing readable comes, where the data is damaged beyond reading, or where waiting for
    ffmpeg has taken `time_limit` seconds. Close the iterator to stop early.
    """
    blocks = decode_channels(
        path, sample_rate, 1, max_seconds=max_seconds, max_bytes=max_bytes, time_limit=time_limit
    )
    with closing(blocks):
        for block in blocks:
            yield block[0]


def decode_channels(
    path: str | os.PathLike[str],
    sample_rate: int,
    channels: int,
    *,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    time_limit: float = TIME_LIMIT,
) -> Generator[Stereo, None, None]:
    """As decode, mixed to that many channels: blocks of shape (channels, n), none empty."""
    if os.stat(path).st_size > max_bytes:
        raise TooLong(f"The file is larger than {max_bytes // (1 << 20)} MB.")
    container = probe(path).container
    mixed = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", str(channels), "-ar", str(sample_rate)]
    ffmpeg = FFmpeg(
        [*input_arguments(path, container), *mixed, "-threads", "1", "-f", "f32le", "pipe:1"], stdout=True
    )
    try:
        confine(ffmpeg.pid, time_limit)
        count, most, held = 0, int(max_seconds * sample_rate), b""
        frame = 4 * channels
        for data in _blocks(ffmpeg, time_limit):
            held += data
            whole = len(held) // frame * frame
            block = np.frombuffer(held[:whole], dtype="<f4").reshape(-1, channels)
            held = held[whole:]
            count += len(block)
            if count > most:
                raise TooLong(f"The audio is longer than {max_seconds:g} seconds.")
            if len(block):
                yield np.nan_to_num(np.ascontiguousarray(block.T), nan=0.0, posinf=0.0, neginf=0.0)
        try:
            status = ffmpeg.wait(10)
        except subprocess.TimeoutExpired:
            status = -1
        # A recording that breaks off is common and its start is good; nothing at all, or a crash, is not.
        if not count or status < 0:
            raise DecodeError("The file holds no audio that can be read, or it is damaged.")
    finally:
        ffmpeg.kill()


def _container(path: str | os.PathLike[str]) -> str:
    with Path(path).open("rb") as file:
        container = container_of(file.read(64))
    if container is None:
        raise DecodeError(f"This is no audio file we can read. Send {READABLE}.")
    return container


def input_arguments(path: str | os.PathLike[str], container: str) -> list[str]:
    """ffmpeg's input arguments that allow this one file and reader, and nothing else."""
    reader = {"mp4": "mov", "webm": "matroska"}.get(container, container)
    # The full names, because the list is compared with the reader's own name.
    listed = {"mp4": "mov,mp4,m4a,3gp,3g2,mj2", "webm": "matroska,webm"}.get(container, container)
    return [
        *("-protocol_whitelist", "file,pipe", "-format_whitelist", listed, "-codec_whitelist", _DECODERS),
        *("-max_alloc", str(256 << 20), "-max_streams", "32", "-f", reader, "-i", f"file:{os.fspath(path)}"),
    ]


def confine(pid: int, seconds: float) -> None:
    """Cap the memory and processor time of a running ffmpeg, so that a decoder's bug stays its own."""
    if hasattr(resource, "prlimit"):
        try:
            resource.prlimit(pid, resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
            resource.prlimit(pid, resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        except ProcessLookupError:
            pass  # over already


def _blocks(ffmpeg: FFmpeg, time_limit: float) -> Iterator[bytes]:
    """What ffmpeg writes; only the time spent waiting for it counts, not what the caller does between."""
    left = time_limit
    with selectors.DefaultSelector() as selector:
        selector.register(ffmpeg.stdout, selectors.EVENT_READ)
        while True:
            began = time.monotonic()
            ready = selector.select(max(0.0, left))
            left -= time.monotonic() - began
            if not ready:
                raise DecodeError("The file takes too long to read.")
            data = os.read(ffmpeg.stdout.fileno(), _BLOCK_BYTES)
            if not data:
                return
            yield data
