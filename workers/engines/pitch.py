"""How high somebody speaks: WORLD's harvest, checked by an autocorrelation that errs in other ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .base import Audio

LOWEST, HIGHEST = 60.0, 450.0
"""Hz; voices of grown people and children."""
HEARD_SECONDS = 8.0
"""No more of a recording than this is looked at (a second of it costs some 0.1 s)."""

_HOP_SECONDS = 0.01
_WINDOW_SECONDS = 0.06
_AGREE_SEMITONES = 1.0
_SURE_SECONDS, _SURE_SHARE, _SURE_SPREAD = 1.0, 0.55, 9.0


@dataclass(frozen=True, slots=True)
class Pitch:
    """`hertz` is the median of F0 (0.0 where there is no voice); `sure` says whether to build on it."""

    hertz: float
    sure: bool


def pitch(samples: Audio, rate: int, seconds: float = HEARD_SECONDS) -> Pitch:
    """The median F0 of mono samples at `rate` Hz, of the first `seconds`, over the frames in which both methods agree.

    Sure where those are at least 1 s and 55 % of all in which both find something, and the middle half of them
    lies within 9 semitones: mistakes of an octave, hoarse voices and music are not.
    """
    import pyworld

    heard = np.ascontiguousarray(samples[: round(seconds * rate)], np.float64)
    if len(heard) < rate // 10:
        return Pitch(0.0, False)
    found, _ = pyworld.harvest(heard, rate, LOWEST, HIGHEST, _HOP_SECONDS * 1000)
    if not (found > 0).any():
        return Pitch(0.0, False)
    second = autocorrelated(heard, rate)
    # Frames of the one begin where they start, of the other where their middle is.
    shift = round(_WINDOW_SECONDS / 2 / _HOP_SECONDS)
    first = found[shift : shift + len(second)]
    second = second[: len(first)]
    both = (first > 0) & (second > 0)
    apart = np.abs(12 * np.log2(first[both] / second[both]))
    agreed = first[both][apart <= _AGREE_SEMITONES]
    if agreed.size * _HOP_SECONDS < _SURE_SECONDS / 2:
        return Pitch(float(np.median(found[found > 0])), False)
    low, middle, high = np.percentile(agreed, (25, 50, 75))
    sure = (
        agreed.size * _HOP_SECONDS >= _SURE_SECONDS
        and agreed.size >= _SURE_SHARE * apart.size
        and semitones(high, low) <= _SURE_SPREAD
    )
    return Pitch(float(middle), bool(sure))


def semitones(a: float, b: float) -> float:
    """How far `a` Hz lies above `b` Hz."""
    return float(12 * np.log2(a / b))


def autocorrelated(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """F0 in Hz of the frames of 60 ms every 10 ms, 0 where they are not voiced.

    The first peak near the highest of the autocorrelation of 60 ms, divided by the window's own (Boersma 1993);
    voiced where it is above 0.6 and not quiet.
    """
    size, hop = round(_WINDOW_SECONDS * rate), round(_HOP_SECONDS * rate)
    if len(samples) < size:
        return np.zeros(0)
    window = np.hanning(size)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    frames = (frames - frames.mean(1, keepdims=True)) * window
    length = 1 << (2 * size - 1).bit_length()
    low, high = int(rate / HIGHEST), int(rate / LOWEST) + 1
    heights, own = (
        np.fft.irfft(np.abs(np.fft.rfft(each, length)) ** 2)[..., : high + 1] for each in (frames, window)
    )
    heights = heights / np.maximum(heights[:, :1], 1e-9) / (own / own[0])
    loud = np.sqrt((frames**2).mean(1))
    searched = heights[:, low:high]
    best = searched.max(1)
    # A multiple of the period is as good a peak: the first one that is nearly as high is the period.
    rising = (searched >= heights[:, low - 1 : high - 1]) & (searched >= heights[:, low + 1 : high + 1])
    first = np.argmax(rising & (searched >= 0.9 * best[:, None]), axis=1)
    sure = (best > 0.6) & (loud > 0.1 * np.percentile(loud, 95)) & (first > 0)
    return np.where(sure, rate / (first + low), 0.0)
