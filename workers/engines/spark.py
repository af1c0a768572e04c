"""Spark-TTS (package spark-tts-lib 0.2.1): Chinese and English in the voice of a recording, at 16 kHz.

The folder has config.yaml, LLM/, BiCodec/ and wav2vec2-large-xlsr-53/. The weights are CC-BY-NC-SA-4.0: no commercial
use. Half a billion parameters write 50 tokens for a second of speech, one after the other: it wants a GPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .base import Utterance
from .by_token import ByToken, most_tokens
from .recorded import Recorded, as_wav, plain
from .torchaudio_cpu import torchaudio

NAME = "Spark TTS"
TOKENS_A_SECOND = 50


class Spark(ByToken):
    """One loaded Spark-TTS, on the GPU where there is one."""

    def __init__(self, folder: Path) -> None:
        torchaudio()
        import torch
        from spark_tts_lib import SparkTTS

        model: Any = SparkTTS(folder, device=torch.device("cuda:0" if torch.cuda.is_available() else "cpu"))
        super().__init__(NAME, model, model.sample_rate, writer=model.model)
        # It hears a recording anew for each sentence: it is given what was heard the first time.
        self._hear = model.audio_tokenizer.tokenize
        model.audio_tokenizer.tokenize = lambda heard: heard
        # It would write a minute of whatever comes, and has no setting for that.
        self._most = 0
        generate = model.model.generate
        model.model.generate = lambda **given: generate(**{**given, "max_new_tokens": self._most})

    def _heard(self, voice: Recorded) -> Any:
        return self._hear(as_wav(voice.samples))

    def _said(self, utterance: Utterance, voice: Recorded, heard: Any) -> Any:
        text = plain(utterance.text)
        self._most = most_tokens(text, TOKENS_A_SECOND)
        return self._model.inference(text, heard, plain(voice.text) or None)
