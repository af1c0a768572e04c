"""The last thing that happens to sound before it is written: no wave of it rises above -1 dBTP, between samples either.

    limiter = Limiter(24_000)
    for block in blocks:
        write(limiter.push(block))       # some 4 ms behind
    write(limiter.finish())

It comes after the watermark and after resampling, both of which can lift a peak. What stays below the ceiling passes
bit for bit, and speech at our loudness nearly always does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

CEILING = -1.0
"""dBTP: codecs and converters that come after may overshoot by about as much."""

# How far the gain looks ahead: it falls within this time, softly enough for no click.
_AHEAD_SECONDS = 0.003
# Decibels a second by which the gain comes back. Between two pulses of a voice that is next to nothing, so the wave
# keeps its shape; after a loud syllable it is back within the next one or two, so nothing pumps.
_RELEASE = 40.0
# What four points for each sample may miss of a wave, in decibels.
_MARGIN = 0.2
_OVERSAMPLED = 4
_REACH = 12
"""Samples to each side that a point between two is computed from."""
_SLICE = 4096


class Limiter:
    """Mono float32 blocks in, mono float32 blocks out: as many samples in the end, the same however they are cut."""

    def __init__(self, rate: int, ceiling: float = CEILING) -> None:
        """`rate` in Hz, `ceiling` in dBTP."""
        self._ceiling = 10 ** ((ceiling - _MARGIN) / 20)
        self._release = _RELEASE / rate
        self._ahead = max(1, round(_AHEAD_SECONDS * rate))
        # The last samples that went out, for interpolation, then those that wait. It begins with silence that is taken
        # off again: the gain must have fallen before the first sample, too.
        self._held = np.zeros(_REACH + self._ahead, np.float32)
        self._early = self._ahead
        # Of the samples that went out: the last one's gain in decibels, and the last ones' as factors, both unsmoothed.
        self._decibels = 0.0
        self._gains = np.ones(self._ahead)

    def push(self, samples: Audio) -> Audio:
        """What is ready after these samples, shape (m,), possibly empty."""
        held = np.concatenate([self._held, np.asarray(samples, np.float32)])
        count = len(held) - 2 * _REACH - self._ahead
        if count <= 0:
            self._held = held
            return np.zeros(0, np.float32)
        self._held = held[count:].copy()
        early = min(self._early, count)
        self._early -= early
        ready = held[_REACH + early : _REACH + count]
        needed = self._ceiling / np.maximum(self._peaks(held), self._ceiling)
        if needed.min() == 1.0 and self._gains.min() == 1.0:
            return ready
        return (ready * self._gain(needed)[early:]).astype(np.float32)

    def finish(self) -> Audio:
        """The rest. Call once, at the end."""
        return self.push(np.zeros(_REACH + self._ahead, np.float32))

    def _peaks(self, held: Audio) -> NDArray[np.float64]:
        """How high the wave rises at and around each sample but the first and last _REACH of them."""
        between = _between()
        most = np.abs(between).sum(axis=0).max()
        peaks = np.abs(held[_REACH : len(held) - _REACH]).astype(np.float64)
        for start in range(0, len(peaks), _SLICE):
            part = held[start : start + _SLICE + 2 * _REACH]
            if np.abs(part).max() * most <= self._ceiling:
                continue
            rows = np.lib.stride_tricks.sliding_window_view(part, 2 * _REACH)
            highest = np.abs(rows @ between).max(axis=1)
            here = peaks[start : start + _SLICE]
            np.maximum(here, np.maximum(highest[:-1], highest[1:]), out=here)
        return peaks

    def _gain(self, needed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each ready sample's gain: never above what it needs, or any that comes within the time ahead."""
        held = _sliding_minimum(needed, self._ahead + 1)
        risen = self._release * np.arange(len(held) + 1)
        lowest = np.minimum.accumulate(np.concatenate([[self._decibels], 20 * np.log10(held)]) - risen)
        decibels = np.minimum(0.0, lowest + risen)[1:]
        self._decibels = float(decibels[-1])
        gains = np.concatenate([self._gains, 10 ** (decibels / 20)])
        self._gains = gains[-self._ahead :]
        # A mean of values of which none is above what this sample needs; it turns steps into slopes.
        width = self._ahead + 1
        sums = np.concatenate([[0.0], np.cumsum(gains)])
        return np.minimum(1.0, (sums[width:] - sums[:-width]) / width)


def limited(samples: Audio, rate: int, ceiling: float = CEILING) -> Audio:
    """A whole recording through a Limiter: as many samples."""
    limiter = Limiter(rate, ceiling)
    return np.concatenate([limiter.push(samples), limiter.finish()])


@lru_cache(maxsize=1)
def _between() -> NDArray[np.float32]:
    """Weights of 2 * _REACH neighbours for the points a quarter, half and three quarters of the way between the middle
    two, shape (2 * _REACH, 3)."""
    places = np.arange(1 - _REACH, _REACH + 1)[:, None] - np.arange(1, _OVERSAMPLED) / _OVERSAMPLED
    window = np.i0(3.0 * np.sqrt(np.maximum(0.0, 1 - (places / _REACH) ** 2))) / np.i0(3.0)
    weights = np.sinc(places) * window
    return np.asarray(weights / weights.sum(axis=0), np.float32)


def _sliding_minimum(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The least of each `width` neighbours, shape (n - width + 1,), in log2(width) passes."""
    covered = 1
    while covered * 2 <= width:
        values = np.minimum(values[:-covered], values[covered:])
        covered *= 2
    missing = width - covered
    return np.minimum(values[: len(values) - missing], values[missing:])
