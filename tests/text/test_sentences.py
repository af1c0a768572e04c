"""Where text that is still being written may be cut."""

from __future__ import annotations

import pytest

from workers.text.sentences import complete_sentences

CASES = [
    ("", [], ""),
    ("Hello", [], "Hello"),
    (" there", [], "there"),
    ("Hello there! How", ["Hello there!"], "How"),
    ("How are you today?", ["How are you today?"], ""),
    ("Hello world. This is", ["Hello world."], "This is"),
    ("hello. how are", ["hello."], "how are"),
    ("One. Two! Three? Fo", ["One.", "Two!", "Three?"], "Fo"),
    ("It costs 3.", [], "It costs 3."),
    ("It costs 3.14 or 2.", [], "It costs 3.14 or 2."),
    ("It costs 3.14. ", ["It costs 3.14."], ""),
    ("Then Dr.", [], "Then Dr."),
    ("Then Dr. Smith came. He", ["Then Dr. Smith came."], "He"),
    ("Fruit, e.g.", [], "Fruit, e.g."),
    ('She said "Go."', ['She said "Go."'], ""),
    ("a word and a space ", [], "a word and a space "),
    ("你好。你", ["你好。"], "你"),
]


@pytest.mark.parametrize(("buffer", "sentences", "rest"), CASES)
def test_cuts(buffer: str, sentences: list[str], rest: str) -> None:
    assert complete_sentences(buffer) == (sentences, rest)


def test_the_documents_tokens_give_two_sentences() -> None:
    found, buffer = [], ""
    for token in ["Hello", " there", "! How", " are", " you", " today", "?"]:
        sentences, buffer = complete_sentences(buffer + token)
        found += sentences
    assert found == ["Hello there!", "How are you today?"]
    assert buffer == ""
