"""FunASR's SenseVoice on sherpa-onnx (2.0.1): Chinese, Cantonese, English, Japanese and Korean, fast.

The folder has model.int8.onnx and tokens.txt. It hears half a minute at a time and gives one segment for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .base import Audio, Cancelled, EngineError
from .kinds import HeardWord, Hearing, Segment

SAMPLE_RATE = 16_000
LANGUAGES = ("zh", "yue", "en", "ja", "ko")
_SPACED = ("en", "ko")
_WINDOW = 30 * SAMPLE_RATE
_LAST_TOKEN_SECONDS = 0.25


class SenseVoice:
    """One loaded SenseVoice. It finds the language out, unless one is named: that costs loading it again, once."""

    reentrant = False
    sample_rate = SAMPLE_RATE

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._folder, self._threads = folder, threads
        self._named = "auto"
        self._model = self._loaded("auto")

    def warm(self) -> None:
        """Listen to half a second of nothing."""
        self._result(np.zeros(SAMPLE_RATE // 2, np.float32))

    def close(self) -> None:
        self._model = None

    def language_of(self, samples: Audio) -> tuple[str, float]:
        """(ISO 639-1 or yue, 1.0) of the first half minute; ("", 0.0) where it heard none. It knows no shades."""
        language = _code(self._result(samples[:_WINDOW]).lang)
        return (language, 1.0) if language else ("", 0.0)

    def hear(self, samples: Audio, hearing: Hearing, cancelled: Cancelled) -> Iterator[Segment]:
        """One segment for each half minute. It neither translates nor takes a prompt. Raises EngineError."""
        if hearing.translate:
            raise EngineError("SenseVoice does not translate.")
        self._listen_for(hearing.language if hearing.language in LANGUAGES else "auto")
        for first in range(0, len(samples), _WINDOW):
            if cancelled():
                return
            block = samples[first : first + _WINDOW]
            result = self._result(block)
            language = hearing.language or _code(result.lang)
            if not result.text.strip():
                continue
            begin, seconds = first / SAMPLE_RATE, len(block) / SAMPLE_RATE
            words = words_of(list(result.tokens), list(result.timestamps), seconds, begin)
            yield Segment(
                start=words[0].start if words else begin,
                end=words[-1].end if words else begin + seconds,
                text=f"{' ' if language in _SPACED else ''}{result.text.strip()}",
                words=words if hearing.words else (),
            )

    def _listen_for(self, language: str) -> None:
        if language != self._named:
            self._model, self._named = self._loaded(language), language

    def _loaded(self, language: str) -> Any:
        import sherpa_onnx

        return sherpa_onnx.OfflineRecognizer.from_sense_voice(
            model=str(self._folder / "model.int8.onnx"),
            tokens=str(self._folder / "tokens.txt"),
            num_threads=self._threads,
            use_itn=True,
            language=language,
        )

    def _result(self, samples: Audio) -> Any:
        try:
            stream = self._model.create_stream()
            stream.accept_waveform(SAMPLE_RATE, np.ascontiguousarray(samples, np.float32))
            self._model.decode_stream(stream)
        except RuntimeError as exc:
            raise EngineError(f"SenseVoice failed: {exc}") from exc
        return stream.result


def words_of(
    tokens: Sequence[str], starts: Sequence[float], seconds: float, begin: float = 0.0
) -> tuple[HeardWord, ...]:
    """Words out of the tokens and the seconds at which they start; a token that begins with a space begins a word.

    Characters of Chinese and Japanese are words of their own. `seconds` is the length of what was heard, `begin` where
    it begins.
    """
    ends = [*starts[1:], min(seconds, starts[-1] + _LAST_TOKEN_SECONDS)] if starts else []
    words: list[HeardWord] = []
    for token, start, end in zip(tokens, starts, ends, strict=False):
        shown = token.replace("▁", " ")
        if not shown.strip():
            continue
        goes_on = words and shown[0].isascii() and words[-1].text[-1].isascii() and not shown.startswith(" ")
        mark = not any(char.isalnum() for char in shown)
        if words and (goes_on or mark):
            last = words[-1]
            words[-1] = HeardWord(last.text + shown.strip(), last.start, begin + end)
        else:
            words.append(HeardWord(shown.strip(), begin + start, begin + end))
    return tuple(words)


def _code(mark: str) -> str:
    """ "en" of "<|en|>"; "" for anything that is no language."""
    code = mark.strip("<|>")
    return code if code in LANGUAGES else ""
