"""GPT-SoVITS (package gsv-tts-lite 0.4.7): streams Chinese, Japanese and English in the voice of a recording.

The folder is laid out by the step of gptsovits_files.py. The words of the recording must be known: the model speaks on
from them. It wants a GPU, and runs on a CPU.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.stretch import stretched

from .base import AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance, Word
from .catalogue import base_language
from .gptsovits_files import ACOUSTICS, LANGUAGE_MODEL, missing
from .levels import silence
from .recorded import Heard, Recorded, as_wav, recorded, speakable
from .store import ModelUnavailable
from .torchaudio_cpu import torchaudio

NAME = "GPT-SoVITS"
NOTHING_SECONDS = 0.2
LANGUAGES = ("zh", "ja", "en")
"""What the package reads; it looks at the text itself where another language is said."""
NO_WORDS = f"{NAME} needs the words that are spoken in the recording: make the voice with its reference text."


class GPTSoVITS:
    """One loaded GPT-SoVITS, on the GPU where there is one.

    Raises ModelUnavailable where a file is missing: the package would fetch it.
    """

    reentrant = False
    at_once = 1

    def __init__(self, folder: Path) -> None:
        if lacking := missing(folder):
            raise ModelUnavailable(
                "gpt-sovits",
                "python manage.py models remove gpt-sovits && python manage.py models pull gpt-sovits",
                f"{folder} lacks {', '.join(lacking)}.",
            )
        torchaudio()
        import torch
        from gsv_tts import TTS

        # What it logs quotes the text, and it logs as the root logger.
        _quiet(module for name, module in sys.modules.items() if name.startswith("gsv_tts"))
        cuda = torch.cuda.is_available()
        self._model: Any = TTS(
            models_dir=str(folder), device="cuda" if cuda else "cpu", dtype=None if cuda else "float32"
        )
        self._model.load_gpt_model(str(folder / LANGUAGE_MODEL))
        self._model.load_sovits_model(str(folder / ACOUSTICS))
        self.sample_rate: int = self._model.samplerate
        self._voices: Heard[str] = Heard(forget=self._forget)

    def warm(self) -> None:
        """Nothing to do: it has no voice of its own to speak with."""

    def close(self) -> None:
        """Drop the model and all voices."""
        self._voices.clear()
        self._model = None

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Chunks of a second or so as the model makes them, with its words; other paces by stretching.

        The `voice_data` is a recording with its words. Cancelling is noticed between chunks. Raises CannotSpeak
        without a recording, and without its words.
        """
        voice = recorded(utterance, NAME)
        if not voice.text:
            raise CannotSpeak(NO_WORDS)
        if not speakable(utterance.text):
            yield AudioChunk(silence(NOTHING_SECONDS, self.sample_rate))
            return
        yield from stretched(self._made(utterance, voice, cancelled), self.sample_rate, utterance.speed)

    def _made(self, utterance: Utterance, voice: Recorded, cancelled: Cancelled) -> Iterator[AudioChunk]:
        language = base_language(utterance.language)
        places = _Places(utterance.text)
        stream = iter(())
        try:
            heard = self._voices.get(voice.key, lambda: self._heard(voice))
            stream = self._model.infer_stream(
                spk_audio_path=heard,
                prompt_audio_path=heard,
                prompt_audio_text=voice.text,
                text=utterance.text,
                text_language=language if language in LANGUAGES else "auto",
                return_subtitles=True,
                debug=False,
            )
            for clip in stream:
                if cancelled():
                    return
                samples = np.asarray(clip.audio_data, np.float32).reshape(-1)
                yield AudioChunk(samples, places.words(clip.subtitles, len(samples) / self.sample_rate))
        except (RuntimeError, ValueError, AssertionError, KeyError) as exc:
            raise EngineError(f"GPT-SoVITS failed: {exc}") from exc
        finally:
            # It clears up after itself when it is closed.
            getattr(stream, "close", lambda: None)()

    def _heard(self, voice: Recorded) -> str:
        """The name by which the package knows the recording: a file's, which is gone once it was heard."""
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "reference.wav"
            path.write_bytes(as_wav(voice.samples).getvalue())
            self._model.cache_spk_audio(str(path))
            self._model.cache_prompt_audio(str(path), voice.text)
        return str(path)

    def _forget(self, heard: str) -> None:
        self._model.del_spk_audio(heard)
        self._model.del_prompt_audio(heard)


class _Places:
    """Words out of the package's subtitles: each a few letters of the text with seconds from the start of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._heard = 0.0
        self._until = 0

    def words(self, subtitles: Sequence[Mapping[str, Any]], seconds: float) -> tuple[Word, ...]:
        """The words that begin in a chunk of so many seconds; one that was told before is not told again."""
        found = []
        for each in subtitles:
            start, end = int(each["orig_idx_start"]), int(each["orig_idx_end"])
            shown = self._text[start:end]
            if start < self._until or not speakable(shown):
                continue
            begin = min(max(float(each["start_s"]) - self._heard, 0.0), seconds)
            # The end of a chunk's last word is not known before the next chunk.
            last = each["end_s"]
            finish = seconds if last is None else max(begin, float(last) - self._heard)
            found.append(Word(shown, begin, finish, start, end))
            self._until = end
        self._heard += seconds
        return tuple(found)


def _quiet(modules: Any) -> None:
    """Give these modules loggers of their own in place of the root one, for errors alone."""
    logger = logging.getLogger("gsv_tts")
    logger.setLevel(logging.CRITICAL)
    for module in list(modules):
        if getattr(module, "logging", None) is logging:
            module.logging = logger
