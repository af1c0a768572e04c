"""What is said for a text, and the way back from said words to written ones."""

from __future__ import annotations

import numpy as np
import pytest

from workers.engines.base import AudioChunk, Word
from workers.text.wording import as_written, chunks_as_written, worded


def said_words(text: str) -> list[Word]:
    """Each spoken word for one second, as an engine would give them."""
    words, place = [], 0
    for number, word in enumerate(text.split()):
        start = text.index(word, place)
        place = start + len(word)
        bare = word.rstrip(".,!?")
        words.append(Word(bare, float(number), number + 1.0, start, start + len(bare)))
    return words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It costs $12.50 today.", ["It", "costs", "$12.50", "today"]),
        ("We met on 3 May.", ["We", "met", "on", "3 May"]),
        ("Call Dr. Smith at 14:30!", ["Call", "Dr", "Smith", "at", "14:30"]),
        ("Nothing to do here.", ["Nothing", "to", "do", "here"]),
    ],
)
def test_written_things_become_one_word_as_long_as_what_is_said(text: str, shown: list[str]) -> None:
    said = worded(text, "en")
    words = as_written(said_words(said.text), said, text)
    assert [word.text for word in words] == shown
    assert all(text[word.char_start : word.char_end] == word.text for word in words)
    assert words[-1].end == len(said.text.split())


@pytest.mark.parametrize("seconds", [1, 2, 3, 50])
def test_a_written_thing_that_sounds_over_several_chunks_is_one_word(seconds: int) -> None:
    text = "It costs $12.50 on 3 May, Dr. Smith."
    said = worded(text, "en")
    words = said_words(said.text)
    chunks = [
        AudioChunk(
            np.zeros(seconds, np.float32),
            tuple(
                Word(word.text, word.start - at, word.end - at, word.char_start, word.char_end)
                for word in words
                if at <= word.start < at + seconds
            ),
        )
        for at in range(0, len(words), seconds)
    ]
    found = [
        (word.text, word.start + number * seconds, word.end + number * seconds)
        for number, chunk in enumerate(chunks_as_written(chunks, 1, said, text))
        for word in chunk.words
    ]
    assert found == [(word.text, word.start, word.end) for word in as_written(words, said, text)]


def test_line_ends_are_said_as_spaces_and_keep_their_place() -> None:
    text = "First line\nsecond line"
    assert worded(text, "en").text == "First line second line"
