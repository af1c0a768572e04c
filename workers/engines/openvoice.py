"""MyShell's OpenVoice 2 (package openvoice-cli 0.0.5): gives a recording the tone colour of another one.

It speaks by way of a stock voice of Kokoro: that voice says the text, and the result is converted. The folder has
converter/config.json and converter/checkpoint.pth. Small enough for a CPU: 30 million parameters, no token by token.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .base import Audio, AudioChunk, Cancelled, Engine, EngineError, Utterance
from .catalogue import base_language, catalogue
from .levels import resampled, silence
from .recorded import SAMPLE_RATE, Heard, Recorded, recorded, speakable
from .voice_match import MODEL as STOCK
from .voice_match import TEST_SENTENCES

NAME = "OpenVoice 2"
NOTHING_SECONDS = 0.2
LEAST_SECONDS = 0.3
"""Shorter sounds are converted with silence around them: the model looks at windows."""
COLOUR_SECONDS = 30.0
"""How much of a recording tells whose voice it is."""
BLOCK_SECONDS = 20.0
SPARE_SECONDS = 0.02
TAU = 0.3
"""How freely the result may differ from the mean: the package's own choice."""


class OpenVoice:
    """One loaded converter, on the GPU where there is one. `stock` loads Kokoro when somebody is to speak."""

    reentrant = False
    at_once = 1
    reference_rate = SAMPLE_RATE

    def __init__(self, folder: Path, stock: Callable[[], Engine]) -> None:
        import torch
        from openvoice_cli import api

        device = "cuda:0" if torch.cuda.is_available() else "cpu"
        # Its own constructor fetches another model, for a mark that the platform sets itself.
        self._model: Any = api.ToneColorConverter.__new__(api.ToneColorConverter)
        api.OpenVoiceBaseClass.__init__(self._model, str(folder / "converter/config.json"), device=device)
        self._model.watermark_model, self._model.version = None, "v2"
        # On weights_only, torch's own choice, a checkpoint can hold tensors and no code.
        self._model.load_ckpt(str(folder / "converter/checkpoint.pth"))
        self.sample_rate: int = self._model.hps.data.sampling_rate
        self._load_stock = stock
        self._stock: Engine | None = None
        self._colours: Heard[Any] = Heard(32)

    def warm(self) -> None:
        """Convert a moment of noise, so that the first customer does not wait for what is set up on first use."""
        noise = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
        self.convert(noise, SAMPLE_RATE, noise, lambda: False)

    def close(self) -> None:
        """Drop the model, what was heard, and Kokoro."""
        self._colours.clear()
        self._model = None
        if self._stock is not None:
            self._stock.close()
        self._stock = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """The stock voice's chunks, converted; word times and paces are the stock voice's.

        The `voice_data` is a recording, and its `stock` is a voice of kind voice-match to speak with (cloning.py).
        Where that one does not speak the language, one of the same sex does. Raises CannotSpeak without a recording,
        and ModelUnavailable where Kokoro is not installed.
        """
        reference = recorded(utterance, NAME)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        stock = self._stock = self._stock or self._load_stock()
        data = _stock_voice(utterance)
        options = {"voice_data": data}
        said = Utterance(utterance.text, data["base"], utterance.language, utterance.speed, options)
        source = self._colours.get(f"stock:{data}", lambda: self._colour_of_stock(stock, data))
        target = self._target(reference)
        for chunk in stock.speak(said, cancelled):
            if cancelled():
                return
            sound = self._converted(chunk.samples, stock.sample_rate, source, target)
            yield AudioChunk(sound, chunk.words)

    def convert(self, samples: Audio, rate: int, reference: Audio, cancelled: Cancelled) -> Audio:
        """A recording (mono, shape (n,), at `rate` Hz) in the voice of another (mono, 24 kHz), at `sample_rate`.

        As long as it was; what there is of it where it is cancelled. Raises EngineError.
        """
        key = hashlib.sha256(np.ascontiguousarray(reference, np.float32).tobytes()).hexdigest()
        target = self._target(Recorded(key, reference, ""))
        source = self._colour(samples[: round(COLOUR_SECONDS * rate)], rate)
        step, spare = round(BLOCK_SECONDS * rate), round(SPARE_SECONDS * rate)
        shared = round(spare * self.sample_rate / rate)
        made: Audio = np.zeros(0, np.float32)
        # In blocks, as memory grows with their length; neighbours share a moment, in which one fades into the other.
        for start in range(0, len(samples), step):
            if cancelled():
                break
            block = samples[max(0, start - spare) : start + step]
            made = _joined(made, self._converted(block, rate, source, target), shared if start else 0)
        return made

    def _target(self, reference: Recorded) -> Any:
        return self._colours.get(
            f"reference:{reference.key}", lambda: self._colour(reference.samples, SAMPLE_RATE)
        )

    def _converted(self, samples: Audio, rate: int, source: Any, target: Any) -> Audio:
        wanted = round(len(samples) * self.sample_rate / rate)
        try:
            made = self._model.convert(self._file(samples, rate), source, target, tau=TAU)
        except RuntimeError as exc:
            raise EngineError(f"OpenVoice failed: {exc}") from exc
        sound = np.zeros(wanted, np.float32)
        heard = np.asarray(made, np.float32).reshape(-1)[:wanted]
        sound[: len(heard)] = heard
        return sound

    def _colour(self, samples: Audio, rate: int) -> Any:
        """The tone colour of a recording, as the model sees it."""
        try:
            return self._model.extract_se([self._file(samples, rate)])
        except RuntimeError as exc:
            raise EngineError(f"OpenVoice failed: {exc}") from exc

    def _colour_of_stock(self, stock: Engine, data: Mapping[str, Any]) -> Any:
        """Of a stock voice: taken from a whole sentence, since a short one tells less."""
        voice = catalogue().voice(str(data["base"]), STOCK)
        language = voice.language if voice else "en"
        said = Utterance(
            TEST_SENTENCES.get(language, TEST_SENTENCES["en"]),
            str(data["base"]),
            language,
            options={"voice_data": data},
        )
        sound = np.concatenate([chunk.samples for chunk in stock.speak(said, lambda: False)])
        return self._colour(sound, stock.sample_rate)

    def _file(self, samples: Audio, rate: int) -> io.BytesIO:
        """The samples as a file in memory, at the model's rate and no shorter than it can take."""
        import soundfile

        sound = resampled(np.asarray(samples, np.float32), rate, self.sample_rate)
        least = round(LEAST_SECONDS * self.sample_rate)
        if len(sound) < least:
            sound = np.concatenate([sound, np.zeros(least - len(sound), np.float32)])
        file = io.BytesIO()
        soundfile.write(file, sound, self.sample_rate, format="WAV", subtype="FLOAT")
        file.seek(0)
        return file


def _joined(before: Audio, after: Audio, shared: int) -> Audio:
    """Two stretches of sound that share so many samples."""
    if not shared:
        return np.concatenate([before, after])
    rise = np.linspace(0.0, 1.0, shared, dtype=np.float32)
    seam = before[-shared:] * (1 - rise) + after[:shared] * rise
    return np.concatenate([before[:-shared], seam, after[shared:]])


def _stock_voice(utterance: Utterance) -> dict[str, Any]:
    """The voice-match to speak with: the one that was chosen when the voice was made, or its like in the language."""
    data = dict(utterance.options["voice_data"].get("stock") or {"kind": "voice-match", "base": "af_heart"})
    voice = catalogue().voice(str(data["base"]), STOCK)
    language = base_language(utterance.language)
    if voice is not None and voice.language == language:
        return data
    gender = voice.gender if voice else None
    alike = catalogue().voices(STOCK, language, gender) or catalogue().voices(STOCK, language)
    # How far the pitch is moved was measured on the other voice.
    return {"kind": "voice-match", "base": alike[0].id} if alike else data
