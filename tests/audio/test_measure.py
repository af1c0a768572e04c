"""A recording's length is what it holds, whatever its header says."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from workers.audio.decode import DecodeError, TooLong
from workers.audio.encode import to_int16, wav_header
from workers.audio.ffmpeg import ffmpeg_path
from workers.audio.measure import measured_seconds


def wav_file(folder: Path, seconds: float, rate: int = 16_000) -> Path:
    samples = 0.3 * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 220 / rate)
    data = to_int16(samples.astype(np.float32)).tobytes()
    path = folder / "tone.wav"
    path.write_bytes(wav_header(rate, len(data)) + data)
    return path


def as_format(path: Path, *arguments: str, suffix: str) -> Path:
    target = path.with_suffix(suffix)
    subprocess.run([ffmpeg_path(), "-loglevel", "error", "-i", path, *arguments, target], check=True)
    return target


@pytest.mark.parametrize(
    ("suffix", "arguments"),
    [
        (".wav", []),
        (".mp3", ["-b:a", "64k"]),
        (".flac", []),
        (".ogg", ["-c:a", "libopus"]),
        (".m4a", ["-c:a", "aac"]),
        (".webm", ["-c:a", "libopus"]),
    ],
)
def test_every_container(tmp_path: Path, suffix: str, arguments: list[str]) -> None:
    path = wav_file(tmp_path, 7.5)
    if suffix != ".wav":
        path = as_format(path, *arguments, suffix=suffix)
    assert measured_seconds(path) == pytest.approx(7.5, abs=0.12)


def test_a_header_that_promises_hours_or_nothing_changes_nothing(tmp_path: Path) -> None:
    path = wav_file(tmp_path, 3)
    whole = bytearray(path.read_bytes())
    for told in (0xFFFFFFFF, 0, 1 << 30):
        struct.pack_into("<I", whole, 40, told)
        path.write_bytes(whole)
        assert measured_seconds(path) == pytest.approx(3, abs=0.1)


def test_ten_hours_of_silence_are_ten_hours(tmp_path: Path) -> None:
    bomb = tmp_path / "silence.flac"
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "36000", "-c:a", "flac"]
    subprocess.run([ffmpeg_path(), "-loglevel", "error", *silence, bomb], check=True)
    assert bomb.stat().st_size < 4 << 20
    assert measured_seconds(bomb) == pytest.approx(36_000, abs=1)


def test_what_is_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    for data in (
        b"",
        b"Once upon a time there was no audio." * 50,
        b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n",
        bytes(5000),
    ):
        path.write_bytes(data)
        with pytest.raises(DecodeError):
            measured_seconds(path)
    with pytest.raises(TooLong):
        measured_seconds(wav_file(tmp_path, 2), max_bytes=1000)
