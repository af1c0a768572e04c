"""Kokoro-82M v1.0 on onnxruntime: 54 voices, blends of them, native speed, word timings.

It comes in three forms with the same weights, chosen by KOKORO_FORM: `split`, fastest where the processor multiplies
bfloat16; `f32`, in onnxruntime alone; `int8`, with half the memory, but its rounded activations change pitch, timbre
and durations. `auto` (the default) is `split` where it pays and `f32` elsewhere. docs/engines.md has the figures.

Graph (prepared by derive.py): `tokens` int64 (1, n + 2) with a 0 at both ends, n ≤ 510; `style` float32 (1, 256);
`speed` and `f0_scale` float32 (1,), by which pace and pitch are multiplied. Answers `audio` float32 (samples,) at
24 kHz and `duration` int64 (1, n + 2) in frames of 600 samples. The alphabet is the one in the package kokoro-onnx.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from kokoro_onnx.config import DEFAULT_VOCAB
from numpy.typing import NDArray

from .base import AudioChunk, Cancelled, CannotSpeak, EngineError, Utterance, Word
from .catalogue import base_language
from .derive import KOKORO_FLOAT, KOKORO_GRAPH, KOKORO_NAMES, KOKORO_VOICES
from .g2p import LANGUAGES, Spelled, SpelledWord, spell
from .gains import gain_of, raised
from .kokoro_change import Change, change_of
from .kokoro_split import Split, Whole, is_worth_it
from .levels import silence, trimmed

MODEL = "kokoro"
SAMPLE_RATE = 24_000
MAX_TOKENS = 510
FRAME_SECONDS = 600 / SAMPLE_RATE
WORD_SHIFT = 0.04
"""Seconds that words sound earlier than the durations say.

Measured two ways on 4 voices. Onsets of sound after a silence (33 words) come 40 ms before the duration's start, tenth
to ninetieth percentile 16 to 75 ms. Against Whisper base (12 sentences, 128 words) starts are 150 ms late, but so are
the starts of Piper, whose alignment is exact, by 113 ms: Whisper itself is early there, and 40 ms remain.
"""
TIMBRE = 128
"""So many numbers of a style are the voice's timbre; the others are its melody and pace."""
SPEEDS = (0.5, 2.0)
NOTHING_SECONDS = 0.2
"""Silence for a text with nothing to say."""

WHOLE = {"f32": KOKORO_FLOAT, "int8": KOKORO_GRAPH}
"""The forms that are one graph, and its file."""
FORMS = ("auto", "split", *WHOLE)
"""What KOKORO_FORM may say."""

Style = NDArray[np.float32]

_ALPHABET = frozenset(DEFAULT_VOCAB)
_MARKS = frozenset(';:,.!?—…"()“”')
_BLEND_PART = re.compile(r"\s*(\w+)\s*(?:\(\s*(\d+(?:\.\d+)?)\s*\))?\s*")


