"""Qwen3-TTS (package qwen-tts-hf 0.1.1.post1): ten languages in the voice of a recording.

The folder is the published one of a Base model: config.json, model.safetensors, the tokenizer's files,
generation_config.json and speech_tokenizer/. It writes 12 frames for a second of speech, one after the other, each of
several codes: it wants a GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.stretch import stretched

from .base import AudioChunk, Cancelled, EngineError, Utterance
from .catalogue import base_language
from .levels import silence, trimmed
from .recorded import SAMPLE_RATE, Heard, Recorded, Stopped, Stopper, plain, recorded, speakable
from .torchaudio_cpu import torchaudio

NAME = "Qwen3 TTS"
NOTHING_SECONDS = 0.2
FRAMES_A_SECOND = 12.5
MOST_SECONDS = (5.0, 0.25)
"""Speech that does not end by itself is ended: so many seconds, and so many more for each character."""
LANGUAGES = {
    "zh": "chinese",
    "en": "english",
    "ja": "japanese",
    "ko": "korean",
    "de": "german",
    "fr": "french",
    "ru": "russian",
    "pt": "portuguese",
    "es": "spanish",
    "it": "italian",
}


class Qwen3TTS:
    """One loaded Qwen3-TTS, on the GPU where there is one (bfloat16 there, float32 on a CPU)."""

    reentrant = False
    at_once = 1

    def __init__(self, folder: Path) -> None:
        torchaudio()
        import torch
        from qwen_tts import Qwen3TTSModel

        cuda = torch.cuda.is_available()
        with rotary_positions():
            self._model: Any = Qwen3TTSModel.from_pretrained(
                str(folder),
                device_map="cuda:0" if cuda else "cpu",
                dtype=torch.bfloat16 if cuda else torch.float32,
            )
        self.sample_rate: int = self._model.model.speech_tokenizer.get_output_sample_rate()
        self._spoken = set(self._model.model.get_supported_languages())
        self._voices: Heard[Any] = Heard()
        self._stopper = Stopper()
        self._stopper.watch(self._model.model.talker)

    def warm(self) -> None:
        """Nothing to do: it has no voice of its own to speak with."""

    def close(self) -> None:
        """Drop the model and all voices."""
        self._voices.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """One chunk for the text, which should be a sentence or two; other paces by stretching; no word times.

        The `voice_data` is a recording; where its words are known it is spoken on from, which comes closer. Cancelling
        is noticed at each frame. Raises CannotSpeak without a recording.
        """
        voice = recorded(utterance, NAME)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        made = self._made(utterance, voice, cancelled)
        yield from stretched(made, self.sample_rate, utterance.speed)

    def _made(self, utterance: Utterance, voice: Recorded, cancelled: Cancelled) -> Iterator[AudioChunk]:
        text = plain(utterance.text)
        least, each = MOST_SECONDS
        language = LANGUAGES.get(base_language(utterance.language), "")
        try:
            prompt = self._voices.get(voice.key, lambda: self._heard(voice))
            if cancelled():
                return
            with self._stopper.until(cancelled):
                sounds, _ = self._model.generate_voice_clone(
                    text=text,
                    language=language if language in self._spoken else "auto",
                    voice_clone_prompt=prompt,
                    max_new_tokens=int(FRAMES_A_SECOND * (least + each * len(text))),
                )
        except Stopped:
            return
        except (RuntimeError, ValueError, IndexError) as exc:
            raise EngineError(f"Qwen3 TTS failed: {exc}") from exc
        yield trimmed(np.asarray(sounds[0], np.float32).reshape(-1), (), self.sample_rate)

    def _heard(self, voice: Recorded) -> Any:
        """What the model keeps of a recording."""
        return self._model.create_voice_clone_prompt(
            # Samples, never a string: that would be opened as a file or an address.
            ref_audio=(voice.samples, SAMPLE_RATE),
            ref_text=plain(voice.text) or None,
            x_vector_only_mode=not voice.text,
        )


@contextmanager
def rotary_positions() -> Iterator[None]:
    """While the package makes models: rotary positions of the plainest kind, by name, as transformers 4 had them.

    Version 5 has them no more. The package puts them back for the whole process and in a way that models of version 5
    cannot take, its own encoder of recordings among them. Here both find what they need, and afterwards nobody does.
    """
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    ROPE_INIT_FUNCTIONS["default"] = _plain_rotary
    try:
        yield
    finally:
        del ROPE_INIT_FUNCTIONS["default"]


def _plain_rotary(config: Any, device: Any = None, **_: Any) -> tuple[Any, float]:
    """The inverse frequencies for each pair of a head, and a factor of 1."""
    import torch

    base = getattr(config, "rope_theta", None) or config.rope_parameters["rope_theta"]
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    steps = torch.arange(0, size, 2, dtype=torch.int64).to(device=device, dtype=torch.float)
    return 1.0 / (base ** (steps / size)), 1.0
