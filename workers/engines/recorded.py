"""What the engines share that speak in the voice of a recording: the recording itself, and how a model is stopped.

Needs numpy alone when it is imported: it also runs in environments of their own (apart.py).
"""

from __future__ import annotations

import hashlib
import io
import wave
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from .base import Audio, Cancelled, CannotSpeak, Utterance

SAMPLE_RATE = 24_000
"""Of every recording."""
LEAST_SECONDS = 1.0
VOICES_HELD = 8
"""Recordings of which a model keeps in memory what it heard; the one used longest ago goes first."""

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Recorded:
    """A recording to speak after: mono float32 at 24 kHz, and what is said in it ("" where nobody knows).

    `key` is another one for every recording.
    """

    key: str
    samples: Audio
    text: str


def recorded(utterance: Utterance, name: str) -> Recorded:
    """The recording that an utterance is to be spoken after. Raises CannotSpeak where it has none, or next to none.

    `name` is the model's, for the message.
    """
    data = utterance.options.get("voice_data")
    if not isinstance(data, Mapping) or data.get("kind") != "reference":
        raise CannotSpeak(f"{name} has no voices of its own: upload a recording, and speak with that voice.")
    samples = np.asarray(data["samples"], np.float32)
    if len(samples) < LEAST_SECONDS * SAMPLE_RATE:
        raise CannotSpeak("The recording of this voice is shorter than a second: upload a longer one.")
    # Without a key of its own two recordings would be taken for one.
    key = str(data.get("key") or "") or hashlib.sha256(samples.tobytes()).hexdigest()
    return Recorded(key, samples, str(data.get("text") or "").strip())


def speakable(text: str) -> bool:
    """Whether there is anything to pronounce."""
    return any(char.isalnum() for char in text)


def plain(text: str) -> str:
    """The text without what a language model would read as a mark of its own, such as <|im_end|>."""
    return text.replace("<|", "< ").replace("|>", " >")


def as_wav(samples: Audio, rate: int = SAMPLE_RATE) -> io.BytesIO:
    """The samples as a WAV file of 16 bits in memory, for packages that read files: no copy on a disk."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
    file.seek(0)
    return file


class Heard(Generic[Thing]):
    """What a model made of the recordings it was given lately. `forget` is told what goes."""

    def __init__(self, most: int = VOICES_HELD, forget: Callable[[Thing], None] = lambda thing: None) -> None:
        self._most, self._forget = most, forget
        self._held: OrderedDict[str, Thing] = OrderedDict()

    def get(self, key: str, hear: Callable[[], Thing]) -> Thing:
        """What was made of it before, else what `hear` makes of it now."""
        if key not in self._held:
            self._held[key] = hear()
            while len(self._held) > self._most:
                self._forget(self._held.popitem(last=False)[1])
        self._held.move_to_end(key)
        return self._held[key]

    def clear(self) -> None:
        self._held.clear()

    def __contains__(self, key: str) -> bool:
        return key in self._held


class Stopped(Exception):
    """Nobody wants to hear the rest of the sentence."""


class Stopper:
    """Asks before each step of a model whether it is still wanted, and stops it where it is not.

    `watch` a torch module that is run once a token; `until` says whose wish counts. Stopped comes out of whatever runs.
    """

    def __init__(self) -> None:
        self._cancelled: Cancelled = lambda: False

    def watch(self, module: Any) -> None:
        module.register_forward_pre_hook(self._look_up)

    @contextmanager
    def until(self, cancelled: Cancelled) -> Iterator[None]:
        self._cancelled = cancelled
        try:
            yield
        finally:
            self._cancelled = lambda: False

    def _look_up(self, *_: Any) -> None:
        if self._cancelled():
            raise Stopped
