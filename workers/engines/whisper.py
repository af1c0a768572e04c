"""OpenAI's Whisper on CTranslate2 (package faster-whisper 1.2.1), in int8: speech to text in about a hundred languages.

The folder has model.bin, config.json, tokenizer.json and vocabulary.txt; nothing is ever downloaded.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as WhisperSegment

from .base import Audio, Cancelled, EngineError
from .kinds import HeardWord, Hearing, Segment

# It tells of every piece that it hears.
logging.getLogger("faster_whisper").setLevel(logging.WARNING)

SAMPLE_RATE = 16_000
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# Whisper's own names for what has another code in ISO 639-1, and what a model that lacks one takes instead.
_ITS_NAMES = {"jv": "jw", "nb": "no", "fil": "tl"}
_RELATED = {"yue": "zh"}
_ISO = {"jw": "jv"}


class Whisper:
    """One loaded Whisper of any size. Calls from several threads take turns inside it."""

    reentrant = True
    sample_rate = SAMPLE_RATE

    def __init__(self, folder: Path, threads: int = 1) -> None:
        if not (folder / "tokenizer.json").is_file():
            # Without it the package would ask a hub.
            raise FileNotFoundError(f"{folder} has no tokenizer.json.")
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )

    def warm(self) -> None:
        """Listen to half a second of nothing."""
        nothing = np.zeros(SAMPLE_RATE // 2, np.float32)
        segments, _ = self._model.transcribe(nothing, language="en", temperature=[0.0], max_new_tokens=1)
        list(segments)

    def close(self) -> None:
        """Give the model's memory back; a next call loads it again."""
        self._model.model.unload_model()

    def language_of(self, samples: Audio) -> tuple[str, float]:
        """(ISO 639-1, probability) of the first half minute of `samples`; cut off silence at the start before.

        Below 0.5 it is little more than a guess. A model for English alone answers ("en", 1.0).
        """
        if not self._model.model.is_multilingual:
            return "en", 1.0
        try:
            language, probability, _ = self._model.detect_language(samples[: 30 * SAMPLE_RATE])
        except RuntimeError as exc:
            raise EngineError(f"Whisper failed: {exc}") from exc
        return _ISO.get(language, language), float(probability)

    def hear(self, samples: Audio, hearing: Hearing, cancelled: Cancelled) -> Iterator[Segment]:
        """Segments of mono float32 samples (n,) at 16 kHz, each as soon as its half minute is done.

        What was heard before does not go into what is heard next, which keeps Whisper from repeating itself.
        Memory grows by 0.1 MB a second of `samples`: give it minutes, no hours. Raises EngineError.
        """
        try:
            segments, _ = self._model.transcribe(
                np.ascontiguousarray(samples, np.float32),
                language=self._named(hearing.language),
                task="translate" if hearing.translate else "transcribe",
                beam_size=1 if hearing.quick else 5,
                temperature=[hearing.temperature] if hearing.temperature or hearing.quick else _TEMPERATURES,
                initial_prompt=hearing.prompt or None,
                hotwords=", ".join(hearing.phrases) or None,
                condition_on_previous_text=False,
                word_timestamps=hearing.words,
            )
            for segment in segments:
                if cancelled():
                    return
                yield _ours(segment)
        except (RuntimeError, ValueError) as exc:
            raise EngineError(f"Whisper failed: {exc}") from exc

    def _named(self, language: str | None) -> str | None:
        """The language by the name this model has for it; None: it finds out itself."""
        if language is None or not self._model.model.is_multilingual:
            return language and "en"
        for code in (_ITS_NAMES.get(language, language), _RELATED.get(language)):
            if code and self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None:
                return code
        raise EngineError(f"This Whisper does not know the language {language!r}.")


def _ours(segment: WhisperSegment) -> Segment:
    return Segment(
        start=float(segment.start),
        end=float(segment.end),
        text=segment.text,
        words=tuple(
            HeardWord(word.word.strip(), float(word.start), float(word.end), float(word.probability))
            for word in segment.words or ()
            if word.word.strip()
        ),
        tokens=tuple(segment.tokens),
        avg_logprob=float(segment.avg_logprob),
        compression_ratio=float(segment.compression_ratio),
        no_speech_prob=float(segment.no_speech_prob),
        temperature=float(segment.temperature or 0.0),
    )
