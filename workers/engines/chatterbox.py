"""Resemble's Chatterbox (package chatterbox-light 1.0.2): expressive English in the voice of a recording.

The folder has ve.safetensors, t3_cfg.safetensors, s3gen.safetensors, tokenizer.json and conds.pt (its own voice). It
wants a GPU: half a billion parameters write 25 tokens for a second of speech, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.stretch import stretched

from .base import Audio, AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance
from .levels import silence, trimmed
from .recorded import Heard, Stopped, Stopper, as_wav, recorded, speakable
from .torchaudio_cpu import torchaudio

OWN_VOICE = "default"
NOTHING_SECONDS = 0.2
RANGES = {"exaggeration": (0.25, 2.0, 0.5), "cfg_weight": (0.001, 1.0, 0.5), "temperature": (0.05, 2.0, 0.8)}
"""Options that reach the model: least, most, and what holds where nothing is said.

At a `cfg_weight` of 0 the package fails; a thousandth sounds no different.
"""


class Chatterbox:
    """One loaded Chatterbox, on the GPU where there is one."""

    reentrant = False
    at_once = 1

    def __init__(self, folder: Path, threads: int = 1) -> None:
        # The package imports torchaudio, whose published build needs help where there is no CUDA.
        torchaudio()
        import torch
        from chatterbox.models.t3 import t3
        from chatterbox.tts import ChatterboxTTS

        # No progress bar for each sentence in the worker's log.
        t3.tqdm = lambda steps, **_: steps

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model: Any = ChatterboxTTS.from_local(folder, self._device)
        self._own = self._model.conds
        self.sample_rate: int = self._model.sr
        self._voices: Heard[Any] = Heard()
        self._stopper = Stopper()
        self._stopper.watch(self._model.t3.tfmr)

    def warm(self) -> None:
        """Speak a word in the model's own voice, where it has one."""
        if self._own is not None:
            for _ in self.speak(Utterance("Ready.", OWN_VOICE, "en"), lambda: False):
                pass

    def close(self) -> None:
        """Drop the model and all voices."""
        self._voices.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """One chunk for the text, which should be a sentence or two; other paces by stretching; no word times.

        `voice` is "default"; a `voice_data` of kind "reference" with `samples` (mono, 24 kHz) is spoken in the recorded
        voice. Options: RANGES. Cancelling is noticed at each token. Raises CannotSpeak for another voice.
        """
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        conditions = self._conditions(utterance)
        if cancelled():
            return
        yield from stretched(self._made(utterance, conditions, cancelled), self.sample_rate, utterance.speed)

    def _made(self, utterance: Utterance, conditions: Any, cancelled: Cancelled) -> Iterator[AudioChunk]:
        settings = {
            name: float(np.clip(float(utterance.options.get(name, normal)), least, most))
            for name, (least, most, normal) in RANGES.items()
        }
        self._model.conds = conditions
        try:
            with self._stopper.until(cancelled):
                sound = self._model.generate(utterance.text, **settings)
        except Stopped:
            return
        except RuntimeError as exc:
            raise EngineError(f"Chatterbox failed: {exc}") from exc
        samples = np.asarray(sound.reshape(-1).cpu().numpy(), np.float32)
        yield trimmed(samples, (), self.sample_rate)

    def _conditions(self, utterance: Utterance) -> Any:
        """What the model is to sound like."""
        data = utterance.options.get("voice_data")
        if isinstance(data, Mapping) and data.get("kind") == "reference":
            voice = recorded(utterance, "Chatterbox")
            return self._voices.get(voice.key, lambda: self._heard(voice.samples))
        if utterance.voice not in ("", OWN_VOICE) or self._own is None:
            raise CannotSpeak(
                f"Chatterbox has no voice {utterance.voice!r}: upload a recording, or take {OWN_VOICE!r}."
            )
        return self._own

    def _heard(self, samples: Audio) -> Any:
        self._model.prepare_conditionals(as_wav(samples))
        return self._model.conds