class Kokoro:
    """One loaded Kokoro. `speak` may run on several threads at once; they share the session's `threads`.

    `form` is one of FORMS; None: what KOKORO_FORM says. Raises EngineError where it is neither.
    """

    sample_rate = SAMPLE_RATE
    reentrant = True
    at_once = 1

    def __init__(self, folder: Path, threads: int = 1, form: str | None = None) -> None:
        form = chosen(form)
        self._graph: Split | Whole = (
            Split(folder, threads) if form == "split" else Whole(folder / WHOLE[form], threads)
        )
        names = json.loads((folder / KOKORO_NAMES).read_text())
        # Mapped, not read: all workers of a machine share the pages, and only the rows in use are loaded.
        table = np.load(folder / KOKORO_VOICES, mmap_mode="r")
        self.voices: dict[str, Style] = dict(zip(names, table, strict=True))
        self.piece_tokens = MAX_TOKENS
        """The most phonemes spoken in one go; fewer give shorter chunks and more cuts."""
        self._blend = lru_cache(maxsize=32)(self._blended)

    def warm(self) -> None:
        """Load the G2P and let the runtimes plan their memory."""
        for _ in self.speak(Utterance("Ready.", next(iter(self.voices)), "en"), lambda: False):
            pass

    def close(self) -> None:
        """Drop the graph and the mapped voices."""
        self._blend.cache_clear()
        self.voices = {}
        del self._graph

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """One chunk for every 510 phonemes (about 25 s), cut at sentences, clauses or spaces, whichever serves.

        `voice` is a name or a blend ("af_bella+af_sky", weighted "af_bella(2)+af_sky(1)"). A text with nothing to say
        gives a short silence. `options["voice_data"]` changes the voice (a saved one, made by cloning.build_voice: see
        kokoro_change). Stops within a moment of `cancelled`, in the middle of a sentence too. Raises CannotSpeak for an
        unknown voice or language, a speed outside 0.5 to 2, and a change that cannot be.
        """
        table, gain = self._blend(utterance.voice)
        language = _language(utterance)
        if not SPEEDS[0] <= utterance.speed <= SPEEDS[1]:
            raise CannotSpeak(
                f"Kokoro speaks at speeds from {SPEEDS[0]} to {SPEEDS[1]}, not {utterance.speed}."
            )
        change = change_of(utterance)
        if change.intonation:
            melody, _ = self._blend(change.intonation)
            table = np.hstack((table[:, :TIMBRE], melody[:, TIMBRE:]))
        spelled = spell(utterance.text, language, _ALPHABET)
        if not spelled.symbols:
            yield AudioChunk(silence(NOTHING_SECONDS, SAMPLE_RATE))
            return
        for piece in pieces(spelled, self.piece_tokens):
            if cancelled():
                return
            try:
                chunk = self._say(piece, table, utterance.speed, change, cancelled)
            except EngineError:
                if cancelled():
                    return
                raise
            yield AudioChunk(raised(chunk.samples, gain), chunk.words)

    def _say(
        self, piece: Spelled, table: Style, speed: float, change: Change, cancelled: Cancelled
    ) -> AudioChunk:
        pace, pitch = change.asked(speed)
        tokens = [DEFAULT_VOCAB[symbol] for symbol in piece.symbols]
        feed = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": table[len(tokens) - 1][None, :],
            "speed": np.array([pace], np.float32),
            "f0_scale": np.array([pitch], np.float32),
        }
        try:
            audio, durations = self._graph.run(feed, cancelled)
        except Exception as exc:
            raise EngineError(f"Kokoro failed: {exc}") from exc
        samples = change.made(np.asarray(audio, np.float32).reshape(-1), SAMPLE_RATE)
        frame = FRAME_SECONDS / change.resonance
        ends = np.cumsum(np.asarray(durations).reshape(-1)) * frame - WORD_SHIFT
        # Token i of the piece is token i + 1 of the graph, so it begins where token i of the graph ends.
        words = tuple(
            Word(
                word.text,
                float(ends[_onset(piece.symbols, word.start)]),
                float(ends[word.end]),
                word.char_start,
                word.char_end,
            )
            for word in piece.words
        )
        return trimmed(samples, words, SAMPLE_RATE)

    def _blended(self, expression: str) -> tuple[Style, float]:
        """The style table (510, 256) of a voice or a blend, and its gain in decibels; weights are relative."""
        shares: list[tuple[str, float]] = []
        for part in expression.split("+"):
            match = _BLEND_PART.fullmatch(part)
            if match is None or match[1] not in self.voices:
                raise CannotSpeak(
                    f"Kokoro has no voice {part.strip()!r}. GET /v1/voices/?model=kokoro lists them."
                )
            shares.append((match[1], float(match[2] or 1.0)))
        total = sum(weight for _, weight in shares)
        if total <= 0:
            raise CannotSpeak(f"The blend {expression!r} has no weight above 0.")
        table = sum(self.voices[name] * np.float32(weight / total) for name, weight in shares)
        gain = sum((gain_of(MODEL, name) or 0.0) * weight / total for name, weight in shares)
        return np.asarray(table, np.float32), gain


def chosen(form: str | None = None) -> str:
    """`split`, `f32` or `int8`: what a form of FORMS, or else KOKORO_FORM, comes to on this machine.

    Raises EngineError for another.
    """
    form = form or os.environ.get("KOKORO_FORM") or "auto"
    if form not in FORMS:
        raise EngineError(f"KOKORO_FORM must be {', '.join(FORMS[:-1])} or {FORMS[-1]}, not {form!r}.")
    if form == "auto":
        return "split" if is_worth_it() else "f32"
    return form


def _onset(symbols: str, start: int) -> int:
    """The token a word begins with: inside a clause the space before it, which is no pause but the word's own onset."""
    inside = start > 1 and symbols[start - 1] == " " and symbols[start - 2] not in _MARKS
    return start - 1 if inside else start


def _language(utterance: Utterance) -> str:
    """The G2P's language code: British where the customer or the (first) voice says so."""
    code = utterance.language.replace("_", "-").lower()
    base = base_language(code)
    if base == "en":
        british = code in {"en-gb", "en-uk"} or (code == "en" and utterance.voice.strip().startswith("b"))
        return "en-gb" if british else "en"
    if base in LANGUAGES or base in {"zh", "ja"}:
        return base
    raise CannotSpeak(f"Kokoro does not speak {utterance.language!r}.")


def pieces(spelled: Spelled, limit: int = MAX_TOKENS) -> Iterator[Spelled]:
    """Cut what is too long for the model: after a sentence, else after a clause, else at a space, else anywhere."""
    start, symbols = 0, spelled.symbols
    while start < len(symbols):
        end = len(symbols) if len(symbols) - start <= limit else start + _cut(symbols[start : start + limit])
        while start < end and symbols[start] == " ":
            start += 1
        words = tuple(
            SpelledWord(
                word.text,
                word.char_start,
                word.char_end,
                max(word.start - start, 0),
                min(word.end, end) - start,
            )
            for word in spelled.words
            if start <= word.start < end or (word.start == end == len(symbols))
        )
        if symbols[start:end].strip():
            yield Spelled(symbols[start:end].rstrip(), words)
        start = end


def _cut(window: str) -> int:
    """Where to cut a full window: the last good place in its later part."""
    for marks, earliest in ((".!?…", 0.4), (",;:—", 0.4)):
        places = [
            index + 1
            for index in range(len(window) - 1)
            if window[index] in marks and window[index + 1] == " "
        ]
        if places and places[-1] >= earliest * len(window):
            return places[-1]
    space = window.rfind(" ")
    return space + 1 if space > 0 else len(window)
