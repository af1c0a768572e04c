"""Echoes taken back: a repetition that comes a fixed time later is found by its regularity, and subtracted.

This undoes what a canyon, a bad call or an effect did: the same sound again, weaker, after 50 ms to 0.8 s, once or
again and again. It finds nothing in a room's reverberation, which has no one delay (dereverb.py), and it leaves music
that repeats itself beat by beat alone as far as no sound repeats exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio
from workers.engines.kinds import Stereo

RATE = 16_000
"""Hz of the sound in which echoes are looked for."""
_SHORTEST, _LONGEST = 0.05, 0.8
_WINDOW = 1 << 16
_LEAST, _STANDS_OUT = 0.06, 8.0
"""How like itself sound must be at the delay, and by how many deviations above the delays around."""


@dataclass(frozen=True, slots=True)
class Echo:
    """`seconds` later, `gain` times as loud; `again`: the echo has echoes of its own."""

    seconds: float
    gain: float
    again: bool


class EchoFinder:
    """Mono blocks at RATE Hz in; then `echo`, None where there is none."""

    def __init__(self) -> None:
        self._held: Audio = np.zeros(0, np.float32)
        self._alike = np.zeros(_WINDOW)
        self._weight = 0.0

    def push(self, block: Audio) -> None:
        self._held = np.concatenate([self._held, block])
        while len(self._held) >= _WINDOW:
            self._look(self._held[:_WINDOW])
            self._held = self._held[_WINDOW // 2 :]

    def finish(self) -> Echo | None:
        """What was found in all of it."""
        if len(self._held) > RATE and not self._weight:
            self._look(np.pad(self._held, (0, _WINDOW - len(self._held))))
        if not self._weight:
            return None
        # Two windows that are shifted against each other overlap the less, the longer the delay.
        alike = self._alike / self._weight / _overlap()
        first, last = round(_SHORTEST * RATE), round(_LONGEST * RATE)
        near = alike[first:last]
        place = int(np.argmax(near)) + first
        spread = 1.4826 * float(np.median(np.abs(near - np.median(near)))) + 1e-9
        found = float(alike[place])
        if found < _LEAST or found < _STANDS_OUT * spread:
            return None
        twice = float(alike[2 * place - 2 : 2 * place + 3].max())
        again = twice > 0.5 * found**2 and twice > 4 * spread
        gain = found if again else (1 - np.sqrt(max(0.0, 1 - 4 * min(found, 0.5) ** 2))) / (2 * found)
        return Echo(_between(alike, place) / RATE, float(min(gain, 0.95)), again)

    def _look(self, window: Audio) -> None:
        power = np.abs(np.fft.rfft(window * np.hanning(_WINDOW), 2 * _WINDOW)) ** 2
        if power.sum() <= 1e-6:
            return
        # Flattened, so that a voice's own pitch and colour say nothing: what an echo leaves is a comb.
        width = 64
        smooth = np.convolve(power, np.ones(width) / width, "same")
        flat = power / (smooth + 1e-3 * smooth.mean())
        # Frequencies of speech count: elsewhere is noise.
        hertz = np.fft.rfftfreq(2 * _WINDOW, 1 / RATE)
        flat = np.where((hertz > 150) & (hertz < 6000), flat - 1, 0.0)
        alike = np.fft.irfft(flat)[:_WINDOW]
        weight = float(np.sqrt(np.mean(window**2)))
        self._alike += weight * alike / (((hertz > 150) & (hertz < 6000)).mean())
        self._weight += weight


class EchoOff:
    """A Stage that takes an echo off; `share` of it."""

    def __init__(self, rate: int, channels: int, echo: Echo, share: float = 1.0) -> None:
        self._delay = echo.seconds * rate
        self._gain = np.float32(echo.gain * share)
        self._again = echo.again
        whole = int(np.ceil(self._delay)) + 1
        self._past: Stereo = np.zeros((channels, whole), np.float32)

    def push(self, samples: Stereo) -> Stereo:
        step = self._past.shape[1] - 1
        made = [
            self._part(samples[:, place : place + step - 1]) for place in range(0, samples.shape[1], step - 1)
        ]
        return np.concatenate(made, axis=1) if made else samples

    def finish(self) -> Stereo:
        return self._past[:, :0]

    def _part(self, samples: Stereo) -> Stereo:
        """At most one delay's worth, so that what it needs of the past is all there."""
        count, length = samples.shape[1], self._past.shape[1]
        # The delay need not be a whole number of samples.
        start = length - self._delay
        whole, rest = int(np.floor(start)), np.float32(start - np.floor(start))
        late = (1 - rest) * self._past[:, whole : whole + count] + rest * self._past[
            :, whole + 1 : whole + 1 + count
        ]
        made = np.asarray(samples - self._gain * late, np.float32)
        # One echo: it is of the dry sound, which we have made. Again and again: each is of the sound with its echoes.
        self._past = np.concatenate([self._past, samples if self._again else made], axis=1)[:, -length:]
        return made


@lru_cache(maxsize=1)
def _overlap() -> NDArray[np.float64]:
    """How much of a window lies under itself at each delay, 1 at none."""
    own = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(_WINDOW), 2 * _WINDOW)) ** 2)[:_WINDOW]
    return np.asarray(np.maximum(own / own[0], 0.1))


def _between(curve: NDArray[np.float64], place: int) -> float:
    """Where the top lies between the points around the highest."""
    a, b, c = curve[place - 1 : place + 2]
    return place + float(np.clip(0.5 * (a - c) / min(a - 2 * b + c, -1e-12), -0.5, 0.5))
