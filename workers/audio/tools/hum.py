"""Hum of the mains taken off: tones at multiples of 50 or 60 Hz that sound from the first moment to the last.

Voices and music have no tone that never ends and lies just there, so nothing is found in them and nothing is done. The
tones themselves are cut out by filters about a hertz wide; what a voice has there goes by too fast to be missed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio
from workers.engines.kinds import Stereo

_MAINS = (50.0, 60.0)
_HIGHEST = 1000.0
_OFF = 0.004
"""By how much of its frequency a tone may be beside its place: mains and recorders are that exact."""
_STEP_SECONDS = 0.25
_LEAST_WINDOWS = 7
_MOST_WINDOWS = 400
_QUANTILE = 0.1
_STANDS_OUT = 10.0
"""Times the power around it that a tone has in its quietest moments (10 dB)."""
_FAINT = 1e-5
"""Of the loudest tone's power: what is fainter is what arithmetic leaves."""
_SHARE = 0.3
"""Of all there is at its place, the tone's part from which on taking it off harms a voice less than leaving it."""
_FILTER_SECONDS = 1.2


class HumFinder:
    """Mono blocks at `rate` Hz in; then `lines`."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._step = round(_STEP_SECONDS * rate)
        self._window = np.hanning(rate).astype(np.float32)
        self._held: Audio = np.zeros(0, np.float32)
        # Of a long recording every second window is kept, every fourth, …: memory has an end.
        self._powers: list[NDArray[np.float32]] = []
        self._every, self._count = 1, 0

    def push(self, block: Audio) -> None:
        self._held = np.concatenate([self._held, block])
        place = 0
        while len(self._held) - place >= self._rate:
            if self._count % self._every == 0:
                self._keep(self._held[place : place + self._rate])
            self._count += 1
            place += self._step
        self._held = self._held[place:]

    def _keep(self, sound: Audio) -> None:
        # A window is a second long, so bins are hertz.
        spectrum = np.fft.rfft(sound * self._window)[: round(_HIGHEST) + 20]
        self._powers.append((np.abs(spectrum) ** 2).astype(np.float32))
        if len(self._powers) >= _MOST_WINDOWS:
            self._powers = self._powers[::2]
            self._every *= 2

    @property
    def lines(self) -> list[float]:
        """Hz of each tone of the hum that is worth taking off; none without hum, or with less than 2.5 s of sound."""
        if len(self._powers) < _LEAST_WINDOWS:
            return []
        powers = np.stack(self._powers)
        floor, mean = np.quantile(powers, _QUANTILE, axis=0), powers.mean(axis=0)
        for mains in _MAINS:
            multiples = [n for n in range(1, int(_HIGHEST / mains)) if _stands_out(floor, round(n * mains))]
            lines = [
                line
                for line in (_peak(floor, round(n * mains)) for n in multiples)
                if abs(line / mains - round(line / mains)) <= _OFF * line / mains
            ]
            loudest = max((floor[round(line)] for line in lines), default=0.0)
            lines = [line for line in lines if floor[round(line)] > _FAINT * loudest]
            # One tone alone may be meant; and hum has the first or the second.
            if len(lines) >= 2 and lines[0] < 2.5 * mains:
                return [round(line, 2) for line in lines if floor[round(line)] > _SHARE * mean[round(line)]]
        return []


def _stands_out(floor: NDArray[np.float32], bin_: int) -> bool:
    around = np.r_[floor[bin_ - 9 : bin_ - 3], floor[bin_ + 4 : bin_ + 10]]
    return bool(floor[bin_] > _STANDS_OUT * np.median(around) and floor[bin_] > 0)


def _peak(floor: NDArray[np.float32], bin_: int) -> float:
    """Hz of the peak near a bin, by a parabola through three decibels."""
    place = bin_ - 2 + int(np.argmax(floor[bin_ - 2 : bin_ + 3]))
    low, middle, high = np.log(floor[place - 1 : place + 2] + 1e-30)
    bend = low - 2 * middle + high
    return place + (0.5 * float((low - high) / bend) if bend < 0 else 0.0)


class HumOff:
    """A Stage that takes tones off, those of `lines` in Hz: one filter for all, which moves nothing in time."""

    def __init__(self, rate: int, channels: int, lines: Sequence[float]) -> None:
        self._half = round(_FILTER_SECONDS * rate / 2)
        window = np.hanning(2 * self._half + 3)[1:-1]
        time = np.arange(-self._half, self._half + 1) / rate
        taps = -sum(2 * window * np.cos(2 * np.pi * line * time) for line in lines) / window.sum()
        taps[self._half] += 1
        self._size = 1 << (6 * self._half).bit_length()
        self._response = np.fft.rfft(taps, self._size).astype(np.complex64)
        self._held: list[Stereo] = [np.zeros((channels, self._half), np.float32)]
        """Half a filter of what was given, and what has come since."""
        self._count = self._half

    def push(self, samples: Stereo) -> Stereo:
        self._held.append(samples)
        self._count += samples.shape[1]
        if self._count < self._size:
            return samples[:, :0]
        held, made = np.concatenate(self._held, axis=1), []
        while held.shape[1] >= self._size:
            made.append(self._filtered(held[:, : self._size]))
            held = held[:, made[-1].shape[1] :]
        self._held, self._count = [held], held.shape[1]
        return np.concatenate(made, axis=1)

    def finish(self) -> Stereo:
        left = self._count - self._half
        return self.push(np.zeros((len(self._held[0]), 2 * self._size), np.float32))[:, :left]

    def _filtered(self, block: Stereo) -> Stereo:
        """All of a block but half a filter at both ends."""
        spectra = np.fft.rfft(block, self._size, axis=1) * self._response
        # The filter begins half its length early, so the end of the block comes around to its beginning.
        made = np.fft.irfft(spectra, self._size, axis=1)[:, 2 * self._half :]
        return np.asarray(made, np.float32)
