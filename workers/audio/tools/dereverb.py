"""Reverberation lessened, in a basic way: late echoes of a room are predicted from what came before, and taken off.

Weighted prediction error (Nakatani and others, 2010) over stretches of a few seconds, and behind it a spectral
subtraction of what still lingers. One microphone is little for this: on synthetic rooms it gains about a decibel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .stages import Complex, Spectral

_SIZE = 1024
_HIGHEST = 8000.0
"""Hz up to which it is predicted: above, rooms are dead soon."""
_DELAY, _TAPS, _ROUNDS = 4, 12, 2
_STRETCH_SECONDS = 8.0
_STRENGTH = {1: (0.5, 0.0), 2: (0.8, 0.3), 3: (1.0, 0.5), 4: (1.0, 0.8), 5: (1.0, 1.1)}
"""By intensity: how much of what was predicted is taken off, and how much of what lingers."""
_LINGER_SECONDS = 0.08
_DECAY_DB_A_SECOND = 90.0
_FLOOR = 0.25


class Dereverb:
    """A Stage. `intensity` 1 to 5. It works on stretches of eight seconds, so it gives nothing before."""

    def __init__(self, rate: int, channels: int, intensity: int) -> None:
        self._predicted, self._lingering = _STRENGTH[intensity]
        self._bins = min(_SIZE // 2 + 1, round(_HIGHEST * _SIZE / rate))
        self._step = _SIZE / 4 / rate
        self._past: Complex | None = None
        self._levels: NDArray[np.float32] | None = None
        self._spectral = Spectral(_SIZE, channels, self._dry)
        self._waiting: list[NDArray[np.float32]] = []
        self._stretch = round(_STRETCH_SECONDS * rate)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._waiting.append(samples)
        if sum(block.shape[1] for block in self._waiting) < self._stretch:
            return samples[:, :0]
        return self._spectral.push(self._take())

    def finish(self) -> NDArray[np.float32]:
        last = self._spectral.push(self._take()) if self._waiting else None
        rest = self._spectral.finish()
        return rest if last is None else np.concatenate([last, rest], axis=1)

    def _take(self) -> NDArray[np.float32]:
        joined, self._waiting = np.concatenate(self._waiting, axis=1), []
        return joined

    def _dry(self, spectra: Complex) -> Complex:
        made = spectra.copy()
        low = spectra[:, :, : self._bins]
        past = (
            self._past
            if self._past is not None
            else np.zeros((len(low), _DELAY + _TAPS, low.shape[2]), np.complex64)
        )
        self._past = np.concatenate([past, low], axis=1)[:, -(_DELAY + _TAPS) :]
        for channel in range(len(low)):
            late = _late(low[channel], past[channel])
            made[channel, :, : self._bins] -= np.float32(self._predicted) * late
        return self._subtracted(made) if self._lingering else made

    def _subtracted(self, spectra: Complex) -> Complex:
        """Less of what is still there of some 80 ms ago, as a room of half a second would have it."""
        ago = max(1, round(_LINGER_SECONDS / self._step))
        levels = np.abs(spectra) ** 2
        before = (
            self._levels
            if self._levels is not None
            else np.zeros((len(levels), ago, levels.shape[2]), np.float32)
        )
        joined = np.concatenate([before, levels], axis=1)
        self._levels = joined[:, -ago:]
        fall = 10 ** (-_DECAY_DB_A_SECOND * ago * self._step / 10)
        lingering = np.float32(self._lingering * fall) * joined[:, : levels.shape[1]]
        gain = np.sqrt(np.maximum(_FLOOR**2, 1 - lingering / np.maximum(levels, 1e-12)))
        return np.asarray(spectra * gain, np.complex64)


def _late(spectra: Complex, past: Complex) -> Complex:
    """What of each frame (frames, bins) follows from frames four and more before it, those of `past` among them."""
    count = len(spectra)
    if count < 4 * _TAPS:
        return np.zeros_like(spectra)
    joined = np.concatenate([past, spectra])
    first = len(past) - _DELAY
    # (bins, taps, frames): what each tap sees.
    seen = np.stack([joined[first - tap : first - tap + count].T for tap in range(_TAPS)], axis=1)
    wanted = spectra.T
    dry = wanted
    late = np.zeros_like(wanted)
    for _ in range(_ROUNDS):
        power = np.abs(dry) ** 2
        weight = 1 / np.maximum(power, 1e-3 * power.mean(axis=1, keepdims=True) + 1e-10)
        weighted = seen * weight[:, None, :]
        matrix = weighted @ seen.conj().transpose(0, 2, 1)
        vector = weighted @ wanted.conj()[:, :, None]
        load = 1e-4 * np.trace(matrix, axis1=1, axis2=2).real / _TAPS + 1e-10
        filters = np.linalg.solve(matrix + load[:, None, None] * np.eye(_TAPS), vector)
        late = (filters.conj().transpose(0, 2, 1) @ seen)[:, 0, :]
        dry = wanted - late
    return np.asarray(late.T, np.complex64)
