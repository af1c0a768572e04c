"""Texts are cut where a reader would breathe, nothing is lost, and no text makes it slow."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.text.clean import clean
from workers.text.split import REST, Piece, opening, segments, split, stretch_ends

SENTENCES = [
    ("en", "The value of pi is 3.14 or so. Next one.", ["The value of pi is 3.14 or so.", "Next one."]),
    ("en", "Dr. Smith met Mrs. Jones. They talked.", ["Dr. Smith met Mrs. Jones.", "They talked."]),
    ("en", "Use a word, e.g. this one, i.e. that. Good.", ["Use a word, e.g. this one, i.e. that.", "Good."]),
    ("en", "He lives in the U.S. now. She does not.", ["He lives in the U.S. now.", "She does not."]),
    ("en", "Wait... what? No!", ["Wait... what?", "No!"]),
    (
        "en",
        "See https://example.com/a.b?c=1.5&d. Then go.",
        ["See https://example.com/a.b?c=1.5&d.", "Then go."],
    ),
    ("en", "Really?! Yes.", ["Really?!", "Yes."]),
    ("en", '"Stop!" he cried. "Why?" she said.', ['"Stop!" he cried.', '"Why?" she said.']),
    ("en", "“Come here.” She left.", ["“Come here.”", "She left."]),
    ("en", "J. K. Rowling wrote it. I read it.", ["J. K. Rowling wrote it.", "I read it."]),
    ("en", "It costs $4.50 at 5 p.m. on Jan. 3. Buy it.", ["It costs $4.50 at 5 p.m. on Jan. 3.", "Buy it."]),
    ("en", "1. First item. 2. Second item.", ["1. First item.", "2. Second item."]),
    ("en", "- first\n- second", ["- first", "- second"]),
    ("en", "A title\n\nA paragraph.", ["A title", "A paragraph."]),
    (
        "de",
        "Das ist z.B. gut. Am 3. Januar kam Dr. Müller.",
        ["Das ist z.B. gut.", "Am 3. Januar kam Dr. Müller."],
    ),
    ("zh", "你好。今天天气怎么样？！很好。", ["你好。", "今天天气怎么样？！", "很好。"]),
    ("ja", "これはペンです。はい！そう。", ["これはペンです。", "はい！", "そう。"]),
    ("ar", "كيف حالك؟ أنا بخير، شكرا. نعم!", ["كيف حالك؟", "أنا بخير، شكرا.", "نعم!"]),
    ("ar", "جاء د. أحمد اليوم. ثم ذهب.", ["جاء د. أحمد اليوم.", "ثم ذهب."]),
    ("ar", "قال أ.د. محمد ذلك. نعم.", ["قال أ.د. محمد ذلك.", "نعم."]),
    ("ar", "كان ذلك عام 300 ق.م. في مصر. نعم.", ["كان ذلك عام 300 ق.م. في مصر.", "نعم."]),
    ("hi", "नमस्ते। आप कैसे हैं?", ["नमस्ते।", "आप कैसे हैं?"]),
    ("xx", "Unknown language. It works.", ["Unknown language.", "It works."]),
]


@pytest.mark.parametrize(("language", "text", "pieces"), SENTENCES)
def test_sentences(language: str, text: str, pieces: list[str]) -> None:
    assert [piece.text for piece in split(text, language, target_chars=0)] == pieces


def test_short_sentences_are_spoken_together() -> None:
    pieces = split("No. Yes. Well. " * 30, target_chars=100)
    assert all(80 < len(piece.text) <= 100 for piece in pieces[:-1])


def test_a_very_short_sentence_does_not_stand_beside_a_long_one() -> None:
    long = "This is a sentence that goes on and on about " + "many things and " * 8 + "ends."
    assert [piece.text for piece in split(f"{long} No.")] == [f"{long} No."]


def test_paragraphs_are_not_run_together() -> None:
    pieces = split("One.\n\nTwo.\n\nThree.")
    assert [(piece.text, piece.pause) for piece in pieces[:2]] == [
        ("One.", "paragraph"),
        ("Two.", "paragraph"),
    ]


def test_wrapped_lines_are_one_sentence_and_short_lines_are_not() -> None:
    wrapped = "This text was wrapped at a fixed width by an editor\nand the sentence goes on in the line that follows it."
    assert len(split(wrapped, target_chars=0)) == 1
    assert len(split("Roses are red today\nViolets are blue today", target_chars=0)) == 2


def test_a_long_sentence_is_cut_at_clauses() -> None:
    text = "We went to the shop, " * 20 + "and then we came home."
    pieces = split(text, max_chars=150)
    assert all(piece.text.endswith(",") and piece.pause == "clause" for piece in pieces[:-1])
    assert all(50 <= len(piece.text) <= 150 for piece in pieces)


def test_without_clauses_it_is_cut_between_words() -> None:
    words = ["word"] * 200
    pieces = split(" ".join(words), max_chars=150)
    assert " ".join(piece.text for piece in pieces).split() == words
    assert {piece.pause for piece in pieces[:-1]} == {"none"}


@pytest.mark.parametrize("unit", ["👨‍👩‍👧", "🇩🇪", "e\u0301\u0327", "👍🏽", "한"])
def test_without_spaces_no_character_is_broken(unit: str) -> None:
    pieces = split(unit * 500, max_chars=50)
    assert all(len(piece.text) % len(unit) == 0 for piece in pieces)
    assert all(len(piece.text) <= 50 for piece in pieces)


def test_chinese_pieces_are_shorter_because_they_sound_longer() -> None:
    assert max(len(piece.text) for piece in split("今天天气很好，" * 100, "zh", max_chars=300)) <= 100


def test_punctuation_alone_goes_with_its_neighbour_or_is_known() -> None:
    pieces = split("Well done. !!! Next.\n\n* * *\n\nThe end.")
    assert [(piece.text, piece.speakable) for piece in pieces] == [
        ("Well done. !!! Next.", True),
        ("* * *", False),
        ("The end.", True),
    ]


def assert_whole(text: str, pieces: list[Piece]) -> None:
    """Every character is in a piece, or is white space between two."""
    at = 0
    for piece in pieces:
        assert text[at : piece.start].strip() == ""
        assert piece.text == text[piece.start : piece.end]
        assert piece.text
        assert piece.text == piece.text.strip()
        at = piece.end
    assert text[at:].strip() == ""


# fmt: off
SCRAPS = [
    "Dr. Smith", "3.14", "e.g.", "U.S.", "...", "?!", "“Oh.”", "word", "a", ",", ".", "!", "1.", "-", "—", " ", "\n", "\n\n", "\t",
    "これは。", "你好，", "مرحبا؟", "👨\u200d👩\u200d👧", "🇩🇪", "e\u0301", "https://a.b/c.d", "x" * 40, "\ud800",
]
# fmt: on
PROSE = st.lists(st.sampled_from(SCRAPS), max_size=120).map(" ".join)


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(PROSE, st.text(), st.text(alphabet=" \na.,🇩")),
    st.sampled_from(["en", "ja", "zh", "ar", "xx", ""]),
    st.integers(1, 80),
    st.integers(0, 80),
)
def test_nothing_is_lost(text: str, language: str, max_chars: int, target_chars: int) -> None:
    pieces = split(text, language, max_chars=max_chars, target_chars=target_chars)
    assert_whole(text, pieces)
    assert all(len(piece.text) <= max_chars for piece in pieces)


@settings(deadline=None)
@given(PROSE, st.integers(1, 400))
def test_segments_hold_every_piece_once_in_order(text: str, chars: int) -> None:
    groups = segments(text, "en", chars)
    assert all(groups)
    assert [piece for group in groups for piece in group] == split(text, "en")


def test_segments_are_of_about_equal_length() -> None:
    text = "This is a sentence of some length, and it says little. " * 400
    groups = segments(text, "en", 2000)
    lengths = [sum(len(piece.text) for piece in group) for group in groups]
    assert len(groups) == 11
    assert max(lengths) - min(lengths) < 400


def test_parts_of_a_text_rest_as_the_whole_does() -> None:
    """A part cut out between two pieces and split by itself gives the same pauses."""
    text = "One is here. " * 40 + "\n\n" + "Two is here. " * 40 + "\n\nEnd."
    whole = [piece.pause for piece in split(text)]
    groups = segments(text, "en", 200)
    ends = [group[0].start for group in groups[1:]] + [len(text)]
    parts = [
        piece.pause
        for group, end in zip(groups, ends, strict=True)
        for piece in split(text[group[0].start : end])
    ]
    assert parts == whole
    assert whole.count("paragraph") == 2
    assert whole[-1] == "sentence"


def test_paragraphs_end_their_last_piece_only() -> None:
    pieces = split(("One sentence here. " * 30).strip() + "\n\nEnd.")
    assert [piece.pause for piece in pieces[:-2]] == ["sentence"] * (len(pieces) - 2)
    assert pieces[-2].pause == "paragraph"


HOSTILE = {
    "dots": "." * 100_000,
    "letters": "a" * 100_000,
    "newlines": "\n" * 100_000,
    "spaces": "a" + " " * 99_998 + "b",
    "emoji": "😀" * 100_000,
    "flags": "🇩🇪" * 50_000,
    "families": "👨\u200d" * 50_000,
    "marks": "a" + "\u0301" * 99_999,
    "quotes": '"' * 100_000,
    "brackets": "(" * 100_000,
    "sentences": "Hello there, you. " * 5_555,
    "letters a line": "a\n" * 50_000,
    "letters a paragraph": "a\n\n" * 33_333,
    "japanese": "これは。" * 25_000,
    "japanese without end": "これは" * 33_333,
    "guillemets": "«a. " * 25_000,
    "commas": ", " * 50_000,
    "numbers": "1. " * 33_333,
    "abbreviations": "Dr. " * 25_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_slow(name: str) -> None:
    """A generous bound; what it guards against took a minute and more."""
    text = HOSTILE[name]
    began = time.monotonic()
    for each in (text, clean(text)):
        for language in ("en", "ja"):
            pieces = split(each, language)
            assert all(one.end <= two.start for one, two in pairwise(pieces))
            assert all(len(piece.text) <= 300 for piece in pieces)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("stretch", "ends"),
    [
        ("It rained. ", "sentence"),
        ("“Did it?” ", "sentence"),
        ("Chapter One\n", "sentence"),
        ("After the rain, ", "clause"),
        ("sleeping there quietly all ", "none"),
        ("下雨了。", "sentence"),
        ("雨停了，", "clause"),
        ("", "none"),
    ],
)
def test_what_the_end_of_a_stretch_is(stretch: str, ends: str) -> None:
    assert stretch_ends(stretch) == ends


@pytest.mark.parametrize(
    ("sentence", "first"),
    [
        (
            "The museum is closed on Mondays, but the garden stays always open.",
            "The museum is closed on Mondays,",
        ),
        ("Please hold the line while we look for your order right now.", "Please hold the line"),
        ("Turn left after the bridge and follow the river for two miles.", "Turn left after the bridge"),
        ("Yes, of course.", None),
        ("It is raining again.", None),
        ("Well, " + "this one goes on and on and on " * 6, None),
    ],
)
def test_the_first_breath_of_a_sentence(sentence: str, first: str | None) -> None:
    found = opening(sentence, "en")
    if first is None:
        if found is not None:
            assert len(sentence[found:]) <= REST * found
        assert found is None or sentence[:found] != "Well,"
    else:
        assert found is not None
        assert sentence[:found] == first
