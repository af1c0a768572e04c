"""Blocks are resampled as if they were one recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.audio.resample import Resampler, resample

from .signals import pitch, tone

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]
PAIRS = [(22_050, 24_000), (24_000, 8_000), (24_000, 16_000), (24_000, 22_050)]


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", RATES)
def test_length_and_pitch(source: int, target: int) -> None:
    samples = resample(tone(1.0, source), source, target)
    assert abs(len(samples) - target) <= 1
    assert pitch(samples, target) == pytest.approx(440, abs=1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12), st.sampled_from(PAIRS))
def test_blocks_leave_no_seam(sizes: list[int], rates: tuple[int, int]) -> None:
    source, target = rates
    samples = tone(sum(sizes) / source, source)
    resampler = Resampler(source, target)
    parts, start = [], 0
    for size in sizes:
        parts.append(resampler.push(samples[start : start + size]))
        start += size
    parts.append(resampler.finish())
    whole = resample(samples[:start], source, target)
    joined = np.concatenate(parts)
    assert len(joined) == len(whole)
    assert np.allclose(joined, whole, atol=1e-6)


@pytest.mark.parametrize("target", [8_000, 16_000, 22_050])
def test_blocks_do_not_click(target: int) -> None:
    """Nothing is steeper than the tone itself, though it comes in blocks of 20 ms."""
    samples, resampler = tone(1.0, 24_000), Resampler(24_000, target)
    parts = [resampler.push(samples[start : start + 480]) for start in range(0, len(samples), 480)]
    inner = np.concatenate([*parts, resampler.finish()])[target // 50 : -target // 50]
    assert np.abs(np.diff(inner)).max() < 1.01 * 0.5 * 2 * np.pi * 440 / target


def test_nothing_above_the_new_limit_folds_back() -> None:
    samples = resample(tone(1.0, 48_000, hertz=15_000), 48_000, 24_000)
    assert float(np.abs(samples[2000:-2000]).max()) < 0.001


def test_bad_rates() -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(0, 24_000)
