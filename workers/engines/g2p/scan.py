"""Cut text into words and the punctuation between them, keeping every word's place in the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

OPENING = frozenset("(“")
MARKS = {
    **{mark: mark for mark in ";:,.!?—…()“”"},
    **dict(zip("«»「」『』《》【】„‟", "“”“”“”“”“”““", strict=True)),
    **dict.fromkeys("。．｡।॥", "."),
    **dict.fromkeys("，、،､・", ","),
    **dict.fromkeys("～〜‥", "…"),
    **{"！": "!", "？": "?", "؟": "?", "：": ":", "；": ";", "؛": ";", "（": "(", "）": ")"},
    "–": "—",
    "―": "—",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
}
"""Punctuation that Kokoro knows, and what other marks are read as. Straight quotes are told apart while scanning."""

SILENT = frozenset("¿¡*_~`|\\^<>=#•·")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a punctuation mark (`mark` is how Kokoro writes it; "" in a word), at text[start:end]."""

    start: int
    end: int
    mark: str = ""


def scan(text: str) -> Iterator[Token]:
    """Words and marks in order; what is neither (emoji, stray symbols) is passed over."""
    start: int | None = None
    quote_open = False
    for index, char in enumerate(text):
        inside = start is not None
        if inside and _joins(text, index):
            continue
        mark = MARKS.get(char, "")
        if char == '"':
            mark = "”" if quote_open else "“"
            quote_open = not quote_open
        ends = bool(mark) or char.isspace() or char in SILENT or is_pictogram(char)
        if ends and start is not None:
            yield from _word(text, start, index)
            start = None
        if mark == "." and not _ends_sentence(text, index):
            continue
        if mark:
            yield Token(index, index + 1, mark)
        elif not ends and start is None:
            start = index
    if start is not None:
        yield from _word(text, start, len(text))


def is_pictogram(char: str) -> bool:
    """Emoji and their modifiers, dingbats, control and private characters: nothing to say."""
    category = unicodedata.category(char)
    return category in {"Cc", "Cf", "Cs", "Co", "Cn"} or (category in {"So", "Sk"} and ord(char) >= 0x2190)


def _joins(text: str, index: int) -> bool:
    """Whether the mark at `index` belongs to the word around it: 3.14, 1,000, 10:30, e.g, example.com."""
    if text[index] not in ".,:" or index + 1 >= len(text):
        return False
    before, after = text[index - 1], text[index + 1]
    if before.isdigit() and after.isdigit():
        return True
    return text[index] == "." and before.isalnum() and after.isalnum()


def _ends_sentence(text: str, index: int) -> bool:
    """False for the last point of an abbreviation inside a sentence: "e.g. this", "at 5 p.m. on"."""
    if index < 3 or text[index - 2] != "." or not text[index - 1].isalpha():
        return True
    after = text[index + 1 :].lstrip()[:1]
    return not (after.islower() or after.isdigit())


def _word(text: str, start: int, end: int) -> Iterator[Token]:
    """The word without apostrophes and hyphens hanging on its ends; nothing where no letter or digit is in it."""
    while start < end and text[start] in "'’‘-‐":
        start += 1
    while end > start and text[end - 1] in "'’‘-‐":
        end -= 1
    if any(char.isalnum() or char in "$€£¥%&@+°§" for char in text[start:end]):
        yield Token(start, end)
