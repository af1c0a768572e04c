"""What "super resolution" is here: a 48 kHz file in which the missing top is filled from what lies below it.

Not a learned model: no package carries the weights of one. The octave below the cut is copied upwards with falling
loudness, which is how codecs fill their top (spectral band replication). It makes dull recordings brighter, and is no
restoration: an "s" gets air, but not the air that was recorded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .stages import Complex, Spectral

RATE = 48_000
FULL_BAND = 15_000.0
"""Hz: what reaches up to here has nothing missing."""
_SIZE = 2048
_TOP = 18_000.0
_SLOPES = (-24.0, -9.0)
"""Decibels an octave that the top falls by, at most and at least."""
_STEP_DOWN_DB = 3.0


class Bandwidth(Spectral):
    """A Stage at 48 kHz. `cut`: Hz at which the recording ends."""

    def __init__(self, channels: int, cut: float) -> None:
        super().__init__(_SIZE, channels, self._filled)
        self._width = RATE / _SIZE
        self._cut = int(cut / self._width) - 1
        self._first = self._cut // 2
        self._top = min(int(_TOP / self._width), 4 * self._cut)
        self._frames = 0

    def _filled(self, spectra: Complex) -> Complex:
        made = spectra.copy()
        cut, first = self._cut, self._first
        span = cut - first
        slope = self._slopes(np.abs(spectra))
        # A copy that lies `shift` bins higher turns on by so much more from frame to frame.
        times = self._frames + np.arange(spectra.shape[1])
        self._frames += spectra.shape[1]
        place = cut
        while place < self._top:
            count = min(span, self._top - place)
            shift = place - first
            turn = np.exp(2j * np.pi * ((shift * times * (_SIZE // 4)) % _SIZE) / _SIZE)
            bins = np.arange(place, place + count)
            octaves = np.log2(bins / np.arange(first, first + count))
            fall = 10 ** ((slope[:, :, None] * octaves - _STEP_DOWN_DB) / 20)
            copied = spectra[:, :, first : first + count] * turn[None, :, None] * fall
            made[:, :, place : place + count] = copied
            place += count
        return made.astype(np.complex64)

    def _slopes(self, sizes: NDArray[np.float32]) -> NDArray[np.float64]:
        """Decibels an octave by which each frame falls below the cut, (channels, frames)."""
        quarter, half, end = self._cut // 4, self._cut // 2, self._cut
        low = np.log10(np.mean(sizes[:, :, quarter:half] ** 2, axis=2) + 1e-12)
        high = np.log10(np.mean(sizes[:, :, half:end] ** 2, axis=2) + 1e-12)
        return np.asarray(np.clip(10 * (high - low), *_SLOPES))
