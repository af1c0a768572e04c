"""Speech for a text that is still being written: each sentence is spoken once it is complete."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from workers.engines.base import Audio
from workers.text.clean import problem, speakable
from workers.text.sentences import complete_sentences


class Streamer:
    """Made by `KittenTTS.create_streamer`. Not for several threads at once.

    Text counts as added, and the rest as flushed, when the call is made; speaking happens as the iterator is consumed.
    What an iterator was not asked for, the next one speaks first.
    """

    def __init__(self, speak: Callable[[str], Audio]) -> None:
        """`speak`: a sentence to float32 samples, shape (n,)."""
        self._speak = speak
        self._complete: deque[str] = deque()
        self._rest = ""

    @property
    def buffered_text(self) -> str:
        """What is not spoken yet."""
        return " ".join([*self._complete, self._rest] if self._rest else self._complete)

    def add_text(self, text: str) -> Iterator[Audio]:
        """The audio of every sentence that this text completes: float32, shape (n,), 24 kHz.

        Raises ValueError for a text that is not valid Unicode; what is buffered stays.
        """
        # Blank text is welcome here; the letter stands for the rest of the sentence.
        if reason := problem(f"{text}a"):
            raise ValueError(reason)
        sentences, self._rest = complete_sentences(self._rest + text)
        self._complete.extend(sentences)
        return self._spoken()

    def flush(self) -> Iterator[Audio]:
        """The audio of all that is buffered, complete or not."""
        if self._rest:
            self._complete.append(self._rest)
        self._rest = ""
        return self._spoken()

    def reset(self) -> None:
        """Forget what is buffered."""
        self._complete.clear()
        self._rest = ""

    def _spoken(self) -> Iterator[Audio]:
        while self._complete:
            sentence = self._complete[0]
            # Only what was spoken leaves the buffer: after a failure the same sentence comes again.
            audio = self._speak(sentence) if speakable(sentence) else None
            self._complete.popleft()
            if audio is not None:
                yield audio
