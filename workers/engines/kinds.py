"""What models other than speech engines look like from outside. base.py has the speech engines' own Protocol.

As there: one loaded model in one process, which knows no Django, no job and no customer. Audio is mono float32 of
shape (n,) unless it says otherwise. `cancelled` is asked now and then; True means: stop now, by returning early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .base import Audio, Cancelled

Stereo = NDArray[np.float32]
"""Samples of shape (channels, n)."""
Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""


class Resident(Protocol):
    """What the model host needs of anything it keeps loaded (runtime/host.py)."""

    reentrant: bool

    def warm(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and when it was said, in seconds; `probability` 0 to 1."""

    text: str
    start: float
    end: float
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of what was heard, in seconds. The last five are Whisper's own measures, where there are any.

    `text` begins with a space where its language puts one between words, so that texts of segments are simply joined;
    the texts of words have none around them.
    """

    start: float
    end: float
    text: str
    words: tuple[HeardWord, ...] = ()
    tokens: tuple[int, ...] = ()
    avg_logprob: float = 0.0
    compression_ratio: float = 1.0
    no_speech_prob: float = 0.0
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Hearing:
    """How to listen. `language`: ISO 639-1, None to find out. `translate`: into English. `prompt`: what goes before.

    `phrases`: words to expect. `temperature` 0.0: Whisper raises it by itself where it must. `quick`: a first
    impression, which will be heard again.
    """

    language: str | None = None
    translate: bool = False
    words: bool = False
    prompt: str = ""
    temperature: float = 0.0
    phrases: tuple[str, ...] = ()
    quick: bool = False


class Transcriber(Resident, Protocol):
    """Speech to text, at 16 kHz."""

    sample_rate: int

    def language_of(self, samples: Audio) -> tuple[str, float]:
        """(ISO 639-1, probability) of the first half minute of speech."""
        ...

    def hear(self, samples: Audio, hearing: Hearing, cancelled: Cancelled) -> Iterator[Segment]:
        """Segments in order, as they are ready. Raises EngineError."""
        ...


class Stream(Protocol):
    """Sound that goes through a model while it comes. In the end as many samples come out as went in, in step."""

    def push(self, samples: Audio) -> Audio:
        """What is ready, possibly nothing yet."""
        ...

    def finish(self) -> Audio:
        """The rest. Call once, at the end."""
        ...


class Denoiser(Resident, Protocol):
    """Takes noise off speech. `attenuation`: decibels at most."""

    sample_rate: int

    def stream(self, attenuation: float) -> Stream: ...


class StemStream(Protocol):
    """As Stream, for stereo sound that is taken apart: every stem by its name, all of one length."""

    def push(self, samples: Stereo) -> dict[str, Stereo]: ...

    def finish(self) -> dict[str, Stereo]: ...


class Separator(Resident, Protocol):
    """Takes music apart."""

    sample_rate: int
    stems: tuple[str, ...]
    """Their names, `vocals` first."""

    def stream(self) -> StemStream: ...


class Converter(Resident, Protocol):
    """Speaks what a recording says in another voice, timing kept. References are mono at `reference_rate` Hz."""

    sample_rate: int
    reference_rate: int

    def convert(self, samples: Audio, rate: int, reference: Audio, cancelled: Cancelled) -> Audio:
        """The same length at `sample_rate`."""
        ...
