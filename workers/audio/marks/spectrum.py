"""Short-time spectra of the band that Perth marks, at any sample rate, without resampling.

Perth was trained at 32 kHz with windows of 2048 samples every 320: 64 ms every 10 ms. The same seconds at another rate
give the same bins, 15.6 Hz apart, so only their scale changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

BANDS = 128
"""Bins from 0 Hz to just under 2 kHz."""

LOWEST_RATE = 4000
"""Hz; below it the band does not fit."""

WINDOW_SECONDS = 0.064
HOP_SECONDS = 0.01
_TRAINED_WINDOW = 2048
_FLOOR = 1e-9

Spectrum = NDArray[np.complex64]
"""Shape (frames, BANDS)."""

Levels = NDArray[np.float32]
"""Decibels in the scale of Perth's spectra, shape (frames, BANDS); -180 is silence."""


@dataclass(frozen=True)
class Frames:
    """The frames of one sample rate. `size` and `hop` are samples; frame i is centred on sample i * hop."""

    size: int
    hop: int
    window: Audio

    def spectrum(self, samples: Audio) -> Spectrum:
        """The bins below 2 kHz of `len(samples) // hop + 1` frames. Outside the samples is silence."""
        half = self.size // 2
        padded = np.pad(samples, (half, self.size - half))
        rows = np.lib.stride_tricks.sliding_window_view(padded, self.size)[:: self.hop]
        rows = rows[: len(samples) // self.hop + 1]
        found = np.fft.rfft(rows * self.window, axis=1)[:, :BANDS]
        return (found * (_TRAINED_WINDOW / self.size)).astype(np.complex64)

    def signal(self, spectrum: Spectrum, length: int) -> Audio:
        """Overlap and add: `length` samples, of which those before the first and after the last centre are poor."""
        whole = np.zeros((len(spectrum), self.size // 2 + 1), np.complex64)
        whole[:, :BANDS] = spectrum * np.float32(self.size / _TRAINED_WINDOW)
        rows = (np.fft.irfft(whole, self.size, axis=1) * self.window).astype(np.float32)
        half, square = self.size // 2, self.window**2
        made = np.zeros(max(length + half, (len(rows) - 1) * self.hop + self.size), np.float32)
        weight = np.full_like(made, 1e-3)
        for index, row in enumerate(rows):
            stretch = slice(index * self.hop, index * self.hop + self.size)
            made[stretch] += row
            weight[stretch] += square
        return (made / weight)[half : half + length]


@lru_cache(maxsize=16)
def frames_of(rate: int) -> Frames:
    """The frames for a sample rate in Hz. ValueError below LOWEST_RATE."""
    if rate < LOWEST_RATE:
        raise ValueError(f"A sample rate of {LOWEST_RATE} Hz or more is needed to mark audio or find a mark.")
    size = round(WINDOW_SECONDS * rate)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return Frames(size, round(HOP_SECONDS * rate), window.astype(np.float32))


def levels_of(spectrum: Spectrum) -> Levels:
    """The magnitudes in decibels."""
    return (20.0 * np.log10(np.maximum(np.abs(spectrum), np.float32(_FLOOR)))).astype(np.float32)
