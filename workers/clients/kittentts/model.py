"""`KittenTTS(repository)`: the weights where they are installed, else the substitute that MODEL_SUBSTITUTES names."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from workers.audio.encode import Encoder
from workers.audio.formats import AUDIO_FORMATS
from workers.audio.joining import Joiner
from workers.audio.limiter import limited
from workers.audio.resample import resample
from workers.audio.stretch import paces, stretched
from workers.audio.watermark import Marker
from workers.engines import kitten_names, registry
from workers.engines.base import Audio, Engine, Utterance
from workers.engines.catalogue import Model
from workers.engines.store import ModelUnavailable, install_command
from workers.engines.substitutes import substitute_for, substitutes_from, voice_like
from workers.text.clean import clean, problem
from workers.text.split import split
from workers.text.wording import worded

from .streamer import Streamer

RATE = 24_000
LANGUAGE = "en"
# As the original class has it; the web API's is Bella.
DEFAULT_VOICE = "expr-voice-5-m"
WATERMARK = os.environ.get("WATERMARK", "").lower() not in {"false", "0", "no", "off"}
"""Speech is marked as generated, as the platform's is, unless its operator said otherwise."""


class KittenTTS:
    """One loaded model. `served_model` is the catalogue's id of the model that really speaks.

    `model_name` is a repository ("KittenML/kitten-tts-nano-0.8-fp32"), or a short name ("nano"). `cache_dir` is the
    folder of the weights (default: MODELS_DIR, else `models/` of the platform). Nothing is downloaded: `python
    manage.py models pull kitten-tts-nano` does that. MODEL_SUBSTITUTES names who speaks meanwhile ("*=kokoro" where it
    is empty; "none": nobody). Raises ValueError for a model that KittenTTS does not have, ModelUnavailable where
    neither it nor its substitute is installed.
    """

    def __init__(
        self, model_name: str = "KittenML/kitten-tts-nano-0.8-fp32", cache_dir: str | Path | None = None
    ) -> None:
        model = kitten_names.kitten_model(model_name)
        if model is None:
            raise ValueError(
                f"Unknown model: {model_name!r}. There are the nano, mini, micro and nano-int8 of KittenML/kitten-tts."
            )
        self._served = _served_by(model, cache_dir)
        threads = min(4, len(os.sched_getaffinity(0)))
        self._engine: Engine = registry.load(self._served.id, threads=threads, models_dir=cache_dir)

    @property
    def served_model(self) -> str:
        return self._served.id

    @property
    def available_voices(self) -> list[str]:
        """The raw names of the voices; Bella, Jasper, Luna, Bruno, Rosie, Hugo, Kiki and Leo are accepted too."""
        raw = [alias for voice in kitten_names.kitten_voices() for alias in voice.aliases]
        return sorted(raw, key=lambda name: (name[:-1], name[-1] != "m"))

    def generate(self, text: str, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Audio:
        """The text spoken: float32 within -1…1, shape (n,), mono, 24 kHz.

        `speed`: 0.25 to 3.0. Raises ValueError for a text, voice or speed that cannot be spoken, CannotSpeak and
        EngineError where the engine cannot.
        """
        if reason := problem(text):
            raise ValueError(reason)
        speaker = self._speaker(voice)
        _check_speed(speed)
        joiner = Joiner(self._engine.sample_rate)
        parts: list[Audio] = [np.zeros(0, np.float32)]
        for piece in split(clean(text), LANGUAGE):
            samples = self._say(piece.text, speaker, speed) if piece.speakable else parts[0]
            parts.append(joiner.add(samples, text=piece.text, char_start=piece.start, pause=piece.pause))
        audio = np.concatenate(parts)
        if WATERMARK:
            audio = Marker(self._engine.sample_rate).mark(audio)
        return limited(resample(audio, self._engine.sample_rate, RATE), RATE)

    def generate_to_file(
        self, text: str, output_path: str | Path, voice: str = DEFAULT_VOICE, speed: float = 1.0
    ) -> None:
        """The text spoken into a WAV file: PCM_16, mono, 24 kHz. Raises what `generate` raises, EncodeError."""
        audio = self.generate(text, voice, speed)
        with Encoder(AUDIO_FORMATS["wav"], RATE, Path(output_path)) as encoder:
            encoder.write(audio)
            encoder.close()

    def create_streamer(self, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Streamer:
        """For text that comes bit by bit. Raises ValueError for a wrong voice or speed."""
        self._speaker(voice)
        _check_speed(speed)
        return Streamer(lambda sentence: self.generate(sentence, voice, speed))

    def _speaker(self, name: str) -> str:
        """The voice of the model that speaks."""
        voice = kitten_names.kitten_voice(name)
        if voice is None:
            raise ValueError(f"Unknown voice: {name!r}. The voices are {', '.join(self.available_voices)}.")
        if self._served.family == kitten_names.FAMILY:
            return voice.id
        alike = voice_like(voice, self._served, LANGUAGE) or self._served.default_voice(LANGUAGE)
        if alike is None:
            raise ValueError(f"{self._served.name}, which stands in for KittenTTS, has no English voice.")
        return alike

    def _say(self, text: str, speaker: str, speed: float) -> Audio:
        pace, stretch = paces(speed)
        utterance = Utterance(worded(text, LANGUAGE).text, speaker, LANGUAGE, pace)
        chunks = stretched(self._engine.speak(utterance, lambda: False), self._engine.sample_rate, stretch)
        blocks = [chunk.samples for chunk in chunks]
        return np.concatenate([np.zeros(0, np.float32), *blocks])


def get_model(repo_id: str = "KittenML/kitten-tts-nano-0.8-fp32", cache_dir: str | None = None) -> KittenTTS:
    """The same by a function, as older programs call it."""
    return KittenTTS(repo_id, cache_dir)


def _served_by(model: Model, models_dir: str | Path | None) -> Model:
    """Raises ModelUnavailable."""
    if registry.can_load(model.id, models_dir=models_dir):
        return model
    substitutes = substitutes_from((os.environ.get("MODEL_SUBSTITUTES") or "*=kokoro").split(","))
    stand_in = substitute_for(model, substitutes)
    if stand_in is None or not registry.can_load(stand_in.id, models_dir=models_dir):
        raise ModelUnavailable(model.id, install_command(model.id))
    return stand_in


def _check_speed(speed: float) -> None:
    if not kitten_names.SLOWEST <= speed <= kitten_names.FASTEST:
        raise ValueError(f"Speed must be between {kitten_names.SLOWEST} and {kitten_names.FASTEST}.")
