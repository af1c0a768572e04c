"""No wave rises above -1 dBTP, what is quieter is untouched, and nothing is heard of it happening."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.audio.limiter import CEILING, Limiter, limited
from workers.audio.loudness import true_peak
from workers.audio.resample import resample
from workers.engines.base import Audio

from .signals import tone

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]


def in_blocks(samples: Audio, rate: int, sizes: list[int]) -> list[Audio]:
    limiter, parts, start = Limiter(rate), [], 0
    while start < len(samples):
        for size in sizes:
            parts.append(limiter.push(samples[start : start + size]))
            start += size
    return [*parts, limiter.finish()]


@pytest.mark.parametrize("rate", RATES)
def test_the_wave_stays_below_the_ceiling_between_samples_too(rate: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.8, 24_000).astype(np.float32)
    loud = [
        resample(noise, round(0.85 * rate), rate),
        tone(0.5, rate, rate / 4.001, level=1.5),
        tone(0.5, rate, 150, level=4.0),
        np.sign(tone(0.5, rate, 90)) * np.float32(0.95),
    ]
    for samples in loud[:3]:
        assert true_peak(samples, rate) > 0
        assert true_peak(limited(samples, rate), rate) <= CEILING
    # Right angles reach to the end of the band, where four points for each sample are few.
    assert true_peak(limited(loud[3], rate), rate) <= CEILING + 0.5


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 3000),
    st.lists(st.integers(1, 900), min_size=1, max_size=4),
    st.floats(0.1, 5.0),
    st.integers(0, 2**32 - 1),
)
def test_as_many_samples_come_out_and_the_same_however_they_are_cut(
    length: int, sizes: list[int], level: float, seed: int
) -> None:
    samples = (np.random.default_rng(seed).normal(0, 0.3, length) * level).astype(np.float32)
    whole = limited(samples, 24_000)
    cut = np.concatenate(in_blocks(samples, 24_000, sizes))
    assert len(whole) == len(cut) == length
    assert whole.dtype == np.float32
    np.testing.assert_allclose(cut, whole, atol=1e-6)
    assert float(np.abs(whole).max(initial=0.0)) <= 10 ** (CEILING / 20)


def test_what_is_below_the_ceiling_passes_bit_for_bit_and_nearly_at_once() -> None:
    samples = tone(1.0, level=0.85)
    parts = in_blocks(samples, 24_000, [480])
    assert np.array_equal(np.concatenate(parts), samples)
    behind = len(samples) - sum(map(len, parts[:-1]))
    assert behind / 24_000 < 0.005


@pytest.mark.parametrize("size", [480, 2_400, 12_000])
def test_a_tone_that_is_too_loud_in_chunks_has_no_step_and_no_wobble(size: int) -> None:
    whole = tone(2.0, level=1.4)
    made = np.concatenate(in_blocks(whole, 24_000, [size]))
    settled = made[2_400:-2_400]
    allowed = 1.02 * np.abs(np.diff(settled, 2)).max() * 1.4 / 0.89
    assert np.abs(np.diff(made, 2)).max() <= allowed
    crests = np.abs(settled[: len(settled) // 240 * 240].reshape(-1, 240)).max(axis=1)
    assert crests.max() / crests.min() < 1.02


def test_one_loud_syllable_is_turned_down_for_a_moment_only() -> None:
    samples = tone(2.0, level=0.4)
    samples[24_000:24_480] *= 4  # 20 ms at +4 dBFS
    made = limited(samples, 24_000)
    gain = made / np.where(np.abs(samples) > 0.01, samples, 1) * (np.abs(samples) > 0.01)
    assert np.array_equal(made[: 24_000 - 100], samples[: 24_000 - 100])
    assert gain[24_100:24_400].max() < 0.6
    assert np.array_equal(made[24_480 + 9_600 :], samples[24_480 + 9_600 :])  # 0.4 s later all is as before
    # No faster than by a decibel in a quarter of a millisecond.
    seen = gain[gain > 0]
    assert np.abs(np.diff(20 * np.log10(seen))).max() < 0.2


def test_silence_and_nothing_are_no_error() -> None:
    assert len(limited(np.zeros(0, np.float32), 24_000)) == 0
    assert not limited(np.zeros(5_000, np.float32), 24_000).any()
    assert np.array_equal(limited(np.full(1, 0.5, np.float32), 8_000), np.full(1, 0.5, np.float32))
