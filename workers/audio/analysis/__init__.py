"""Key, tempo and metre of a piece of music, heard block by block: hours cost no more memory than minutes.

Measured on music by a small band of the tests' own and on rendered scores: docs/engines.md has the figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workers.engines.base import Audio

from .key import Key, key_of
from .onsets import Onsets
from .pitches import Pitches
from .rhythm import Rhythm, rhythm_of

RATE = 22_050
"""Hz of what `analyse` hears."""

__all__ = ["RATE", "Analysis", "Key", "Rhythm", "analyse"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was heard; `rhythm` is None where nothing beats, `key` where nothing sounds."""

    key: Key | None
    rhythm: Rhythm | None
    seconds: float


def analyse(blocks: Iterable[Audio]) -> Analysis:
    """Listen to mono blocks at RATE Hz, to the end."""
    pitches, onsets = Pitches(), Onsets()
    count = 0
    for block in blocks:
        count += len(block)
        pitches.push(block)
        onsets.push(block)
    key = key_of(pitches)
    return Analysis(key, rhythm_of(onsets, pitches), count / RATE)
