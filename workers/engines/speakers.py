"""The Kokoro voices as the speaker encoder hears them: data made by tools/kokoro_speakers.py, and questions to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .catalogue import catalogue

TABLE = Path(__file__).with_name("kokoro_speakers.npz")
STEPS = (-3, 0, 3)
"""Semitones by which the voices' pitch was moved when the encoder heard them."""
_RIDGE = 0.15


@dataclass(frozen=True)
class Speakers:
    """`names` (n,); `embeddings` float32 (steps, n, 256), each of length 1; `hertz` float32 (n,), the median F0, or 0
    where that is unsure (creaky voices).
    """

    names: tuple[str, ...]
    embeddings: NDArray[np.float32]
    hertz: NDArray[np.float32]

    def without(self, *names: str) -> Speakers:
        """The table without some voices: for measuring on voices that it does not know."""
        kept = [row for row, name in enumerate(self.names) if name not in names]
        return Speakers(tuple(self.names[row] for row in kept), self.embeddings[:, kept], self.hertz[kept])

    def at(self, row: int, semitones: float) -> NDArray[np.float32]:
        """The embedding of a voice with its pitch moved, (256,) of length 1: between the steps that were heard."""
        steps = np.asarray(STEPS, np.float32)
        upper = int(np.clip(np.searchsorted(steps, semitones), 1, len(steps) - 1))
        share = (semitones - steps[upper - 1]) / (steps[upper] - steps[upper - 1])
        mixed = (1 - share) * self.embeddings[upper - 1, row] + share * self.embeddings[upper, row]
        return np.asarray(mixed / np.linalg.norm(mixed), np.float32)

    def womanly(self, voice: NDArray[np.float32]) -> float:
        """Whether an embedding sounds like a woman, whatever its pitch: about +1 for women, -1 for men, 0 for neither.

        A line through the embeddings that tells the sexes apart at every pitch (ridge regression). Comparing with the
        nearest voices does worse: to a man who speaks high the voices of women are nearer.
        """
        centre, direction = self._line
        return float((voice - centre) @ direction)

    @cached_property
    def _line(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        sexes = np.array([1.0 if gender(name) == "female" else -1.0 for name in self.names])
        heard = self.embeddings.reshape(-1, self.embeddings.shape[-1]).astype(np.float64)
        wanted = np.tile(sexes, len(STEPS))
        centre = heard.mean(0)
        spread = (heard - centre).T @ (heard - centre) + _RIDGE * np.eye(heard.shape[1])
        return centre, np.linalg.solve(spread, (heard - centre).T @ (wanted - wanted.mean()))


def gender(name: str) -> str:
    """ "female" or "male"."""
    voice = catalogue().voice(name, "kokoro")
    assert voice is not None, name
    return voice.gender


@lru_cache(maxsize=1)
def speakers() -> Speakers:
    """The table, read once per process."""
    with np.load(TABLE) as table:
        embeddings = table["embeddings"].astype(np.float32)
        embeddings /= np.linalg.norm(embeddings, axis=2, keepdims=True)
        return Speakers(tuple(table["names"].tolist()), embeddings, table["hertz"])
