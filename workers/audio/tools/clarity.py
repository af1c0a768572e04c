"""Speech made clearer as a sound engineer does: rumble and boom out, presence in, quiet words nearer to the loud ones.

An equaliser and a gentle compressor, nothing learned: it makes good recordings of speech easier to follow, and brings
nothing back that is not there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .stages import Complex, Spectral

_SIZE = 2048
# Hertz and decibels; between them the curve goes straight over octaves.
_CURVE = (
    (20, -30),
    (60, -14),
    (90, -1),
    (150, 0),
    (280, -2.5),
    (500, 0),
    (1800, 1),
    (3200, 3.5),
    (5000, 3),
    (9000, 1.5),
    (16000, 0),
)
_RATIO = 0.5
"""Of the decibels by which a moment is above the speech's level, such a share stays; so below, to _REACH_DB."""
_REACH_DB = 12.0
_ATTACK_SECONDS, _RELEASE_SECONDS = 0.02, 0.08
_STRENGTH = {1: 0.5, 2: 1.0, 3: 1.4}


class Clarity(Spectral):
    """A Stage. `level`: the RMS of the loud parts of the recording, which compression turns around; strength 1 to 3."""

    def __init__(self, rate: int, channels: int, level: float, strength: int = 2) -> None:
        super().__init__(_SIZE, channels, self._clearer)
        hertz = np.fft.rfftfreq(_SIZE, 1 / rate)
        known, decibels = np.array(_CURVE, np.float64).T
        amount = _STRENGTH[strength]
        curve = np.interp(np.log2(np.maximum(hertz, 1.0)), np.log2(known), decibels)
        curve = np.where(curve > -3, curve * amount, curve)
        self._curve = (10 ** (curve / 20)).astype(np.float32)
        self._heard = ((hertz > 200) & (hertz < 6000)).astype(np.float32)
        self._level_db = 20 * np.log10(max(level, 1e-5))
        self._amount = amount
        self._step = _SIZE / 4 / rate
        self._gain = 0.0

    def _clearer(self, spectra: Complex) -> Complex:
        shaped = spectra * self._curve
        # Parseval: the RMS of the frame's part that speech lies in; the window takes half of the power.
        power = 2 * np.mean(np.sum(np.abs(shaped * self._heard) ** 2, axis=2), axis=0) / _SIZE**2 * 2
        gains = self._gains(10 * np.log10(power + 1e-12))
        return np.asarray(shaped * (10 ** (gains / 20)).astype(np.float32)[None, :, None], np.complex64)

    def _gains(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Decibels for each frame, following quickly down and slowly up."""
        made = np.empty(len(levels))
        for index, level in enumerate(levels):
            above = level - self._level_db
            if above > 0:
                wanted = -above * (1 - _RATIO) * self._amount
            else:
                # Quiet words come up; what lies far below is background, and does not.
                lift = min(-above, _REACH_DB) * (1 - _RATIO) * self._amount
                wanted = lift * float(np.clip((_REACH_DB * 2 + above) / _REACH_DB, 0.0, 1.0))
            seconds = _ATTACK_SECONDS if wanted < self._gain else _RELEASE_SECONDS
            self._gain += (wanted - self._gain) * min(1.0, self._step / seconds)
            made[index] = self._gain
        return made
