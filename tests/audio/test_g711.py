"""G.711 as ffmpeg, an independent maker of it, reads and writes it."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from workers.audio import g711
from workers.audio.ffmpeg import ffmpeg_path


def ffmpeg(source: str, target: str, data: bytes) -> bytes:
    """Raw audio of one encoding as another."""
    form = ["-ar", "8000", "-ac", "1"]
    command = [ffmpeg_path(), "-v", "error", "-f", source, *form, "-i", "-", "-f", target, *form, "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=20).stdout


@pytest.mark.parametrize("law", g711.LAWS)
def test_every_code_and_every_sample_means_what_it_means_elsewhere(law: str) -> None:
    codes = bytes(range(256))
    elsewhere = np.frombuffer(ffmpeg(law, "s16le", codes), "<i2")
    assert np.array_equal(elsewhere, g711.decoded(law))
    every = np.arange(-0x8000, 0x8000).astype("<i2")
    ours = elsewhere[np.frombuffer(g711.encode(every.tobytes(), law), np.uint8)].astype(int)
    theirs = elsewhere[np.frombuffer(ffmpeg("s16le", law, every.tobytes()), np.uint8)].astype(int)
    assert (np.abs(ours - every) <= np.abs(theirs - every)).all()


def test_silence_is_silence() -> None:
    assert g711.encode(bytes(8), "mulaw") in (b"\xff" * 4, b"\x7f" * 4)
    assert g711.encode(b"", "alaw") == b""
    with pytest.raises(ValueError, match="mulaw"):
        g711.encode(bytes(2), "mp3")
