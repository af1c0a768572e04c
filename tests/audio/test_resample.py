"""Blocks are resampled as if they were one recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.audio.resample import Resampler, resample

from .signals import pitch, tone

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", RATES)
def test_length_and_pitch(source: int, target: int) -> None:
    samples = resample(tone(1.0, source), source, target)
    assert abs(len(samples) - target) <= 1
    assert pitch(samples, target) == pytest.approx(440, abs=1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_blocks_leave_no_seam(sizes: list[int]) -> None:
    samples = tone(sum(sizes) / 22_050, 22_050)
    resampler = Resampler(22_050, 24_000)
    parts, start = [], 0
    for size in sizes:
        parts.append(resampler.push(samples[start : start + size]))
        start += size
    parts.append(resampler.finish())
    whole = resample(samples[:start], 22_050, 24_000)
    joined = np.concatenate(parts)
    assert len(joined) == len(whole)
    assert np.allclose(joined, whole, atol=1e-6)


def test_nothing_above_the_new_limit_folds_back() -> None:
    samples = resample(tone(1.0, 48_000, hertz=15_000), 48_000, 24_000)
    assert float(np.abs(samples[2000:-2000]).max()) < 0.001


def test_bad_rates() -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(0, 24_000)
