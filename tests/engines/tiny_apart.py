"""A tiny engine that runs in an environment of its own, for test_apart.py: a tone, and tricks on request.

The text says what it does: "slow" takes its time between chunks, "hang" never comes back, "crash" ends the process as a
fault in a library would, "refuse" and "break" raise, "print" prints where frames are expected.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np

from workers.engines.base import AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance, Word


class TinyEngine:
    sample_rate = 8000
    reentrant = False
    at_once = 1

    def __init__(self, wanted: str = "") -> None:
        if wanted:
            __import__(wanted)
        print("a package that prints while it is loaded")

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Three chunks of a tenth of a second. The last one's word is what only this side knows."""
        if "refuse" in utterance.text:
            raise CannotSpeak("This text is not for me.")
        if "break" in utterance.text:
            raise EngineError("it broke")
        if "print" in utterance.text:
            print("noise" * 1000, flush=True)
        heard = utterance.options.get("voice_data", {}).get("samples")
        tone = 0.1 if heard is None else float(np.abs(heard).max())
        known = f"numpy {np.__version__}, pid {os.getpid()}, secret {os.environ.get('SECRET_KEY', 'none')}"
        for number in range(3):
            if "crash" in utterance.text and number == 1:
                os._exit(9)
            if "hang" in utterance.text and number == 1:
                time.sleep(3600)
            until = time.monotonic() + (5.0 if "slow" in utterance.text and number == 1 else 0.0)
            while time.monotonic() < until:
                if cancelled():
                    return
                time.sleep(0.01)
            words = (Word(known, 0.0, 0.1, 0, len(utterance.text)),) if number == 2 else ()
            yield AudioChunk(np.full(800, tone, np.float32), words)
