"""The meter says what the recommendation says it must, and what ffmpeg's own meter says."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest

from workers.audio.ffmpeg import ffmpeg_path
from workers.audio.loudness import SILENT, loudness, true_peak
from workers.engines.base import Audio

from .signals import tone


def by_ffmpeg(samples: Audio, rate: int) -> tuple[float, float]:
    """LUFS and dBTP by ffmpeg's ebur128, to a tenth."""
    source = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "-"]
    meter = ["-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(
        [ffmpeg_path(), "-nostats", *source, *meter], input=samples.tobytes(), capture_output=True, check=True
    )
    summary = told.stderr.decode().rpartition("Summary")[2]
    found = [re.search(pattern, summary) for pattern in (r"I:\s+(\S+) LUFS", r"Peak:\s+(\S+) dBFS")]
    assert all(found), summary
    return float(found[0][1]), float(found[1][1])  # type: ignore[index]


def syllables(rate: int) -> Audio:
    """Noise that comes and goes as speech does, with a long rest: something for the gates."""
    noise = np.random.default_rng(0).normal(0, 0.1, 6 * rate)
    shape = np.maximum(0, np.sin(2 * np.pi * 2.5 * np.arange(6 * rate) / rate))
    shape[2 * rate : 4 * rate] *= 0.001
    return (noise * shape).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 48_000])
def test_a_full_scale_tone_of_997_hz_is_3_lu_below_0(rate: int) -> None:
    assert loudness(tone(2.0, rate, 997.0, level=1.0), rate) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
def test_ffmpegs_meter_says_the_same(rate: int) -> None:
    for samples in (syllables(rate), tone(2.0, rate, 120.0, level=0.2)):
        lufs, peak = by_ffmpeg(samples, rate)
        assert loudness(samples, rate) == pytest.approx(lufs, abs=0.2)
        assert true_peak(samples, rate) == pytest.approx(peak, abs=0.3)


def test_silence_and_a_moments_sound_are_no_error() -> None:
    for samples in (np.zeros(0, np.float32), np.zeros(24_000, np.float32)):
        assert loudness(samples, 24_000) == SILENT
        assert true_peak(samples, 24_000) == float("-inf")
    assert -40 < loudness(tone(0.05), 24_000) < -10


def test_a_wave_that_peaks_between_its_samples_is_seen() -> None:
    # A quarter of the rate, an eighth of a turn late: every sample lies at 0.707 of the wave's height.
    turns = np.arange(24_000) / 4 + 1 / 8
    between = (0.5 * np.sin(2 * np.pi * turns)).astype(np.float32)
    assert 20 * np.log10(np.abs(between).max()) == pytest.approx(-9.03, abs=0.01)
    assert true_peak(between[1000:], 24_000) == pytest.approx(-6.02, abs=0.6)
