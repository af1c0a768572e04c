"""Signals that tests make and measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workers.audio.decode import decode
from workers.engines.base import Audio


def tone(seconds: float, rate: int = 24_000, hertz: float = 440.0, level: float = 0.5) -> Audio:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def pitch(samples: Audio, rate: int) -> float:
    """The strongest frequency, to about 1 Hz, from the middle of the samples."""
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 4 * len(middle)))
    return float(np.argmax(spectrum) * rate / (4 * len(middle)))


def heard(path: Path, rate: int = 24_000) -> Audio:
    """A file as samples."""
    return np.concatenate(list(decode(path, rate)))


def ffmpegs() -> list[int]:
    """The ffmpeg processes of this one that still run."""
    children = " ".join(_read(task / "children") for task in Path("/proc/self/task").iterdir()).split()
    return [int(pid) for pid in children if _read(Path(f"/proc/{pid}/comm")).startswith("ffmpeg")]


def _read(path: Path) -> str:
    """Nothing where the thread or process ended after it was listed."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
