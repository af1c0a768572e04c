"""What is said for a text, and the way back from said words to written ones."""

from __future__ import annotations

import pytest

from workers.engines.base import Word
from workers.text.wording import as_written, worded


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


def test_line_ends_are_said_as_spaces_and_keep_their_place() -> None:
    text = "First line\nsecond line"
    assert worded(text, "en").text == "First line second line"
