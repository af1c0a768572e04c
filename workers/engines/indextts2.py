"""Bilibili's IndexTTS 2 as ten ONNX graphs (package indextts-onnx 0.3.0): Chinese and English in a recorded voice.

The folder has the graphs, bpe.model and seamless_mel_filters.npy. It runs on a CPU, slowly. The weights are under
bilibili's own licence, which restricts their use. This package has none of the original's control of emotion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.stretch import stretched

from .base import AudioChunk, Cancelled, EngineError, Utterance
from .interrupting import InterruptibleSession
from .levels import silence, trimmed
from .recorded import Heard, Recorded, as_wav, recorded, speakable

NAME = "IndexTTS 2"
NOTHING_SECONDS = 0.2
TOKENS_A_SECOND = 50
MOST_SECONDS = (5.0, 0.25)
"""Speech that does not end by itself is ended: so many seconds, and so many more for each character."""
MOST_TOKENS = 1500
SAMPLE_RATE = 22_050


class IndexTTS2:
    """The ten graphs, loaded on `threads` threads."""

    reentrant = False
    at_once = 1
    sample_rate = SAMPLE_RATE

    def __init__(self, folder: Path, threads: int = 1) -> None:
        import indextts_onnx.infer as package

        # It tells each step to whoever watches a terminal; a worker's log is not the place.
        vars(package)["print"] = lambda *_, **__: None
        self._model: Any = package.IndexTTSInfer(str(folder), num_threads=threads)
        self._sessions = []
        for name in self._model.MODEL_NAMES:
            session = InterruptibleSession(getattr(self._model, name))
            setattr(self._model, name, session)
            self._sessions.append(session)
        self._voices: Heard[dict[str, Any]] = Heard()

    def warm(self) -> None:
        """Nothing to do: it has no voice of its own to speak with."""

    def close(self) -> None:
        """Drop the graphs and all voices."""
        self._voices.clear()
        self._sessions.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """One chunk for the text, which should be a sentence or two; other paces by stretching; no word times.

        The `voice_data` is a recording, of which 15 s are heard. Cancelling is noticed within a run of a graph. Raises
        CannotSpeak without a recording.
        """
        voice = recorded(utterance, NAME)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        made = self._made(utterance.text, voice, cancelled)
        yield from stretched(made, self.sample_rate, utterance.speed)

    def _made(self, text: str, voice: Recorded, cancelled: Cancelled) -> Iterator[AudioChunk]:
        least, each = MOST_SECONDS
        most = min(MOST_TOKENS, int(TOKENS_A_SECOND * (least + each * len(text))))
        try:
            with ExitStack() as wanted:
                for session in self._sessions:
                    wanted.enter_context(session.until(cancelled))
                vars(self._model).update(self._voices.get(voice.key, lambda: self._heard(voice)))
                sound = self._model.infer(voice.key, text, max_mel_tokens=most)
        except Exception as exc:
            # onnxruntime's own kinds of exception share no other base.
            if cancelled():
                return
            raise EngineError(f"IndexTTS 2 failed: {exc}") from exc
        yield trimmed(np.asarray(sound, np.float32).reshape(-1), (), self.sample_rate)

    def _heard(self, voice: Recorded) -> dict[str, Any]:
        """What the model keeps of a recording: it has room for one, and knows it by its name."""
        self._model._prepare_reference(as_wav(voice.samples))
        kept = {name: value for name, value in vars(self._model).items() if name.startswith("_cache_")}
        return {**kept, "_cache_ref_audio": voice.key}
