"""Text to a string of phonemes in which every word's place is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .align import word_spans
from .eastasian import chinese, japanese
from .espeak import phonemes as espeak
from .scan import OPENING, Token, scan

LANGUAGES = {
    "en": "en-us",
    "en-gb": "en-gb",
    "es": "es",
    "fr": "fr-fr",
    "hi": "hi",
    "it": "it",
    "pt": "pt-br",
    "ko": "ko",
    "de": "de",
    "ru": "ru",
}
"""espeak's voice for a language; zh and ja have spellers of their own."""

_UNSPACED = {"zh": chinese, "ja": japanese}


@dataclass(frozen=True, slots=True)
class SpelledWord:
    """A word: where it is in the text, and where in the phonemes."""

    text: str
    char_start: int
    char_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spelled:
    """Phonemes with punctuation, only of symbols that were allowed, and the words in them. "" = nothing to say."""

    symbols: str
    words: tuple[SpelledWord, ...]


def spell(text: str, language: str, allowed: frozenset[str]) -> Spelled:
    """Spell `text` ("en", "en-gb", "zh" …; an unknown code raises KeyError). Symbols not in `allowed` are left out."""
    line = ""
    words: list[SpelledWord] = []
    for part in _parts(scan(text)):
        if isinstance(part, Token):
            if part.mark in OPENING:
                line = _spaced(line) + part.mark
            elif line and not line.endswith((" ", *OPENING)):
                line += part.mark
            continue
        line = _spaced(line)
        spelled, spans = _spell_run(text, part, language)
        kept = _kept(spelled, allowed)
        for (char_start, char_end), (start, end) in spans:
            first, last = len(line) + kept[start], len(line) + kept[end]
            words.append(SpelledWord(text[char_start:char_end], char_start, char_end, first, last))
        line += "".join(symbol for symbol in spelled if symbol in allowed)
    if not any(word.end > word.start for word in words):
        return Spelled("", ())
    return Spelled(line.rstrip(), tuple(words))


def _parts(tokens: Iterator[Token]) -> Iterator[Token | list[Token]]:
    """Runs of words between punctuation marks, and the marks."""
    run: list[Token] = []
    for token in tokens:
        if not token.mark:
            run.append(token)
            continue
        if run:
            yield run
            run = []
        yield token
    if run:
        yield run


def _spell_run(
    text: str, run: list[Token], language: str
) -> tuple[str, list[tuple[tuple[int, int], tuple[int, int]]]]:
    """A run's phonemes, and for each word ((char_start, char_end), (start, end) in the phonemes)."""
    if language in _UNSPACED:
        return _spell_unspaced(text, run, language)
    voice = LANGUAGES[language]
    surfaces = [text[word.start : word.end] for word in run]
    together = espeak(" ".join(surfaces), voice)
    alone = [espeak(surface, voice) for surface in surfaces]
    spans = word_spans(together, alone)
    return together, [((word.start, word.end), span) for word, span in zip(run, spans, strict=True)]


def _spell_unspaced(
    text: str, run: list[Token], language: str
) -> tuple[str, list[tuple[tuple[int, int], tuple[int, int]]]]:
    line, places = "", []
    for token in run:
        place = token.start
        for surface, spelled in _UNSPACED[language](text[token.start : token.end]):
            line = _spaced(line) if spelled else line
            places.append(((place, place + len(surface)), (len(line), len(line) + len(spelled))))
            line += spelled
            place += len(surface)
    return line, places


def _spaced(line: str) -> str:
    return line + " " if line and not line.endswith((" ", *OPENING)) else line


def _kept(spelled: str, allowed: frozenset[str]) -> list[int]:
    """How many symbols are kept before each place of `spelled` (one place more than it is long)."""
    counts = [0]
    for symbol in spelled:
        counts.append(counts[-1] + (symbol in allowed))
    return counts
