"""How loud a recording is, and how high its wave rises between the samples (ITU-R BS.1770-5, EBU R 128), for mono.

For measuring, not for streams: it wants the whole recording. Nothing that speaks at run time needs it but the engine of
Piper, which hears a voice that nobody has measured yet (`workers.engines.loudness`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

from .resample import resample

SILENT = -70.0
"""LUFS: blocks below this are no part of the programme; what has none above it measures as this."""

_BLOCK_SECONDS, _STEP_SECONDS = 0.4, 0.1
_RELATIVE_LU = -10.0
_OFFSET_LUFS = -0.691
_OVERSAMPLED = 4
# The recommendation gives the two filters at 48 kHz: a shelf for the head, then a high-pass. (numerator, denominator)
_FILTERS = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
_FILTER_RATE = 48_000


def loudness(samples: Audio, rate: int) -> float:
    """The integrated loudness in LUFS of mono samples, shape (n,), gated; SILENT for silence and less than 0.4 s of it.

    Shorter sounds are filled up with silence to one block.
    """
    size, step = round(_BLOCK_SECONDS * rate), round(_STEP_SECONDS * rate)
    heard = _weighted(samples, rate)
    heard = np.pad(heard, (0, max(0, size - len(heard))))
    sums = np.concatenate([[0.0], np.cumsum(np.square(heard))])
    starts = np.arange(0, len(heard) - size + 1, step)
    powers = (sums[starts + size] - sums[starts]) / size
    powers = powers[_lufs(powers) > SILENT]
    if not len(powers):
        return SILENT
    return float(_lufs(powers[_lufs(powers) > _lufs(powers.mean()) + _RELATIVE_LU].mean()))


def true_peak(samples: Audio, rate: int) -> float:
    """The highest point of the wave in dBTP, between the samples too (four times oversampled); -inf for silence."""
    highest = float(np.abs(samples).max(initial=0.0))
    if highest:
        between = resample(samples, rate, _OVERSAMPLED * rate)
        highest = max(highest, float(np.abs(between).max(initial=0.0)))
    return float(20 * np.log10(highest)) if highest else float("-inf")


def _weighted(samples: Audio, rate: int) -> NDArray[np.float64]:
    """As the head hears it: K-weighted, by the filters' response at each frequency, so at any rate alike."""
    tail = rate // 4  # the high-pass rings below 40 Hz; without it the end would come round to the beginning
    length = len(samples) + tail
    turns = np.fft.rfftfreq(length, 1 / rate) / _FILTER_RATE
    delay = np.exp(-2j * np.pi * turns[:, None] * np.arange(3))
    response = np.ones(len(turns), np.complex128)
    for above, below in _FILTERS:
        response *= (delay @ np.array(above)) / (delay @ np.array(below))
    spectrum = np.fft.rfft(samples.astype(np.float64), length) * response
    return np.asarray(np.fft.irfft(spectrum, length)[: len(samples)])


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return _OFFSET_LUFS + 10 * np.log10(np.maximum(power, 1e-12))
