"""Which pitch classes sound, and when: the peaks of long spectra, whatever the instruments are tuned to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

_RATE = 22_050
_WINDOW, _HOP = 8192, 2048
FRAME_SECONDS = _HOP / _RATE
_LOWEST, _HIGHEST = 65.0, 2100.0
_FINE = 10
"""Steps of a semitone that are told apart."""
_LOUD = 0.02
"""Peaks below this share of a frame's highest are not heard."""
_SILENT = 1e-4
_Rows = NDArray[np.float64]


class Pitches:
    """Mono blocks at 22,050 Hz in; in the end `classes`, shape (12,) from C on, and `frames`."""

    def __init__(self) -> None:
        self._held: Audio = np.zeros(0, np.float32)
        self._fine = np.zeros(12 * _FINE)
        self._frames: list[NDArray[np.float32]] = []
        self._window = np.hanning(_WINDOW).astype(np.float32)
        self._bins = np.arange(round(_LOWEST * _WINDOW / _RATE), round(_HIGHEST * _WINDOW / _RATE))

    def push(self, block: Audio) -> None:
        held = np.concatenate([self._held, block])
        count = max(0, (len(held) - _WINDOW) // _HOP + 1)
        # A minute at a time at most, so that spectra stay small whatever the blocks are.
        for first in range(0, count, 512):
            part = held[first * _HOP : (min(count, first + 512) - 1) * _HOP + _WINDOW]
            self._hear(np.lib.stride_tricks.sliding_window_view(part, _WINDOW)[::_HOP])
        self._held = held[count * _HOP :].copy()

    @property
    def frames(self) -> NDArray[np.float32]:
        """How strong each pitch class is in each frame of FRAME_SECONDS, shape (n, 12), rows of sum 1 or 0."""
        return np.concatenate(self._frames) if self._frames else np.zeros((0, 12), np.float32)

    @property
    def classes(self) -> _Rows:
        return _folded(self._fine, self._tuning())

    def _hear(self, windows: NDArray[np.float32]) -> None:
        bins = self._bins
        sizes = np.abs(np.fft.rfft(windows * self._window, axis=1))[:, bins[0] - 1 : bins[-1] + 2]
        left, here, right = sizes[:, :-2], sizes[:, 1:-1], sizes[:, 2:]
        loudest = here.max(axis=1, keepdims=True)
        peaks = (here > left) & (here >= right) & (here > _LOUD * loudest) & (loudest > _SILENT * _WINDOW)
        row, column = np.nonzero(peaks)
        a, b, c = (np.log(side[row, column] + 1e-12) for side in (left, here, right))
        # The top of the parabola through the three highest points is where the partial lies between the bins.
        offset = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
        hertz = (bins[column] + np.clip(offset, -0.5, 0.5)) * _RATE / _WINDOW
        steps = np.round((12 * np.log2(hertz / 440.0) + 9) * _FINE).astype(int) % (12 * _FINE)
        weight = np.sqrt(here[row, column] / loudest[row, 0])
        shares = weight / np.maximum(np.bincount(row, weight, len(windows)), 1e-9)[row]
        self._fine += np.bincount(steps, shares, 12 * _FINE)
        semitones = ((steps + _FINE // 2) // _FINE) % 12
        frames = np.bincount(row * 12 + semitones, shares, len(windows) * 12).reshape(-1, 12)
        self._frames.append(frames.astype(np.float32))

    def _tuning(self) -> float:
        """How far all is off 440 Hz, in fine steps, -5 to 5."""
        around = self._fine.reshape(12, _FINE).sum(axis=0) @ np.exp(2j * np.pi * np.arange(_FINE) / _FINE)
        return float(np.angle(around) / (2 * np.pi) * _FINE)


def _folded(fine: _Rows, tuning: float) -> _Rows:
    """Pitch classes of fine steps: each step goes to the semitones on its sides, the nearer the more."""
    places = (np.arange(12 * _FINE) - tuning) / _FINE
    below = np.floor(places).astype(int)
    upper = places - below
    made = np.bincount(below % 12, fine * (1 - upper), 12)
    return np.asarray(made + np.bincount((below + 1) % 12, fine * upper, 12))
