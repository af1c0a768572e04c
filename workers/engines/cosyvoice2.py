"""CosyVoice 2 (package cosyvoice2-eu 0.2.8): streams in the voice of a recording. Runs apart, see apart.py.

Its package pins numpy 1.26 and transformers 4.40, so this module is loaded by the Python of an environment of its own,
which has none of the platform's packages: it imports numpy and that package alone. The folder has cosyvoice2.yaml,
llm.pt, flow.pt, hift.pt, campplus.onnx, speech_tokenizer_v2.onnx, spk2info.pt and CosyVoice-BlankEN/.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .base import AudioChunk, Cancelled, EngineError, Utterance
from .levels import resampled, silence
from .recorded import SAMPLE_RATE, Heard, Recorded, plain, recorded, speakable
from .torchaudio_cpu import torchaudio

NAME = "CosyVoice 2"
NOTHING_SECONDS = 0.2
PROMPT_RATE = 16_000
PROMPT_SECONDS = 30
"""The package takes no longer recordings."""


class CosyVoice2:
    """One loaded CosyVoice 2, on the GPU where there is one. Speaks at its own pace only: apart.py stretches."""

    reentrant = False
    at_once = 1

    def __init__(self, folder: str, threads: int = 1) -> None:
        torchaudio()
        import torch

        torch.set_num_threads(max(1, threads))
        from cosyvoice.cli.cosyvoice import CosyVoice2 as Package

        # It logs every sentence that it speaks.
        logging.disable(logging.WARNING)
        # `final` names llm.pt, flow.pt and hift.pt; without it the package looks for others.
        self._model: Any = Package(
            str(Path(folder)),
            load_jit=False,
            load_trt=False,
            fp16=False,
            setting="llm_flow_hifigan",
            final=True,
            backbone="blanken",
        )
        self.sample_rate: int = self._model.sample_rate
        self._voices: Heard[dict[str, Any]] = Heard()
        self._cancelled: Cancelled = lambda: False
        # Its tokens come from a thread of its own, and a stream that is left in the middle lets that run on: so the
        # tokens end instead, and with them the stream.
        inference = self._model.model.llm.inference
        self._model.model.llm.inference = lambda **given: self._while_wanted(inference(**given))

    def warm(self) -> None:
        """Nothing to do: it has no voice of its own to speak with."""

    def close(self) -> None:
        """Drop the model and all voices."""
        self._voices.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Chunks as the model makes them, a second and up; no word times.

        The `voice_data` is a recording, of which 30 s are heard. Cancelling is noticed at each token. Raises
        CannotSpeak without a recording.
        """
        voice = recorded(utterance, NAME)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        self._cancelled = cancelled
        try:
            heard = self._voices.get(voice.key, lambda: self._heard(voice))
            # Speaking takes out of what is kept what it does not need: it gets a copy.
            self._model.frontend.spk2info[voice.key] = dict(heard)
            stream = self._model.inference_cross_lingual(
                plain(utterance.text), None, zero_shot_spk_id=voice.key, stream=True, text_frontend=False
            )
            for part in stream:
                if not cancelled():
                    yield AudioChunk(np.asarray(part["tts_speech"].cpu().numpy(), np.float32).reshape(-1))
        except (RuntimeError, ValueError, AssertionError) as exc:
            if not cancelled():
                raise EngineError(f"CosyVoice 2 failed: {exc}") from exc
        finally:
            self._model.frontend.spk2info.pop(voice.key, None)

    def _while_wanted(self, tokens: Iterator[Any]) -> Iterator[Any]:
        for token in tokens:
            if self._cancelled():
                return
            yield token

    def _heard(self, voice: Recorded) -> dict[str, Any]:
        """What the model keeps of a recording."""
        import torch

        samples = resampled(voice.samples[: PROMPT_SECONDS * SAMPLE_RATE], SAMPLE_RATE, PROMPT_RATE)
        prompt = torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None]
        kept = self._model.frontend.frontend_zero_shot("", "", prompt, self.sample_rate, "")
        return {name: value for name, value in kept.items() if name not in ("text", "text_len")}
