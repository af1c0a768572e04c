"""ffmpeg is found, or its absence explained; it never hangs on what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workers.audio import ffmpeg
from workers.audio.ffmpeg import FFmpeg, FFmpegMissing, ffmpeg_path


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ffmpeg._find.cache_clear()


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = program(tmp_path / "mine")
    monkeypatch.setenv("FFMPEG", mine)
    assert ffmpeg_path() == mine


def test_then_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    mine = program(tmp_path / "ffmpeg")
    assert ffmpeg_path() == mine


def test_then_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(ffmpeg_path()).is_file()


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FFMPEG", str(tmp_path / "nothing"))
    with pytest.raises(FFmpegMissing, match="FFMPEG is set to"):
        ffmpeg_path()


def test_none_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(FFmpegMissing, match="Install it"):
        ffmpeg_path()


def test_a_talkative_run_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    process = FFmpeg(["-loglevel", "trace", "-f", "lavfi", "-i", "sine=duration=20", "-f", "null", "-"])
    assert process.wait(60) == 0
    assert 0 < len(process.complaint) <= 4096
    process.kill()
    process.kill()
