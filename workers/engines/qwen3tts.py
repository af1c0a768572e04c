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

from .base import Utterance
from .by_token import ByToken, most_tokens
from .catalogue import base_language
from .recorded import SAMPLE_RATE, Recorded, plain
from .torchaudio_cpu import torchaudio

NAME = "Qwen3 TTS"
FRAMES_A_SECOND = 12.5
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


class Qwen3TTS(ByToken):
    """One loaded Qwen3-TTS, on the GPU where there is one (bfloat16 there, float32 on a CPU)."""

    def __init__(self, folder: Path) -> None:
        torchaudio()
        import torch
        from qwen_tts import Qwen3TTSModel

        cuda = torch.cuda.is_available()
        with rotary_positions():
            loaded: Any = Qwen3TTSModel.from_pretrained(
                str(folder),
                device_map="cuda:0" if cuda else "cpu",
                dtype=torch.bfloat16 if cuda else torch.float32,
            )
        model = loaded.model
        super().__init__(NAME, loaded, model.speech_tokenizer.get_output_sample_rate(), writer=model.talker)
        self._spoken = set(model.get_supported_languages())

    def _heard(self, voice: Recorded) -> Any:
        return self._model.create_voice_clone_prompt(
            # Samples, never a string: that would be opened as a file or an address.
            ref_audio=(voice.samples, SAMPLE_RATE),
            ref_text=plain(voice.text) or None,
            x_vector_only_mode=not voice.text,
        )

    def _said(self, utterance: Utterance, voice: Recorded, heard: Any) -> Any:
        text = plain(utterance.text)
        language = LANGUAGES.get(base_language(utterance.language), "")
        sounds, _ = self._model.generate_voice_clone(
            text=text,
            language=language if language in self._spoken else "auto",
            voice_clone_prompt=heard,
            max_new_tokens=most_tokens(text, FRAMES_A_SECOND),
        )
        return sounds[0]


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
