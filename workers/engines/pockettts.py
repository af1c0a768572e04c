"""Kyutai's Pocket TTS (package pocket-tts 4.0.1): streams on a CPU, and speaks in the voice of a recording.

Two sets of weights: `pocket-tts` has the published voices only, `pocket-tts-cloning` (gated) also takes recordings and
is used where it is installed. Each has `languages/<name>/` with model.safetensors, tokenizer.json and embeddings/.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from workers.audio.stretch import stretched

from .base import Audio, AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance
from .gains import gain_of, raised
from .levels import silence

FIRST_LANGUAGE = "english"
"""The package's default, taken where there are several."""
NOTHING_SECONDS = 0.2
VOICES_HELD = 4
"""Recordings whose state is kept in memory, some 20 MB each; the one used longest ago goes first."""
REFERENCE_SECONDS = 30
"""The model was trained on prompts no longer than this."""


class PocketTTS:
    """One loaded Pocket TTS. `clones`: whether these weights take recordings.

    Raises EngineError where `folder` does not hold a language of the package.
    """

    reentrant = False
    at_once = 1

    def __init__(self, folder: Path, threads: int = 1, *, clones: bool) -> None:
        import torch

        # Importing the package sets one thread for the whole process; the watermark and others want theirs back.
        before = torch.get_num_threads()
        from pocket_tts import TTSModel

        torch.set_num_threads(max(before, threads))
        # Its warnings quote the text that is spoken, which belongs into no log.
        logging.getLogger("pocket_tts").setLevel(logging.ERROR)
        self._folder = language_folder(folder)
        with tempfile.TemporaryDirectory() as scratch:
            # The package reads its configuration from a file; the folder of verified weights stays as it is.
            path = Path(scratch) / f"{self._folder.name}.yaml"
            path.write_text(yaml.safe_dump(local_config(self._folder)))
            self._model: Any = TTSModel.load_model(config=path)
        self._clones = clones
        self.sample_rate: int = self._model.sample_rate
        self._states: OrderedDict[str, Any] = OrderedDict()

    def warm(self) -> None:
        """Speak a word in the first published voice, where there is one."""
        voices = sorted((self._folder / "embeddings").glob("*.safetensors"))
        if voices:
            for _ in self.speak(Utterance("Ready.", voices[0].stem, "en"), lambda: False):
                pass

    def close(self) -> None:
        """Drop the model and all voices."""
        self._states.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Chunks as the model makes them, some 80 ms each and up; no word times; other paces by stretching.

        `voice` is the name of a published voice; a `voice_data` of kind "reference" with `samples` (mono, 24 kHz) is
        spoken in the recorded voice. Raises CannotSpeak for a voice that is not there, and for recordings where these
        weights take none.
        """
        if not any(char.isalnum() for char in utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        state = self._state(utterance)
        # A recorded voice speaks about as loud as its recording: nobody has measured it.
        gain = 0.0 if _recorded(utterance) else gain_of("pocket-tts", utterance.voice) or 0.0
        made = self._made(state, utterance.text, cancelled)
        for chunk in stretched(made, self.sample_rate, utterance.speed):
            yield AudioChunk(raised(chunk.samples, gain))

    def _made(self, state: Any, text: str, cancelled: Cancelled) -> Iterator[AudioChunk]:
        stop = threading.Event()
        stream = self._model.generate_audio_stream(state, text, stop=stop)
        try:
            for block in stream:
                if cancelled():
                    return
                yield AudioChunk(np.asarray(block.detach().cpu().numpy(), np.float32))
        except (RuntimeError, ValueError) as exc:
            raise EngineError(f"Pocket TTS failed: {exc}") from exc
        finally:
            # Its threads work on until they are told; the model must be at rest before anybody speaks again.
            stop.set()
            for _ in stream:
                pass

    def _state(self, utterance: Utterance) -> Any:
        """The model's state after hearing the voice."""
        data = _recorded(utterance)
        if data:
            name = f"reference:{data.get('key', '')}"
            return self._held(name, lambda: self._heard(np.asarray(data["samples"], np.float32)))
        path = self._folder / "embeddings" / f"{utterance.voice}.safetensors"
        if not utterance.voice.replace("_", "").isalnum() or not path.is_file():
            raise CannotSpeak(
                f"Pocket TTS has no voice {utterance.voice!r}. GET /v1/voices/?model=pocket-tts lists them."
            )
        return self._held(utterance.voice, lambda: self._model.get_state_for_audio_prompt(str(path)))

    def _heard(self, samples: Audio) -> Any:
        import torch

        if not self._clones:
            raise CannotSpeak(
                "The installed weights of Pocket TTS take no recordings. The operator installs those that do with: "
                "python manage.py models pull pocket-tts-cloning"
            )
        most = REFERENCE_SECONDS * self.sample_rate
        return self._model.get_state_for_audio_prompt(torch.from_numpy(samples[None, :most].copy()))

    def _held(self, name: str, make: Any) -> Any:
        if name not in self._states:
            self._states[name] = make()
            while len(self._states) > VOICES_HELD:
                self._states.popitem(last=False)
        self._states.move_to_end(name)
        return self._states[name]


def _recorded(utterance: Utterance) -> Mapping[str, Any]:
    """The recording whose voice is wanted, empty where a published voice is."""
    data = utterance.options.get("voice_data")
    return data if isinstance(data, Mapping) and data.get("kind") == "reference" else {}


def language_folder(folder: Path) -> Path:
    """The language to load out of a set of weights. Raises EngineError where there is none."""
    found = sorted(path.parent for path in (folder / "languages").glob("*/model.safetensors"))
    if not found:
        raise EngineError(f"{folder} holds no languages/*/model.safetensors.")
    return next((path for path in found if path.name == FIRST_LANGUAGE), found[-1])


def local_config(folder: Path) -> dict[str, Any]:
    """The configuration of a language with files of this folder in the place of those on the hub.

    It is `config.yaml` in the folder, for weights of one's own, else the package's of the folder's name.
    """
    from pocket_tts.utils.config import CONFIGS_DIR

    own, packaged = folder / "config.yaml", CONFIGS_DIR / f"{folder.name}.yaml"
    path = own if own.is_file() else packaged
    if not path.is_file():
        raise EngineError(f"The package pocket-tts knows no language {folder.name!r}.")
    config: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    config.pop("weights_path_without_voice_cloning", None)
    config["weights_path"] = str(folder / "model.safetensors")
    config["flow_lm"]["lookup_table"] |= {
        "tokenizer_path": str(folder / "tokenizer.json"),
        "tokenizer": "tokenizers",
    }
    return config
