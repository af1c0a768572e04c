"""From a written text to the words that are said, and from those back to where they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workers.engines.base import AudioChunk, Word

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


def chunks_as_written(
    chunks: Iterable[AudioChunk], sample_rate: int, said: Spoken, text: str
) -> Iterator[AudioChunk]:
    """The chunks, their words as `as_written` makes them.

    A written thing that is still being said when a chunk ends becomes a word of the chunk in which it is out; it began
    before that one, so its start is below zero.
    """
    held: list[Word] = []
    for chunk in chunks:
        words = [*held, *chunk.words]
        held = []
        while words and _goes_on(words[-1], held, said):
            held.insert(0, words.pop())
        yield AudioChunk(chunk.samples, as_written(words, said, text))
        seconds = len(chunk.samples) / sample_rate
        held = [replace(word, start=word.start - seconds, end=word.end - seconds) for word in held]


def _goes_on(word: Word, after: list[Word], said: Spoken) -> bool:
    """Whether a word is part of a written thing that is not yet out: by what is left of it, or as those after it."""
    if after:
        return said.source(word.char_start, word.char_end) == said.source(
            after[0].char_start, after[0].char_end
        )
    return any(map(str.isalnum, said.unsaid(word.char_end)))
