"""A steady tone in place of speech: for load tests, where the platform and not the model is to be measured.

Not a stand-in for tests of speech. The pace is set by environment variables (see `from_environment`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .base import AudioChunk, Cancelled, EngineError, Utterance, Word
from .g2p.scan import scan

SAMPLE_RATE = 24_000
PITCHES = {"tone": 440.0, "high-tone": 660.0}
FAIL_WORD = "[fail]"
"""A text that holds this raises EngineError, as a model that breaks down would."""

_SLICE_SECONDS = 0.05
"""How soon it notices a cancel. Two hundred engines that look every 20 ms keep a core busy with looking."""


@dataclass
class FakeEngine:
    """`rtf`: seconds of waiting per second of audio. Each character sounds for `seconds_per_character`."""

    rtf: float = 0.0
    chunk_seconds: float = 0.5
    seconds_per_character: float = 0.06
    sample_rate: int = SAMPLE_RATE
    reentrant: bool = True
    at_once: int = 0

    @classmethod
    def from_environment(cls) -> FakeEngine:
        """FAKE_RTF (0: as fast as it goes) and FAKE_CHUNK_SECONDS (0.5)."""
        return cls(
            rtf=float(os.environ.get("FAKE_RTF") or 0.0),
            chunk_seconds=float(os.environ.get("FAKE_CHUNK_SECONDS") or 0.5),
        )

    def warm(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """A tone as long as the text would take, in chunks; words spread by their place in the text."""
        if FAIL_WORD in utterance.text:
            raise EngineError("the fake engine was asked to fail")
        seconds_per_character = self.seconds_per_character / utterance.speed
        words = [
            Word(
                utterance.text[token.start : token.end],
                token.start * seconds_per_character,
                token.end * seconds_per_character,
                token.start,
                token.end,
            )
            for token in scan(utterance.text)
            if not token.mark
        ]
        total = max(1, round(len(utterance.text) * seconds_per_character * self.sample_rate))
        step = max(1, round(self.chunk_seconds * self.sample_rate))
        pitch = PITCHES.get(utterance.voice, PITCHES["tone"])
        for start in range(0, total, step):
            end = min(total, start + step)
            if not self._wait(self.rtf * (end - start) / self.sample_rate, cancelled):
                return
            # The phase runs on over the chunks, so that a lost or doubled chunk can be found in the joined tone.
            phase = 2 * np.pi * pitch * np.arange(start, end) / self.sample_rate
            begin, finish = start / self.sample_rate, end / self.sample_rate
            inside = (word for word in words if begin <= word.start < finish)
            moved = tuple(
                Word(word.text, word.start - begin, word.end - begin, word.char_start, word.char_end)
                for word in inside
            )
            yield AudioChunk((0.3 * np.sin(phase)).astype(np.float32), moved)

    @staticmethod
    def _wait(seconds: float, cancelled: Cancelled) -> bool:
        """Wait as a model would compute; False as soon as the work is cancelled."""
        until = time.monotonic() + seconds
        while not cancelled():
            left = until - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, _SLICE_SECONDS))
        return False
