"""From onsets to a tempo and a metre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .onsets import FRAMES_A_SECOND, Onsets
from .pitches import FRAME_SECONDS, Pitches

_SLOWEST, _FASTEST = 40.0, 220.0
_USUAL, _SPREAD = 125.0, 0.75
"""What people tap to, in beats a minute, and how far around it, in octaves."""
_WINDOW_SECONDS = 12.0
_LONGEST_SECONDS = 900.0
"""Of a longer recording its middle is taken."""
_LEAST_BEATS = 8
_LEAST_ONSET = 0.02
"""Where no onset is stronger than this, nothing beats."""
_REGULAR = 0.44
"""How like itself the curve must be one beat later. Music measured 0.49 and more, speech up to 0.40, noise 0.12."""
_Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`beats` to the bar, 3 or 4."""

    bpm: float
    beats: int


def rhythm_of(onsets: Onsets, pitches: Pitches) -> Rhythm | None:
    """The tempo and the metre; None where there is no beat in it."""
    curve, low, start = _middle(onsets.all), _middle(onsets.low), _middle_start(len(onsets.all))
    bright = _sharpened(curve)
    if len(bright) < 4 * FRAMES_A_SECOND or curve.max(initial=0.0) < _LEAST_ONSET:
        return None
    bpm = _tempo(bright)
    if bpm is None:
        return None
    beats = _beats(bright, 60 * FRAMES_A_SECOND / bpm)
    if len(beats) < _LEAST_BEATS:
        return Rhythm(round(bpm, 1), 4)
    harmony = _changes(pitches.frames, (beats + start) / FRAMES_A_SECOND)
    strength = [_at(bright, beats), _at(_sharpened(low), beats), harmony]
    return Rhythm(round(bpm, 1), _metre(strength))


