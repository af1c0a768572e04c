"""Subtitles show what is heard, when it is heard, in lines that can be read."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.engines.base import Word
from workers.text.subtitles import Cue, cues, to_srt, to_vtt

TEXT = (
    'Dr. Smith said: "Hello, everybody." Then he sat down – slowly – and told the long story of the ship, the storm '
    "and the island, which nobody believed at first. No. Really!"
)


def spoken(text: str, pace: float = 0.3, start: float = 0.0) -> list[Word]:
    """Words as an engine times them: without punctuation, one after the other."""
    words = []
    for index, match in enumerate(re.finditer(r"\w+(?:['’]\w+)*", text)):
        at = start + index * pace
        words.append(Word(match.group(), at, at + pace * 0.9, match.start(), match.end()))
    return words


def test_the_text_comes_back_whole_and_in_order() -> None:
    found = cues(spoken(TEXT), TEXT)
    assert " ".join(line for cue in found for line in cue.lines) == TEXT


def test_cues_end_with_sentences_not_with_abbreviations() -> None:
    found = cues(spoken(TEXT), TEXT)
    assert " ".join(found[0].lines) == 'Dr. Smith said: "Hello, everybody."'


def test_long_sentences_break_after_commas() -> None:
    text = "When the sun had set behind the hills of the far country, the people came out of their houses to look at the sky."
    found = cues(spoken(text), text)
    assert " ".join(found[0].lines).endswith("country,")


def test_lines_are_balanced_and_break_at_punctuation() -> None:
    text = "The committee met on Monday morning, but nobody came to it."
    (cue,) = cues(spoken(text, pace=0.2), text)
    assert cue.lines == ("The committee met on Monday morning,", "but nobody came to it.")


def test_times_are_those_of_the_words() -> None:
    text = "One two three four five. Six seven eight nine ten."
    words = spoken(text, start=2.0)
    first, second = cues(words, text)
    assert (first.start, second.start) == (words[0].start, words[5].start)
    assert first.end == words[4].end


def test_a_short_cue_stays_long_enough_to_read_where_there_is_room() -> None:
    (cue,) = cues([Word("Hi", 1.0, 1.2, 0, 2)], "Hi.")
    assert (cue.start, cue.end) == (1.0, 2.0)


def test_very_short_sentences_share_a_cue() -> None:
    found = cues(spoken("No. No. No. Yes.", pace=0.4), "No. No. No. Yes.")
    assert all(two.start - one.start >= 1.0 for one, two in pairwise(found))


def test_marks_before_the_first_and_after_the_last_word_are_kept() -> None:
    (cue,) = cues([Word("End", 0.0, 1.0, 2, 5)], "«\u00a0End. » !", "fr")
    assert cue.lines == ("« End. » !",)


def test_a_long_silence_ends_a_cue() -> None:
    words = [Word("before", 0.0, 0.5, 0, 6), Word("after", 5.0, 5.5, 7, 12)]
    first, second = cues(words, "before after")
    assert first.end <= 1.0
    assert second.start == 5.0


def test_chinese_needs_no_spaces() -> None:
    text = "今天天气很好，我们去散步。"
    words = [Word(c, i * 0.2, i * 0.2 + 0.2, i, i + 1) for i, c in enumerate(text) if c.isalpha()]
    (cue,) = cues(words, text, "zh")
    assert "".join(cue.lines) == text


def test_without_a_text_words_are_joined_by_spaces() -> None:
    words = [Word("Hello,", 0, 0.4, 0, 6), Word("world.", 0.4, 1.0, 7, 13), Word("Again.", 1.1, 2.0, 14, 20)]
    assert [cue.lines for cue in cues(words)] == [("Hello, world.",), ("Again.",)]


def test_nothing_said_is_no_cue() -> None:
    assert cues([]) == cues([], "text") == []
    assert to_srt([]) == ""
    assert to_vtt([]) == "WEBVTT\n\n"


WORDS = st.lists(
    st.tuples(st.text("abcäß你,.!? \n<>-&", min_size=0, max_size=60), st.floats(-1, 3), st.floats(-0.5, 8)),
    max_size=40,
)


@settings(deadline=None)
@given(WORDS, st.booleans())
def test_cues_never_overlap_and_fit_the_screen(said: list[tuple[str, float, float]], with_text: bool) -> None:
    words, text, clock = [], "", 0.0
    for word, gap, length in said:
        words.append(Word(word, clock + gap, clock + gap + length, len(text), len(text) + len(word)))
        text += word + " "
        clock += gap + length
    found = cues(words, text if with_text else None)
    for one, two in pairwise(found):
        assert one.start <= one.end <= two.start
    for cue in found:
        assert 0 <= cue.start <= cue.end
        assert cue.lines
        assert all(line and "\n" not in line for line in cue.lines)
    if with_text and found:
        assert "".join("".join(cue.lines) for cue in found).replace(" ", "") == "".join(text.split())


def test_srt() -> None:
    shown = to_srt([Cue(0.0, 1.5, ("Hello,", "world.")), Cue(3661.0005, 3662.9996, ("a --> b & c",))])
    assert shown == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello,\nworld.\n\n2\n01:01:01,000 --> 01:01:03,000\na → b & c\n\n"
    )


def test_vtt() -> None:
    shown = to_vtt([Cue(0.0, 1.5, ("<b>Tom</b> & I", "--> here"))])
    assert shown == "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n&lt;b&gt;Tom&lt;/b&gt; &amp; I\n--&gt; here\n\n"


@pytest.mark.parametrize("seconds", [0.0, 0.9996, 59.9999, 3599.9999, 360_000.0])
def test_clocks_carry_over(seconds: float) -> None:
    stamp = re.search(r"(\d{2,}):(\d\d):(\d\d)\.(\d{3}) -->", to_vtt([Cue(seconds, seconds + 1, ("a",))]))
    assert stamp is not None
    hours, minutes, rest, milliseconds = map(int, stamp.groups())
    assert minutes < 60
    assert rest < 60
    assert hours * 3600 + minutes * 60 + rest + milliseconds / 1000 == pytest.approx(seconds, abs=0.001)
