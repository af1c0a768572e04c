"""The Kokoro voices as the speaker encoder hears them: data made by tools/kokoro_speakers.py, and questions to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .catalogue import catalogue
from .timbre import Tone

TABLE = Path(__file__).with_name("kokoro_speakers.npz")
STEPS = (-3, 0, 3)
"""Semitones by which the voices' pitch was moved when the encoder heard them."""
FURTHEST = 4.5
"""Semitones beyond which nothing is foretold but what is foretold there."""
RESONANCES = (0.88, 0.94, 1.0, 1.06, 1.12)
"""Factors by which their resonances were moved then, and their pitch with them."""
_RIDGE = 0.15

Embedding = NDArray[np.float32]


@dataclass(frozen=True)
class Speakers:
    """`names` (n,); `embeddings` float32 (steps, resonances, n, 256), each of length 1; `hertz` float32 (n,), the
    median F0, or 0 where that is unsure (creaky voices); `tones` float32 (n, 24), as timbre.tone hears them.
    """

    names: tuple[str, ...]
    embeddings: Embedding
    hertz: NDArray[np.float32]
    tones: NDArray[np.float32]

    def without(self, *names: str) -> Speakers:
        """The table without some voices: for measuring on voices that it does not know."""
        kept = [row for row, name in enumerate(self.names) if name not in names]
        names = tuple(self.names[row] for row in kept)
        return Speakers(names, self.embeddings[:, :, kept], self.hertz[kept], self.tones[kept])

    def row(self, name: str) -> int:
        """Where a voice stands."""
        return self.names.index(name)

    def at(self, name: str, semitones: float = 0.0, resonance: float = 1.0) -> Embedding:
        """The embedding of a voice with its pitch and its resonances moved, between what was heard; of length 1."""
        row = self.row(name)
        # What moves the resonances takes the pitch with it.
        steps = _shares(STEPS, float(np.clip(semitones - 12 * np.log2(resonance), -FURTHEST, FURTHEST)))
        mixed = sum(
            of_step * of_resonance * self.embeddings[step, other, row]
            for step, of_step in steps
            for other, of_resonance in _shares(RESONANCES, resonance)
        )
        return np.asarray(mixed / np.linalg.norm(mixed), np.float32)

    def pitch(self, name: str) -> float:
        """The median F0 of a voice in Hz, 0.0 where it is unsure."""
        return float(self.hertz[self.row(name)])

    def tone(self, name: str) -> Tone:
        """How a voice colours speech."""
        return np.asarray(self.tones[self.row(name)], np.float32)

    def womanly(self, voice: Embedding) -> float:
        """Whether an embedding sounds like a woman, whatever its pitch: about +1 for women, -1 for men, 0 for neither.

        A line through the embeddings that tells the sexes apart at every pitch (ridge regression). Comparing with the
        nearest voices does worse: to a man who speaks high the voices of women are nearer.
        """
        centre, direction = self._line
        return float((voice - centre) @ direction)

    @cached_property
    def _line(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        sexes = np.array([1.0 if gender(name) == "female" else -1.0 for name in self.names])
        heard = (
            self.embeddings[:, RESONANCES.index(1.0)]
            .reshape(-1, self.embeddings.shape[-1])
            .astype(np.float64)
        )
        wanted = np.tile(sexes, len(STEPS))
        centre = heard.mean(0)
        spread = (heard - centre).T @ (heard - centre) + _RIDGE * np.eye(heard.shape[1])
        return centre, np.linalg.solve(spread, (heard - centre).T @ (wanted - wanted.mean()))


@lru_cache(maxsize=1)
def speakers() -> Speakers:
    """The table, read once per process."""
    with np.load(TABLE) as table:
        embeddings = table["embeddings"].astype(np.float32)
        embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
        names = tuple(table["names"].tolist())
        return Speakers(names, embeddings, table["hertz"], table["tones"].astype(np.float32))


def gender(name: str) -> str:
    """ "female" or "male"."""
    voice = catalogue().voice(name, "kokoro")
    assert voice is not None, name
    return voice.gender


def _shares(places: tuple[float, ...], wanted: float) -> list[tuple[int, float]]:
    """Which two of the ascending places a value lies between (or beyond), and how much of each makes it."""
    upper = int(np.clip(np.searchsorted(places, wanted), 1, len(places) - 1))
    share = float((wanted - places[upper - 1]) / (places[upper] - places[upper - 1]))
    return [(upper - 1, 1 - share), (upper, share)]
