"""What a way of marking audio looks like to the code that uses it."""

from __future__ import annotations

from typing import Protocol

from workers.engines.base import Audio


class Method(Protocol):
    """One way to mark. Safe to use from several threads at once; each part is loaded when it is first needed.

    `context` is how many seconds of the past `addition` wants before the samples that matter, `ahead` how far it looks
    beyond them. A recording whose `score` (0 to 1) reaches `threshold` is marked.
    """

    name: str
    context: float
    ahead: float
    threshold: float

    def addition(self, samples: Audio, rate: int) -> Audio:
        """What to add to the samples, of the same length."""
        ...

    def score(self, samples: Audio, rate: int) -> float:
        """How sure it is that a mark is somewhere in the samples, 0 to 1."""
        ...
