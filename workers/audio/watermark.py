"""The mark in all speech that is made here: inaudible, and found again by `detect`.

    marker = Marker(24_000)                   # one for each recording or stream
    for chunk in chunks:
        send(marker.mark(chunk))              # as many samples as came, nothing held back
    detect(samples, 24_000)                   # Detection(found=True, score=0.97, method="perth")

AudioSeal marks where its weights and its package are installed, else Perth. Nothing is loaded before it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from workers.audio.marks.base import Method
from workers.engines.base import Audio
from workers.engines.store import is_installed, models_root

_FADE_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class Detection:
    """`score` is 0 to 1; `found` says that it reaches the method's threshold."""

    found: bool
    score: float
    method: str


class Marker:
    """Marks one recording or stream, chunk by chunk. Not for use from two threads at once."""

    def __init__(self, rate: int, *, models_dir: Path | str | None = None) -> None:
        """`rate` in Hz, 4000 or more (ValueError). Raises ModelUnavailable where no method is installed."""
        self._rate = rate
        self._method = method(models_dir)
        self._ahead = round(self._method.ahead * rate)
        self._past = np.zeros(round(self._method.context * rate), np.float32)
        # What the last chunk's end foretold of the mark after it. The next chunk's own takes over from there, so that
        # there is no step between them; before the first one it is nothing.
        self._foretold = np.zeros(self._ahead, np.float32)
        self._fade = np.arange(1, round(_FADE_SECONDS * rate) + 1, dtype=np.float32)
        self._fade /= len(self._fade)
        self._method.addition(self._past[:1], rate)

    def mark(self, samples: Audio) -> Audio:
        """The samples with the mark, shape (n,) as they came, float32. It may lift a peak: limit afterwards."""
        count = len(samples)
        if count == 0:
            return np.zeros(0, np.float32)
        samples = np.asarray(samples, np.float32)
        known = np.concatenate([self._past, samples])
        # Beyond the end lies speech that is not there yet; its mirror image is the best guess at its spectrum.
        mirrored = known[-2 : -2 - self._ahead * 2 : -1]
        added = self._method.addition(np.concatenate([known, mirrored]), self._rate)[len(self._past) :]
        added = added[: count + self._ahead]
        before = np.zeros_like(added)
        shared = min(len(added), len(self._foretold))
        before[:shared] = self._foretold[:shared]
        fade = self._fade[: len(added)]
        added[: len(fade)] = before[: len(fade)] * (1 - fade) + added[: len(fade)] * fade
        self._past = known[count:]
        self._foretold = added[count:]
        return samples + added[:count]


def detect(samples: Audio, rate: int, *, models_dir: Path | str | None = None) -> Detection:
    """Whether speech that was made here is in the samples (mono float32, shape (n,), at 4000 Hz or more).

    A marked stretch of a few seconds in a long recording counts. Raises ModelUnavailable where no method is installed,
    ValueError for a lower rate.
    """
    used = method(models_dir)
    score = used.score(np.asarray(samples, np.float32), rate)
    return Detection(score >= used.threshold, score, used.name)


def method(models_dir: Path | str | None = None) -> Method:
    """The way of marking that this machine has, one for the process."""
    return _method(models_root(models_dir))


@lru_cache(maxsize=4)
def _method(models_dir: Path) -> Method:
    from .marks import audioseal
    from .marks.perth import Perth

    if is_installed("audioseal", models_dir=models_dir) and audioseal.importable():
        return audioseal.AudioSeal(models_dir)
    return Perth(models_dir)
