"""What is known of a recording after listening to it once: level, band, hum, and whether its channels differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from workers.engines.kinds import Stereo

from .hum import HumFinder

RATE = 48_000
_FRAME = RATE // 50
_SIZE = 4096
_BAND = 500
_EDGE_DB, _DARK_DB = 20.0, 15.0
"""Where sound was cut off it falls by the first within a band or two, and stays so much below."""


@dataclass(frozen=True, slots=True)
class Survey:
    """`level`: RMS of the loud parts, 0 for silence. `cut`: Hz where the sound ends. `alike`: all channels the same.

    `hum`: Hz of the tones that the mains left (hum.py).
    """

    seconds: float
    level: float
    cut: float
    alike: bool
    hum: Sequence[float] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, known: Any) -> Self:
        return cls(**{**known, "hum": tuple(known.get("hum") or ())})


class Surveyor:
    """Blocks of shape (channels, n) at RATE Hz in; then `survey`."""

    def __init__(self) -> None:
        self._count = 0
        self._levels: list[np.ndarray] = []
        self._power = np.zeros(_SIZE // 2 + 1)
        self._alike = True
        self._hum = HumFinder(RATE)
        self._window = np.hanning(_SIZE).astype(np.float32)

    def push(self, block: Stereo) -> None:
        self._count += block.shape[1]
        self._alike = self._alike and bool((block == block[0]).all())
        mono = block.mean(axis=0)
        self._hum.push(mono)
        frames = mono[: len(mono) // _FRAME * _FRAME].reshape(-1, _FRAME)
        if len(frames):
            self._levels.append(np.sqrt(np.mean(np.square(frames), axis=1)))
        # One spectrum for each block: thousands of them in a minute are no better.
        if len(mono) >= _SIZE:
            self._power += np.abs(np.fft.rfft(mono[:_SIZE] * self._window)) ** 2

    @property
    def survey(self) -> Survey:
        levels = np.concatenate(self._levels) if self._levels else np.zeros(0, np.float32)
        level = float(np.percentile(levels, 95)) if len(levels) else 0.0
        return Survey(self._count / RATE, level, self._cut(), self._alike, tuple(self._hum.lines))

    def _cut(self) -> float:
        """Where the sound ends: a cliff in the spectrum that nothing comes after; half the rate where there is none."""
        hertz = np.fft.rfftfreq(_SIZE, 1 / RATE)
        bands = [
            self._power[(hertz >= low) & (hertz < low + _BAND)].mean() for low in range(0, RATE // 2, _BAND)
        ]
        levels = 10 * np.log10(np.maximum(bands, 1e-12))
        for edge in range(2000 // _BAND, len(levels) - 1):
            before = float(levels[edge - 3 : edge].max())
            if levels[edge] < before - _EDGE_DB and levels[edge:].max() < before - _DARK_DB:
                return float(edge * _BAND)
        return RATE / 2
