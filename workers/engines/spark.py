"""Spark-TTS (package spark-tts-lib 0.2.1): Chinese and English in the voice of a recording, at 16 kHz.

The folder has config.yaml, LLM/, BiCodec/ and wav2vec2-large-xlsr-53/. The weights are CC-BY-NC-SA-4.0: no commercial
use. Half a billion parameters write 50 tokens for a second of speech, one after the other: it wants a GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.stretch import stretched

from .base import AudioChunk, Cancelled, EngineError, Utterance
from .levels import silence, trimmed
from .recorded import Heard, Recorded, Stopped, Stopper, as_wav, plain, recorded, speakable
from .torchaudio_cpu import torchaudio

NAME = "Spark TTS"
NOTHING_SECONDS = 0.2
TOKENS_A_SECOND = 50
MOST_SECONDS = (5.0, 0.25)
"""Speech that does not end by itself is ended: so many seconds, and so many more for each character."""


class Spark:
    """One loaded Spark-TTS, on the GPU where there is one."""

    reentrant = False
    at_once = 1

    def __init__(self, folder: Path) -> None:
        torchaudio()
        import torch
        from spark_tts_lib import SparkTTS

        device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        self._model: Any = SparkTTS(folder, device=device)
        self.sample_rate: int = self._model.sample_rate
        self._voices: Heard[Any] = Heard()
        self._stopper = Stopper()
        self._stopper.watch(self._model.model)
        # It hears a recording anew for each sentence: it is given what was heard the first time.
        self._hear = self._model.audio_tokenizer.tokenize
        self._model.audio_tokenizer.tokenize = lambda heard: heard
        # It would write a minute of whatever comes, and has no setting for that.
        self._most = 0
        generate = self._model.model.generate
        self._model.model.generate = lambda **given: generate(**{**given, "max_new_tokens": self._most})

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
        voice = recorded(utterance, NAME)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        made = self._made(plain(utterance.text), voice, cancelled)
        yield from stretched(made, self.sample_rate, utterance.speed)

    def _made(self, text: str, voice: Recorded, cancelled: Cancelled) -> Iterator[AudioChunk]:
        least, each = MOST_SECONDS
        self._most = int(TOKENS_A_SECOND * (least + each * len(text)))
        try:
            heard = self._voices.get(voice.key, lambda: self._hear(as_wav(voice.samples)))
            if cancelled():
                return
            with self._stopper.until(cancelled):
                sound = self._model.inference(text, heard, plain(voice.text) or None)
        except Stopped:
            return
        except (RuntimeError, ValueError, IndexError) as exc:
            raise EngineError(f"Spark TTS failed: {exc}") from exc
        yield trimmed(np.asarray(sound, np.float32).reshape(-1), (), self.sample_rate)
