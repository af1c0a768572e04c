"""What every speech engine looks like from outside.

An engine is one loaded model in one process. It turns a piece of text (a sentence or two, never a book) into
chunks of audio and says when each word sounds. It knows no Django, no job and no customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
"""Mono samples, shape (n,), nominally within -1…1: peaks may pass that until audio.limiter has seen them."""

Cancelled = Callable[[], bool]
"""Asked between chunks; True means: stop now."""


class EngineError(Exception):
    """The engine failed in a way that another attempt may cure."""


class CannotSpeak(Exception):
    """This text or voice can never be spoken by this engine, however often tried. The message is for the customer."""


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word: seconds from the start of its chunk, and its place in the text that was given."""

    text: str
    start: float
    end: float
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A stretch of speech. `words` are those that begin in this chunk (empty where the engine has no timings)."""

    samples: Audio
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """What to say and how. `speed` multiplies the pace (1.0 is the voice's own).

    `options` are the family's own; `voice_data` among them is a saved voice, as cloning.build_voice made it.
    """

    text: str
    voice: str
    language: str
    speed: float = 1.0
    options: dict[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """One loaded model. `speak` may be called from one thread at a time unless `reentrant` is True."""

    sample_rate: int
    reentrant: bool
    at_once: int
    """How many may speak at the same time before each only slows the others down; 0: any number."""

    def warm(self) -> None:
        """Run once so that the first customer does not pay for lazy set-up."""
        ...

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Yield chunks as they are ready. Raises CannotSpeak or EngineError; returns early when cancelled."""
        ...

    def close(self) -> None:
        """Give back memory and handles."""
        ...
