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
_SQUARES = 1.5
"""What the squares of four Hann windows, a quarter apart, add up to."""

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
        """Overlap and add: `length` samples, of which those before the first and after the last centre are poor.

        For frames that overlap by three quarters (`laying_frames_of`): then the windows add up to the same everywhere.
        """
        whole = np.zeros((len(spectrum), self.size // 2 + 1), np.complex64)
        whole[:, :BANDS] = spectrum * np.float32(self.size / _TRAINED_WINDOW)
        rows = (np.fft.irfft(whole, self.size, axis=1) * self.window).astype(np.float32)
        quarters = rows.reshape(len(rows), 4, self.hop)
        made = np.zeros((max(len(rows), -(-length // self.hop)) + 3, self.hop), np.float32)
        for quarter in range(4):
            made[quarter : quarter + len(rows)] += quarters[:, quarter]
        half = self.size // 2
        return made.reshape(-1)[half : half + length] / np.float32(_SQUARES)


@lru_cache(maxsize=16)
def frames_of(rate: int) -> Frames:
    """The frames for a sample rate in Hz. ValueError below LOWEST_RATE."""
    if rate < LOWEST_RATE:
        raise ValueError(f"A sample rate of {LOWEST_RATE} Hz or more is needed to mark audio or find a mark.")
    return _frames(round(WINDOW_SECONDS * rate), round(HOP_SECONDS * rate))


@lru_cache(maxsize=16)
def laying_frames_of(rate: int) -> Frames:
    """The same windows 16 ms apart instead of 10: enough to lay a mark, and half the work. ValueError as above."""
    hop = frames_of(rate).size // 4
    return _frames(4 * hop, hop)


def _frames(size: int, hop: int) -> Frames:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return Frames(size, hop, window.astype(np.float32))


def levels_of(spectrum: Spectrum) -> Levels:
    """The magnitudes in decibels."""
    return (20.0 * np.log10(np.maximum(np.abs(spectrum), np.float32(_FLOOR)))).astype(np.float32)