def _middle_start(count: int) -> int:
    return max(0, (count - round(_LONGEST_SECONDS * FRAMES_A_SECOND)) // 2)


def _middle(curve: NDArray[np.float32]) -> _Curve:
    start = _middle_start(len(curve))
    return curve[start : start + round(_LONGEST_SECONDS * FRAMES_A_SECOND)].astype(np.float64)


def _sharpened(curve: _Curve) -> _Curve:
    """What rises above its surroundings of a second, smoothed a little."""
    if not len(curve):
        return curve
    smooth = np.convolve(curve, np.hanning(7)[1:-1] / np.hanning(7).sum(), "same")
    wide = round(FRAMES_A_SECOND)
    above = np.maximum(0, smooth - np.convolve(smooth, np.ones(wide) / wide, "same"))
    return np.asarray(above / max(1e-9, above.std()))


def _tempo(curve: _Curve) -> float | None:
    """Beats a minute: the pace at which the curve is most like itself and swings most; None where nothing beats.

    A likeness has tops at two, three and four beats too, a swing at two and three in a beat: together they have one.
    """
    alike = _self_likeness(curve)
    paces = np.exp(np.linspace(np.log(_SLOWEST), np.log(_FASTEST), 700))
    lags = 60 * FRAMES_A_SECOND / paces
    places = np.arange(len(alike))
    if np.interp(lags, places, alike).max() < _REGULAR:
        return None
    likeness = sum(np.interp(k * lags, places, alike, right=0.0) / k**0.5 for k in (1, 2, 3, 4))
    swing = _swing(curve, paces) + _swing(curve, 2 * paces) / 2
    usual = np.exp(-0.5 * (np.log2(paces / _USUAL) / _SPREAD) ** 2)
    return _refined(curve, float(paces[np.argmax(np.maximum(likeness, 0) * np.sqrt(swing) * usual)]))


def _swing(curve: _Curve, paces: _Curve) -> _Curve:
    """How much the curve goes up and down at each pace, in overlapping windows; the most is 1."""
    size = min(len(curve), round(_WINDOW_SECONDS * FRAMES_A_SECOND))
    turns = paces[:, None] * np.arange(size) / FRAMES_A_SECOND / 60
    waves = np.exp(-2j * np.pi * turns) * np.hanning(size)
    starts = range(0, len(curve) - size + 1, max(1, size // 2))
    total = sum(np.abs(waves @ curve[start : start + size]) for start in starts)
    return np.asarray(total / max(float(np.max(total)), 1e-9))


def _self_likeness(curve: _Curve) -> _Curve:
    """The mean autocorrelation of overlapping windows, 1 at lag 0: tempos may drift from one to the next."""
    size = min(len(curve), round(_WINDOW_SECONDS * FRAMES_A_SECOND))
    starts = range(0, len(curve) - size + 1, max(1, size // 2))
    total = np.zeros(size)
    for start in starts:
        part = curve[start : start + size] - curve[start : start + size].mean()
        spectrum = np.fft.rfft(part, 2 * size)
        own = np.fft.irfft(np.abs(spectrum) ** 2)[:size] / np.maximum(size - np.arange(size), size / 4)
        total += own / max(own[0], 1e-9)
    return total / max(1, len(starts))


def _refined(curve: _Curve, bpm: float) -> float:
    """The pace near `bpm` at which the curve swings most, in windows of half a minute."""
    size = min(len(curve), round(30 * FRAMES_A_SECOND))
    paces = bpm * np.linspace(0.96, 1.04, 161)
    time = np.arange(size) / FRAMES_A_SECOND / 60
    swings = [np.exp(-2j * np.pi * harmonic * paces[:, None] * time) for harmonic in (1, 2)]
    total = np.zeros(len(paces))
    for start in range(0, len(curve) - size + 1, size):
        part = curve[start : start + size]
        total += sum(np.abs(swing @ part) for swing in swings)
    return float(paces[np.argmax(total)])


def _beats(curve: _Curve, period: float) -> NDArray[np.int64]:
    """Where the beats are, in frames: the steady path through the most onsets (Ellis, 2007)."""
    tight = 100.0
    low, high = round(period / 2), round(2 * period)
    lags = np.arange(high, low - 1, -1)
    costs = -tight * np.log(lags / period) ** 2
    local = np.convolve(
        curve, np.exp(-0.5 * (np.arange(-round(period), round(period) + 1) * 32 / period) ** 2), "same"
    )
    score, came = local.copy(), np.full(len(local), -1)
    for now in range(high, len(local)):
        candidates = costs + score[now - high : now - low + 1]
        best = int(np.argmax(candidates))
        score[now] += candidates[best]
        came[now] = now - lags[best]
    beat = int(np.argmax(score[-round(period) :]) + len(score) - round(period))
    path = []
    while beat >= 0:
        path.append(beat)
        beat = int(came[beat])
    return np.array(path[::-1], np.int64)


def _at(curve: _Curve, beats: NDArray[np.int64]) -> _Curve:
    """The curve's height at each beat and the two frames around it."""
    near = beats[:, None] + np.arange(-3, 4)
    return np.asarray(curve[np.clip(near, 0, len(curve) - 1)].max(axis=1))


def _changes(frames: NDArray[np.float32], times: _Curve) -> _Curve:
    """How much the harmony changes at each beat (times in seconds): what sounds after it against what did before."""
    sums = np.concatenate([np.zeros((1, 12)), np.cumsum(frames, axis=0, dtype=np.float64)])
    # A frame's spectrum reaches over four hops; its middle is two later than its start.
    places = np.clip(np.round(times / FRAME_SECONDS - 2).astype(int), 0, len(frames))
    span = max(2, round(float(np.median(np.diff(times))) / FRAME_SECONDS))
    after = sums[np.minimum(places + span, len(frames))] - sums[places]
    before = sums[places] - sums[np.maximum(places - span, 0)]
    sizes = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    return np.asarray(1 - (after * before).sum(axis=1) / np.maximum(sizes, 1e-9)) * (sizes > 0)


def _metre(strength: list[_Curve]) -> int:
    """3 or 4: at which distance, in beats, accents, bass and harmony come back."""
    three = four = 0.0
    for each in strength:
        own = each - each.mean()
        power = float(own @ own)
        if power <= 1e-9:
            continue
        alike = [float(own[lag:] @ own[: len(own) - lag]) / power for lag in range(13) if lag < len(own)]
        alike += [0.0] * (13 - len(alike))
        three += alike[3] + alike[6] + alike[9]
        four += alike[4] + alike[8] + (alike[2] + alike[10]) / 2
    return 3 if three > four else 4
