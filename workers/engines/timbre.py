"""What can be done to spoken sound at no cost: move its resonances, and colour it as a recording is coloured.

Resonances move with the rate at which samples are played. Whoever speaks slower and lower by the same factor first
ends up with other resonances at the pace and pitch that were wanted: a shorter or longer throat.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import soxr
from numpy.typing import NDArray

from .base import Audio

BANDS = 24
"""Of a tone, evenly spaced in mel."""
LOWEST, HIGHEST = 80.0, 7600.0
"""Hz; recordings of 16 kHz end above."""
MOST_DECIBELS = 6.0
"""What colours further is the microphone's doing more than the voice's, and costs clarity."""

_RATE, _FRAME, _HOP = 16_000, 512, 160
_QUIET_DECIBELS = 30.0
_TAPS = 513
_GRID = 1024

Tone = NDArray[np.float32]
"""Decibels in each of BANDS bands, (24,)."""


def tone(speech: Audio) -> Tone:
    """How strong each band is on the average of the loud frames, in dB, of speech without pauses (ge2e.speech).

    Raises ValueError where there is less than a frame of it.
    """
    if len(speech) < _FRAME:
        raise ValueError("There is no speech in this audio.")
    frames = np.lib.stride_tricks.sliding_window_view(speech.astype(np.float64), _FRAME)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1)) ** 2
    level = power.sum(1)
    loud = power[level > np.percentile(level, 95) * 10 ** (-_QUIET_DECIBELS / 10)]
    bands = _filters() @ loud.mean(0)
    return np.asarray(10 * np.log10(bands + 1e-12), np.float32)


def moved(own: Tone, resonance: float) -> Tone:
    """The tone of a voice whose resonances are moved by a factor."""
    places = _mel(_centres() / resonance)
    return np.asarray(np.interp(places, _mel(_centres()), own), np.float32)


def correction(own: Tone, wanted: Tone, most: float = MOST_DECIBELS) -> Tone:
    """By how many dB each band must change so that one tone comes near another: smooth, limited, no louder in all."""
    weights = np.exp(-0.5 * np.arange(-4, 5) ** 2)
    apart = np.convolve(np.pad(wanted - own, 4, mode="edge"), weights / weights.sum(), "valid")
    power = 10 ** (own / 10)
    change = np.clip(apart - np.average(apart, weights=power), -most, most)
    louder = 10 * np.log10(np.sum(power * 10 ** (change / 10)) / power.sum())
    return np.asarray(change - louder, np.float32)


def toned(samples: Audio, rate: int, change: Tone) -> Audio:
    """Mono samples with each band changed by so many dB; neither longer nor later."""
    places = _mel(np.asarray(np.fft.rfftfreq(_GRID, 1 / rate), np.float64))
    gains = 10 ** (np.interp(places, _mel(_centres()), change) / 20)
    filtered = np.roll(np.fft.irfft(gains), _TAPS // 2)[:_TAPS] * np.hanning(_TAPS + 2)[1:-1]
    size = 1 << (len(samples) + _TAPS - 2).bit_length()
    whole = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(filtered, size), size)
    return np.asarray(whole[_TAPS // 2 : _TAPS // 2 + len(samples)], np.float32)


def resounded(samples: Audio, rate: int, resonance: float) -> Audio:
    """Mono samples with all their frequencies times `resonance`, and as much shorter."""
    return np.asarray(soxr.resample(samples, rate * resonance, rate), np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2595 * np.log10(1 + hertz / 700))


@lru_cache(maxsize=1)
def _edges() -> NDArray[np.float64]:
    lowest, highest = (float(mel) for mel in _mel(np.array([LOWEST, HIGHEST])))
    mels = np.linspace(lowest, highest, BANDS + 2)
    return np.asarray(700 * (10 ** (mels / 2595) - 1))


def _centres() -> NDArray[np.float64]:
    return _edges()[1:-1]


@lru_cache(maxsize=1)
def _filters() -> NDArray[np.float64]:
    """Triangles over the bins of a frame, each of weight 1: (24, 257)."""
    bins = np.fft.rfftfreq(_FRAME, 1 / _RATE)
    low, middle, high = (_edges()[start : start + BANDS, None] for start in range(3))
    bands = np.maximum(0, np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)))
    return np.asarray(bands / bands.sum(1, keepdims=True))
