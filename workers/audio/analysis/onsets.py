"""How much begins to sound at each moment, in all of the music and in its bass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

_RATE = 22_050
_WINDOW, _HOP = 1024, 256
FRAMES_A_SECOND = _RATE / _HOP
_BANDS = 40
_LOW = 180.0
"""Hz below which it is drums and bass."""
_Curve = NDArray[np.float32]


class Onsets:
    """Mono blocks at 22,050 Hz in; in the end `all` and `low`, one value for each 1/86 s."""

    def __init__(self) -> None:
        self._held: Audio = np.zeros(_WINDOW // 2, np.float32)
        self._before: NDArray[np.float32] | None = None
        self._curves: list[_Curve] = []
        self._window = np.hanning(_WINDOW).astype(np.float32)
        self._filters = _filters()

    def push(self, block: Audio) -> None:
        held = np.concatenate([self._held, block])
        count = max(0, (len(held) - _WINDOW) // _HOP + 1)
        for first in range(0, count, 4096):
            part = held[first * _HOP : (min(count, first + 4096) - 1) * _HOP + _WINDOW]
            self._hear(np.lib.stride_tricks.sliding_window_view(part, _WINDOW)[::_HOP])
        self._held = held[count * _HOP :].copy()

    @property
    def all(self) -> _Curve:
        return self._curve(0)

    @property
    def low(self) -> _Curve:
        return self._curve(1)

    def _curve(self, which: int) -> _Curve:
        if not self._curves:
            return np.zeros(0, np.float32)
        return np.concatenate([curves[which] for curves in self._curves])

    def _hear(self, windows: NDArray[np.float32]) -> None:
        power = np.abs(np.fft.rfft(windows * self._window, axis=1)) ** 2
        levels = np.log1p(100 * np.sqrt(power.astype(np.float32) @ self._filters.T))
        before = levels[:1] if self._before is None else self._before
        # Against two frames ago: a note takes longer than one to begin.
        rising = np.maximum(0, levels - np.concatenate([before[-2:], levels])[: len(levels)])
        self._before = levels[-2:] if len(levels) > 1 else np.concatenate([before[-1:], levels])
        self._curves.append(np.stack([rising.mean(axis=1), rising[:, : _low_bands()].mean(axis=1)]))


def _edges() -> NDArray[np.float64]:
    """Frequencies between the bands, even to the ear from 30 Hz to 10 kHz."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (30.0, 10_000.0))
    return np.asarray(700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1))


def _low_bands() -> int:
    return int(np.searchsorted(_edges()[1:-1], _LOW))


def _filters() -> NDArray[np.float32]:
    """Triangles over the bins of a spectrum, shape (bands, bins); a narrow band takes at least its nearest bin."""
    edges, bins = _edges(), np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    made = np.maximum(0, np.minimum(rise, fall))
    made[np.arange(_BANDS), np.abs(bins - edges[1:-1, None]).argmin(axis=1)] += 1e-3
    made[made.sum(axis=1) < 0.01, :] *= 1000
    return np.asarray(made / made.sum(axis=1, keepdims=True) / _WINDOW, np.float32)
