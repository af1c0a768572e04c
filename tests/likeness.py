"""How far two renderings of one sentence are apart: pitch in cents, spectrum in decibels. All at 24 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 24_000


def apart(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[float, float]:
    """(cents, decibels): medians of the distance of pitch, where both are voiced, and of log-mel over the bands.

    The two must have the same phoneme durations, so that they lie over each other. NaN cents: nothing voiced in both.
    """
    size = min(len(a), len(b))
    pitch_a, pitch_b = pitch(a[:size]), pitch(b[:size])
    voiced = ~np.isnan(pitch_a + pitch_b)
    ratio = pitch_a[voiced] / pitch_b[voiced]
    cents = float(np.median(np.abs(1200 * np.log2(ratio)))) if voiced.any() else float("nan")
    return cents, float(np.median(np.abs(log_mel(a[:size]) - log_mel(b[:size])).mean(1)))


def pitch(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """F0 in Hz every 10 ms, NaN where unvoiced or quiet.

    The highest peak of the autocorrelation of 80 ms (Hann), divided by the window's own, between 60 and 400 Hz, placed
    between samples by a parabola; voiced where it is above 0.6.
    """
    size, hop, lags = 1920, 240, 960
    window = np.hanning(size)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), size)[::hop]
    frames = (frames - frames.mean(1, keepdims=True)) * window
    spans = [np.fft.irfft(np.abs(np.fft.rfft(x, 4096)) ** 2)[..., :lags] for x in (frames, window)]
    heights = spans[0] / np.maximum(spans[0][:, :1], 1e-9) / (spans[1] / spans[1][0])
    low, high = SAMPLE_RATE // 400, SAMPLE_RATE // 60
    peak = heights[:, low:high].argmax(1) + low
    rows = np.arange(len(peak))
    left, top, right = (heights[rows, peak + step] for step in (-1, 0, 1))
    curve = left - 2 * top + right
    place = peak + 0.5 * (left - right) / np.where(curve == 0, 1, curve)
    sure = (top > 0.6) & (peak > low) & (peak < high - 1) & (np.sqrt((frames**2).mean(1)) > 0.01)
    return np.where(sure, SAMPLE_RATE / place, np.nan)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power in dB in 80 mel bands up to 12 kHz, every 256 samples (Hann, 1024), with a floor at -60 dB."""
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), 1024)[::256]
    power = np.abs(np.fft.rfft(frames * np.hanning(1024))) ** 2
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + SAMPLE_RATE / 1400), 82) / 2595) - 1)
    bins = np.fft.rfftfreq(1024, 1 / SAMPLE_RATE)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    bands = np.maximum(0, np.minimum(rise, fall))
    return np.asarray(10 * np.log10(power @ bands.T + 1e-6))
