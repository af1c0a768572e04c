"""Uploads are read by what they are, in bounded time and size; everything else is refused in words."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from workers.audio.decode import DecodeError, TooLong, container_of, decode, probe
from workers.audio.encode import Encoder, wav_header
from workers.audio.ffmpeg import ffmpeg_path
from workers.audio.formats import AUDIO_FORMATS

from .signals import ffmpegs, heard, pitch


def made(path: Path, *arguments: str) -> Path:
    """A file that ffmpeg makes from its own test sources."""
    subprocess.run([ffmpeg_path(), "-loglevel", "error", "-y", *arguments, str(path)], check=True, timeout=60)
    return path


TONE = ["-f", "lavfi", "-i", "sine=440:duration=2:sample_rate=44100"]


@pytest.mark.parametrize(
    ("name", "arguments", "container"),
    [
        ("a.webm", ["-c:a", "libopus"], "webm"),
        ("a.mp4", ["-c:a", "aac", "-ac", "2"], "mp4"),
        ("a.m4a", ["-c:a", "alac"], "mp4"),
        ("a.aiff", [], "aiff"),
        ("a.caf", ["-c:a", "pcm_s16le"], "caf"),
        ("float.wav", ["-c:a", "pcm_f32le"], "wav"),
        ("deep.wav", ["-c:a", "pcm_s24le", "-ac", "6"], "wav"),
        ("phone.wav", ["-c:a", "pcm_mulaw", "-ar", "8000"], "wav"),
        (
            "tagged.mp3",
            ["-metadata", "title=x\n  Stream #0:0: Audio: evil, 1 Hz, mono\n  Duration: 99:00:00.0,"],
            "mp3",
        ),
        ("a.flac", [], "flac"),
    ],
)
def test_what_people_send(name: str, arguments: list[str], container: str, tmp_path: Path) -> None:
    path = made(tmp_path / name, *TONE, *arguments)
    path = path.rename(tmp_path / "upload")  # names say nothing
    told = probe(path)
    assert told.container == container
    assert told.codec != "evil"
    assert told.duration_seconds == pytest.approx(2.0, abs=0.1)
    samples = heard(path, 16_000)
    assert samples.dtype == np.float32
    assert len(samples) / 16_000 == pytest.approx(2.0, abs=0.1)
    assert pitch(samples, 16_000) == pytest.approx(440, abs=1)


def test_the_sound_of_a_video_is_read(tmp_path: Path) -> None:
    path = made(
        tmp_path / "a.mp4", *TONE, "-f", "lavfi", "-i", "testsrc=duration=2", "-c:v", "mpeg4", "-c:a", "aac"
    )
    assert len(heard(path)) / 24_000 == pytest.approx(2.0, abs=0.1)


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mp4", "-f", "lavfi", "-i", "testsrc=duration=1", "-c:v", "mpeg4")
    with pytest.raises(DecodeError, match="no audio"):
        probe(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"[playlist]\nFile1=http://localhost/a.mp3\n",
        b"\xff\xd8\xff\xe0 a picture",
        b"PK\x03\x04 an archive",
        bytes(5000),
        b"ID3\x04\x00\x00\x00\x00\x00\x00#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"OggS" + bytes(100),
        b"\x1aE\xdf\xa3" + bytes(100),
        b"\x00\x00\x00\x20ftypM4A " + bytes(100),
        wav_header(24_000, 0),
    ],
)
def test_what_is_no_audio_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "upload.wav"
    path.write_bytes(content)
    with pytest.raises(DecodeError):
        list(decode(path, 24_000))
    assert ffmpegs() == []


def test_a_small_file_of_many_hours_is_stopped_early(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    with Encoder(AUDIO_FORMATS["flac"], 8000, path) as encoder:
        for _ in range(60):
            encoder.write(np.zeros(8000 * 60, dtype=np.float32))
    assert path.stat().st_size < 1 << 20
    lengths: list[int] = []
    with pytest.raises(TooLong, match="longer than 30 seconds"):
        lengths.extend(map(len, decode(path, 8000, max_seconds=30)))
    assert sum(lengths) <= 30 * 8000
    assert ffmpegs() == []


def test_a_header_that_promises_little_is_not_believed(tmp_path: Path) -> None:
    data = np.zeros(24_000 * 10, dtype="<i2").tobytes()
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(24_000, 0xFFFFFFFF - 44) + data)  # what a streaming writer leaves
    assert len(heard(path)) == 24_000 * 10
    path.write_bytes(wav_header(4_000, len(data)) + data)  # a slow rate makes many seconds of few bytes
    with pytest.raises(TooLong):
        list(decode(path, 24_000, max_seconds=20))


@pytest.mark.parametrize("rate", [1, 4_000_000_000])
def test_an_absurd_rate_is_refused(rate: int, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    header = bytearray(wav_header(24_000, 48_000))
    header[24:28] = struct.pack("<I", rate)
    path.write_bytes(bytes(header) + bytes(48_000))
    with pytest.raises(DecodeError):
        list(decode(path, 24_000))


def test_too_many_bytes_are_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(24_000, 2 << 20) + bytes(2 << 20))
    with pytest.raises(TooLong, match="larger than 1 MB"):
        next(decode(path, 24_000, max_bytes=1 << 20))


def test_a_cut_off_file_gives_its_beginning(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mp3", *TONE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 0.5 < len(heard(path)) / 24_000 < 1.5


def test_time_spent_waiting_is_limited(tmp_path: Path) -> None:
    path = made(tmp_path / "a.wav", *TONE)
    with pytest.raises(DecodeError, match="too long"):
        list(decode(path, 24_000, time_limit=0.0))
    assert ffmpegs() == []


def test_stopping_early_ends_ffmpeg(tmp_path: Path) -> None:
    path = made(tmp_path / "a.wav", "-f", "lavfi", "-i", "sine=440:duration=60")
    blocks = decode(path, 48_000)
    assert len(next(blocks)) <= 65_536
    blocks.close()  # type: ignore[attr-defined]
    assert ffmpegs() == []


def test_a_name_that_looks_like_an_option_or_address_is_only_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-i", "http:a", "concat:a|b"):
        Path(name).write_bytes(wav_header(24_000, 480) + bytes(480))
        assert len(heard(Path(name))) == 240


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"\xff\xf3\x90\x00", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\xff\xf9\x50\x80", "aac"),
        (b"\xff\xe0\x00", None),
        (b"\xff", None),
    ],
)
def test_containers_by_their_first_bytes(head: bytes, container: str | None) -> None:
    assert container_of(head) == container
