"""A cleaned text says the same and holds nothing that trips an engine; a bad one is explained."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.text.clean import clean, cleaned, problem, speakable

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  Hello,   world. ", "Hello, world."),
        ("a\tb", "a b"),
        ("a\x00b\x07c\x1b", "a b c"),
        ("\ufeffHel\u200blo\u00ad\u2060", "Hello"),
        ("one\u00a0two\u3000three", "one two three"),
        ("cafe\u0301", "café"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\n\n\n \n two", "one\n\ntwo"),
        ("one \n two", "one\ntwo"),
        ("one\u2029two\u2028three", "one\n\ntwo\nthree"),
        ("a\ud800b", "a b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\u200db\u200cc", "abc"),
        ("a\u202eb\u2066c", "abc"),
        ("x" + "\u0301" * 10_000, None),
        ("", ""),
        (" \n\t ", ""),
    ],
)
def test_clean(raw: str, cleaned: str | None) -> None:
    assert clean(raw) == cleaned if cleaned is not None else len(clean(raw)) < 20


@given(ANY_TEXT)
def test_cleaning_is_done_after_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in once if c != "\n")
    assert once == once.strip()
    assert "  " not in once
    assert "\n\n\n" not in once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(st.characters(categories=["L", "N"])))
def test_letters_and_digits_survive(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("raw", "word", "written"),
    [
        ("Hello world", "world", "world"),
        ("  Hello,   big   world. ", "world", "world"),
        ("one\r\ntwo\r\nthree", "three", "three"),
        ("one\r\ntwo", "e\nt", "e\r\nt"),
        ("\ufeffHel\u200blo\u00ad there", "Hello", "Hel\u200blo"),
        ("cafe\u0301 au lait", "café", "cafe\u0301"),
        ("cafe\u0301 au lait", "lait", "lait"),
        ("e\u0301te\u0301", "té", "te\u0301"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af 말", "글", "\u1100\u1173\u11af"),
        ("a\u2029b c", "b", "b"),
        ("a\u2029b c", "c", "c"),
        ("x\u0958 y", "y", "y"),
        ("a\x00b\x07 c", "b", "b"),
        ("x" + "\u0301" * 100 + " end", "end", "end"),
    ],
)
def test_the_way_back_from_a_cleaned_text(raw: str, word: str, written: str) -> None:
    back = cleaned(raw)
    start = back.text.index(word)
    left, right = back.place(start, start + len(word))
    assert raw[left:right] == written


@given(
    st.one_of(ANY_TEXT, st.text(alphabet=" \n\r\t\u200b\u00ade\u0301a\u2029\u1100\u1161\u11a8Å\u212b\u0958."))
)
def test_every_word_leads_back_to_where_it_was_made_of(text: str) -> None:
    back = cleaned(text)
    assert back.text == clean(text)
    last = 0
    for word in re.finditer(r"\S+", back.text):
        left, right = back.place(*word.span())
        assert last <= left < right <= len(text)
        assert clean(text[left:right]).split() == [word.group()]
        last = right
    assert back.place(-5, 10**6) == ((0, len(text)) if back.text == text else back.place(0, len(back.text)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\x00b", "NUL"),
        ("a\ud800b", "surrogate"),
        ("", "empty"),
        (" \n\t\u3000", "empty"),
        ("...!?", "nothing to speak"),
        ("😀", "nothing to speak"),
        ("\u200b\ufeff", "nothing to speak"),
    ],
)
def test_problems_are_named(text: str, says: str) -> None:
    found = problem(text)
    assert found is not None
    assert says in found


@pytest.mark.parametrize("text", ["Hello.", "7", "你好", "مرحبا", "a\x07", "½", "😀 ok", "a\tb\nc"])
def test_fine_texts_have_no_problem(text: str) -> None:
    assert problem(text) is None
    assert speakable(clean(text))


@pytest.mark.parametrize(
    "text",
    [
        "a\u0327\u0301" * 50_000,
        "a" + "\u0327\u0301" * 50_000,
        "\u200d" * 100_000,
        " \n" * 50_000,
        "\r" * 100_000,
    ],
)
def test_hostile_texts_clean_in_no_time(text: str) -> None:
    began = time.monotonic()
    clean(text)
    cleaned(text)
    problem(text)
    assert time.monotonic() - began < 5
