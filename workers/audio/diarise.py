"""Who speaks when: moments of a recording grouped by the voice that was heard at them.

Agglomerative clustering with average linkage on cosines of GE2E embeddings. A recording of hours comes in parts; each
is grouped for itself first, as far as there can be no doubt. What is kept of a group is the sum of its embeddings, from
which the average over all pairs of two groups follows exactly, so that memory and time grow with the parts only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Voices = NDArray[np.float32]
"""One embedding a row, each of length 1."""

SAME = 0.62
"""Groups whose embeddings are that alike on average are one speaker."""
SURELY_SAME = 0.78
"""Within a part, moments are brought together down to this before the parts are compared."""
ALIKE = 0.80
"""Groups whose middles are that alike are one speaker too."""
FEWEST = 6
"""A group of fewer moments goes to the one that is most alike: mostly two people at once, or a cough."""


@dataclass
class Groups:
    """Some groups: the sum of the embeddings of each, and of how many it is."""

    sums: NDArray[np.float64]
    counts: NDArray[np.float64]

    @classmethod
    def of(cls, voices: Voices) -> Groups:
        return cls(voices.astype(np.float64), np.ones(len(voices)))

    def merged(self, labels: NDArray[np.intp]) -> Groups:
        """The groups brought together by their labels, 0 to the highest."""
        size = int(labels.max(initial=-1)) + 1
        sums = np.zeros((size, self.sums.shape[1]))
        np.add.at(sums, labels, self.sums)
        return Groups(sums, np.bincount(labels, self.counts, minlength=size).astype(np.float64))


def linked(groups: Groups, least: float) -> NDArray[np.intp]:
    """A label for each group: brought together two by two, the most alike first, until none are `least` alike."""
    size = len(groups.counts)
    counts = groups.counts.copy()
    alike = groups.sums @ groups.sums.T / np.outer(counts, counts)
    np.fill_diagonal(alike, -2.0)
    labels = np.arange(size)
    # The best partner of each, kept up to date: looking at all pairs each time would take cubic time.
    best = alike.argmax(1) if size else np.zeros(0, np.intp)
    for _ in range(size - 1):
        one = int(np.argmax(alike[np.arange(size), best]))
        other = int(best[one])
        if alike[one, other] < least:
            break
        row = (counts[one] * alike[one] + counts[other] * alike[other]) / (counts[one] + counts[other])
        counts[one] += counts[other]
        alike[one], alike[:, one] = row, row
        alike[other], alike[:, other] = -2.0, -2.0
        alike[one, one] = -2.0
        labels[labels == other] = one
        stale = np.flatnonzero((best == one) | (best == other))
        best[stale] = alike[stale].argmax(1)
        best[one] = int(alike[one].argmax())
        better = alike[:, one] > alike[np.arange(size), best]
        best[better] = one
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def speakers_of(groups: Groups) -> NDArray[np.intp]:
    """Which speaker each group is, from 0 on."""
    labels = linked(groups, SAME)
    while True:
        found = groups.merged(labels)
        if len(found.counts) < 2:
            return labels
        middles = found.sums / np.linalg.norm(found.sums, axis=1, keepdims=True)
        alike = middles @ middles.T
        np.fill_diagonal(alike, -2.0)
        smallest = int(found.counts.argmin())
        if found.counts[smallest] < FEWEST:
            one, other = smallest, int(alike[smallest].argmax())
        else:
            one, other = (int(each) for each in np.unravel_index(alike.argmax(), alike.shape))
            if alike[one, other] < ALIKE:
                return labels
        labels = np.unique(np.where(labels == one, other, labels), return_inverse=True)[1].astype(np.intp)


@dataclass
class Part:
    """The moments of a part, in order (seconds, shape (n,)), and the group of the part that each is in."""

    at: NDArray[np.float32]
    labels: NDArray[np.intp]
    first: int


@dataclass
class Speakers:
    """All speakers of a recording. Add every part before asking who speaks."""

    _groups: list[Groups] = field(default_factory=list)
    _size: int = 0
    _found: NDArray[np.intp] | None = None
    _names: dict[int, str] = field(default_factory=dict)

    def add(self, at: NDArray[np.float32], voices: Voices) -> Part:
        """The voices of a part, at these moments."""
        groups = Groups.of(voices)
        labels = linked(groups, SURELY_SAME)
        part = Part(at, labels, self._size)
        merged = groups.merged(labels)
        self._groups.append(merged)
        self._size += len(merged.counts)
        return part

    def at(self, part: Part, moment: float) -> str:
        """Who speaks at a moment of a part: SPEAKER_00 is who is asked for first. One, where no voice was heard."""
        if not len(part.at):
            return self._name(0)
        right = int(np.searchsorted(part.at, moment))
        near = [index for index in (right - 1, right) if 0 <= index < len(part.at)]
        nearest = min(near, key=lambda index: abs(float(part.at[index]) - moment))
        return self._name(int(self._all()[part.first + part.labels[nearest]]))

    def _all(self) -> NDArray[np.intp]:
        if self._found is None:
            sums = np.concatenate([groups.sums for groups in self._groups])
            counts = np.concatenate([groups.counts for groups in self._groups])
            self._found = speakers_of(Groups(sums, counts))
        return self._found

    def _name(self, speaker: int) -> str:
        return self._names.setdefault(speaker, f"SPEAKER_{len(self._names):02}")
