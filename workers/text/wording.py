"""From a written text to the words that are said, and from those back to where they are written."""

from __future__ import annotations

from collections.abc import Iterable

from workers.engines.base import Word

from .spoken import Spoken, normalise

_CLOSING = ".,;:!?…"


def worded(text: str, language: str) -> Spoken:
    """What an engine is to say for `text`: numbers, dates, money and the like in words, line ends as spaces."""
    return normalise(text.replace("\n", " "), language)


def as_written(words: Iterable[Word], said: Spoken, text: str) -> tuple[Word, ...]:
    """Words of the spoken text as words of the written one.

    Several words that stand for one written thing ("twelve dollars and fifty cents" for "$12.50") become one word that
    sounds as long as all of them.
    """
    written: list[Word] = []
    for word in words:
        start, end = said.source(word.char_start, word.char_end)
        # A date may have taken the sentence's full stop along; a word never carries one.
        end = start + (len(text[start:end].rstrip(_CLOSING)) or end - start)
        if written and (written[-1].char_start, written[-1].char_end) == (start, end):
            before = written.pop()
            written.append(Word(before.text, before.start, word.end, start, end))
        else:
            written.append(Word(text[start:end], word.start, word.end, start, end))
    return tuple(written)
