"""From pitch classes to a key, by Krumhansl's method: the key whose profile is most like what sounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pitches import Pitches

# How often each of the twelve semitones above the tonic is heard (Albrecht and Shanahan, 2013). Krumhansl and Kessler's
# own profiles, which listeners gave, found fewer keys here, in chorales and in arrangements.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
_MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")


@dataclass(frozen=True, slots=True)
class Key:
    """`tonic` 0 is C; `sure` is how far the second best key is behind, 0 to 1."""

    tonic: int
    major: bool
    sure: float

    @property
    def name(self) -> str:
        return (_MAJOR_NAMES if self.major else _MINOR_NAMES)[self.tonic]

    @property
    def scale(self) -> str:
        return "Major" if self.major else "Minor"

    @property
    def camelot(self) -> str:
        """The place on the wheel of fifths that DJs mix by: C major is 8B, A minor 8A."""
        fifths = self.tonic * 7 % 12 if self.major else (self.tonic + 3) * 7 % 12
        return f"{(fifths + 7) % 12 + 1}{'B' if self.major else 'A'}"

    @property
    def compatible(self) -> list[str]:
        """Keys that go with it: itself, a fifth up, a fifth down, the relative one."""
        relative = Key((self.tonic + (9 if self.major else 3)) % 12, not self.major, 0.0)
        neighbours = [Key((self.tonic + step) % 12, self.major, 0.0) for step in (0, 7, 5)]
        return [f"{key.name} {key.scale}" for key in (*neighbours, relative)]


def key_of(pitches: Pitches) -> Key | None:
    """The key that fits best; None where there was nothing to hear."""
    classes = pitches.classes
    if classes.sum() <= 0:
        return None
    scores = np.concatenate([_likeness(classes, _MAJOR), _likeness(classes, _MINOR)])
    order = np.argsort(scores)[::-1]
    best = int(order[0])
    return Key(best % 12, best < 12, float(min(1.0, max(0.0, scores[best] - scores[order[1]]))))


def _likeness(classes: NDArray[np.float64], profile: tuple[float, ...]) -> NDArray[np.float64]:
    """The correlation of what sounded with the profile on each of the twelve tonics."""
    profiles = np.stack([np.roll(profile, tonic) for tonic in range(12)])
    return np.asarray(np.corrcoef(classes, profiles)[0, 1:])
