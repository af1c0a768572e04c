"""People speaking, recorded, under noise of any kind; and how much of them is left."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.audio.decode import decode
from workers.engines.base import Audio

_TESTS = Path(__file__).parents[1]
SPEAKERS = {
    "man": _TESTS / "recordings" / "austen-0880.opus",
    "reader": _TESTS / "recordings" / "austen-0920.opus",
    "another man": _TESTS / "engines" / "speakers" / "3005-other.opus",
    "woman": _TESTS / "engines" / "speakers" / "3080-other.opus",
}
"""Real people: LibriVox's reader of Jane Austen twice, and two of LibriSpeech."""


@lru_cache(maxsize=32)
def speech(name: str, rate: int = 48_000, seconds: float = 5.0) -> Audio:
    """One of SPEAKERS, mono, no sample above 0.5."""
    samples = np.concatenate(list(decode(SPEAKERS[name], rate)))[: round(seconds * rate)]
    return np.asarray(0.5 * samples / np.abs(samples).max(), np.float32)


def noise(kind: str, count: int, rate: int = 48_000) -> NDArray[np.float64]:
    """white, pink or hum (of the mains)."""
    chance = np.random.default_rng(3)
    if kind == "white":
        return chance.normal(size=count)
    if kind == "pink":
        spectrum = np.fft.rfft(chance.normal(size=count))
        spectrum[1:] /= np.sqrt(np.fft.rfftfreq(count, 1 / rate)[1:])
        spectrum[0] = 0
        return np.fft.irfft(spectrum, count)
    time = np.arange(count) / rate
    return np.asarray(
        sum(np.sin(2 * np.pi * 50 * n * time + n) / n**0.7 for n in (1, 2, 3, 4, 5, 6, 7, 9, 11))
    )


def babble(target: str, count: int, rate: int = 48_000) -> NDArray[np.float64]:
    """Two others who speak at the same time."""
    reader = target in {"man", "reader"}
    others = (
        ("another man", "woman") if reader else ("reader", "woman" if target != "woman" else "another man")
    )
    voices = [speech(name, rate, 8.0).astype(np.float64) for name in others]
    return np.asarray(sum(np.resize(voice / rms(voice), count) for voice in voices))


def mixed(voice: Audio, other: NDArray[np.floating], decibels: float) -> Audio:
    """The voice, and another sound so many decibels below it."""
    return np.asarray(voice + other * rms(voice) / rms(other) * 10 ** (-decibels / 20), np.float32)


def rms(samples: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def si_sdr(truth: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """The scale-invariant ratio of signal to distortion, in decibels: how much of `found` is `truth`."""
    truth, found = truth - truth.mean(), found - found.mean()
    target = (truth @ found) / (truth @ truth) * truth
    return float(10 * np.log10((target @ target) / ((found - target) @ (found - target) + 1e-12)))
