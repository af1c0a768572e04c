"""What engines share that write a sentence token by token in the voice of a recording, and give it as one sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from workers.audio.stretch import stretched

from .base import AudioChunk, Cancelled, EngineError, Utterance
from .levels import silence, trimmed
from .recorded import Heard, Recorded, Stopped, Stopper, recorded, speakable

NOTHING_SECONDS = 0.2
MOST_SECONDS = (5.0, 0.25)
"""Speech that does not end by itself is ended: so many seconds, and so many more for each character."""


class ByToken:
    """One loaded model. A family says how it hears a recording, and how it speaks after what it heard."""

    reentrant = False
    at_once = 1

    def __init__(self, name: str, model: Any, sample_rate: int, writer: Any) -> None:
        """`writer`: the torch module that is run once a token."""
        self.sample_rate = sample_rate
        self._name = name
        self._model = model
        self._voices: Heard[Any] = Heard()
        self._stopper = Stopper()
        self._stopper.watch(writer)

    def warm(self) -> None:
        """Nothing to do: it has no voice of its own to speak with."""

    def close(self) -> None:
        """Drop the model and all voices."""
        self._voices.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """One chunk for the text, which should be a sentence or two; other paces by stretching; no word times.

        The `voice_data` is a recording; where its words are known it is spoken on from, which comes closer. Cancelling
        is noticed at each token. Raises CannotSpeak without a recording.
        """
        voice = recorded(utterance, self._name)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        yield from stretched(self._made(utterance, voice, cancelled), self.sample_rate, utterance.speed)

    def _made(self, utterance: Utterance, voice: Recorded, cancelled: Cancelled) -> Iterator[AudioChunk]:
        try:
            heard = self._voices.get(voice.key, lambda: self._heard(voice))
            if cancelled():
                return
            with self._stopper.until(cancelled):
                sound = self._said(utterance, voice, heard)
        except Stopped:
            return
        except (RuntimeError, ValueError, IndexError) as exc:
            raise EngineError(f"{self._name} failed: {exc}") from exc
        yield trimmed(np.asarray(sound, np.float32).reshape(-1), (), self.sample_rate)

    def _heard(self, voice: Recorded) -> Any:
        """What the model keeps of a recording."""
        raise NotImplementedError

    def _said(self, utterance: Utterance, voice: Recorded, heard: Any) -> Any:
        """The sentence's samples, in an array or tensor of any shape."""
        raise NotImplementedError


def most_tokens(text: str, a_second: float) -> int:
    """How many tokens a text may take at the most."""
    least, each = MOST_SECONDS
    return int(a_second * (least + each * len(text)))
