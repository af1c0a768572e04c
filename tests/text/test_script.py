"""From a text with KugelAudio's tags to lines to speak, and from spoken words back to the text."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.engines.base import Word
from workers.text.clean import clean
from workers.text.saying import say
from workers.text.script import MAX_REST, Line, script
from workers.text.spoken import Spoken
from workers.text.tags import Run, parse
from workers.text.wording import as_written

EMAIL = "My email is <spell>kajo@kugelaudio.com</spell>. Write to me!"


def lines(text: str, language: str = "en", **options: object) -> list[Line]:
    known: dict[str, object] = {"markup": True, "normalize": True, "max_chars": 220}
    return script(text, language, **(known | options))  # type: ignore[arg-type]


def said(line: Line, language: str = "en", *, markup: bool = True, normalize: bool = True) -> Spoken:
    return say(line.text, language, markup=markup, normalize=normalize, inside_spell=line.inside_spell)


def heard(text: str, language: str = "en", **options: object) -> list[tuple[str, float, float]]:
    """What is said, and at which rate, and the rest after it."""
    return [
        (said(line, language).text.strip() if line.speakable else "", line.rate, line.pause)
        for line in lines(text, language, **options)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. You!", [("Hello.", 1.0, 0.35), ("You!", 1.0, 0.35)]),
        ('Go <prosody rate="slow">on. Stop</prosody> it.', [("Go", 1.0, 0), ("on.", 0.9, 0.35), ("Stop", 0.9, 0), ("it.", 1.0, 0.35)]),
        ('<prosody rate="fast">Yes</prosody>, sir.', [("Yes,", 1.1, 0), ("sir.", 1.0, 0.35)]),
        ('I said <prosody rate="1.2">no</prosody>!', [("I said", 1.0, 0), ("no!", 1.2, 0.35)]),
        ('One<break time="400ms"/>two.', [("One", 1.0, 0.4), ("two.", 1.0, 0.35)]),
        ("One. <break/> Two.", [("One.", 1.0, 0.35), ("Two.", 1.0, 0.35)]),
        ('One.<break time="500ms"/>', [("One.", 1.0, 0.5)]),
        ('One <break time="500ms"/><break time="400ms"/> two.', [("One", 1.0, 0.9), ("two.", 1.0, 0.35)]),
        ("<break/>One.", [("", 1.0, 0.2), ("One.", 1.0, 0.35)]),
        ("<break/>", [("", 1.0, 0.2)]),
        ("Really, <emphasis>Dr. Smith</emphasis>?", [("Really, Doctor Smith?", 1.0, 0.35)]),
        ("un<emphasis>believ</emphasis>able", [("unbelievable", 1.0, 0.35)]),
        ("It cost $<emphasis>12.50</emphasis>.", [("It cost twelve dollars and fifty cents.", 1.0, 0.35)]),
        (EMAIL, [("My email is k, a, j, o, at, k, u, g, e, l, a, u, d, i, o, dot, c, o, m.", 1.0, 0.35), ("Write to me!", 1.0, 0.35)]),
        ("Code <spell>A1 B.</spell>2", [("Code A, one, B, dot two", 1.0, 0.35)]),
        ("It is <spell>AB. CD", [("It is A, B, dot, C, D", 1.0, 0.35)]),
        ("<spell>@</spell>", [("at", 1.0, 0.35)]),
        ("Say /həˈloʊ/ now.", [("Say /həˈloʊ/ now.", 1.0, 0.35)]),
        ("I <3 you <b>so</b>", [("I less than three you <b>so</b>", 1.0, 0.35)]),
        ("Here.\n\n* * *\n\nThere.", [("Here.", 1.0, 0.7), ("", 1.0, 0.7), ("There.", 1.0, 0.35)]),
        ("", []),
    ],
)  # fmt: skip
def test_lines(text: str, expected: list[tuple[str, float, float]]) -> None:
    assert heard(text) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "A, ät, Punkt"), ("fr", "A, arobase, point"), ("zh", "A，艾特，点")],
)
def test_signs_are_spelled_in_the_words_of_the_language(language: str, expected: str) -> None:
    assert heard("<spell>A@.</spell>", language)[0][0] == expected


def test_without_normalising_all_is_said_as_it_is_written() -> None:
    text = "Send $5 to\n<spell>a@b.c</spell> <break/>now."
    assert say(text, "en", markup=True, normalize=False).text == "Send $5 to a@b.c  now."
    assert [line.text for line in lines(text, normalize=False)] == ["Send $5 to", "a@b.c", "now."]


def test_without_markup_tags_are_text() -> None:
    (line,) = lines(EMAIL.split(". ")[0], markup=False, normalize=False)
    assert said(line, markup=False, normalize=False).text == EMAIL.split(". ")[0]


def test_the_first_line_is_short_and_the_others_are_whole() -> None:
    sentence = "We went to the shop on the corner, and then we walked all the way home along the river."
    first, second, third = lines(f"{sentence} {sentence}", max_chars=220, first_chars=60)
    assert (first.text, first.pause) == ("We went to the shop on the corner,", 0.15)
    assert second.text.endswith("river.")
    assert second.pause == 0.35
    assert third.text == sentence


def test_a_long_spelling_is_cut_and_still_spelled() -> None:
    text = "Key: <spell>" + "ABC123 " * 40 + "X</spell>. Done."
    parts = lines(text, max_chars=120)
    assert len(parts) > 4
    assert [part.inside_spell for part in parts[:3]] == [False, True, True]
    spoken = ", ".join(said(part).text.removeprefix("Key: ") for part in parts[:-1])
    assert spoken == ", ".join(["A, B, C, one, two, three"] * 40) + ", X."
    assert parts[-1].text == "Done."


def test_rates_hold_over_the_stretches_of_a_stream() -> None:
    rates: list[float] = []
    assert lines('Go <prosody rate="slow">on.', open_rates=rates)[-1].rate == 0.9
    assert lines("And on.", open_rates=rates)[0].rate == 0.9
    assert lines("And</prosody> on.", open_rates=rates)[-1].rate == 1.0


def test_breaks_in_a_row_have_a_limit() -> None:
    assert lines("One." + "<break/>" * 1000 + "Two.")[0].pause == MAX_REST


def engine_words(text: str) -> list[Word]:
    """Each spoken word for one second, as an engine would give them."""
    found = regex.finditer(r"[\w'@$.]*\w", text)
    return [Word(each.group(), float(n), n + 1.0, *each.span()) for n, each in enumerate(found)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (EMAIL, ["My", "email", "is", "kajo@kugelaudio.com", "Write", "to", "me"]),
        ('It <prosody rate="slow">costs $12.50</prosody> now.', ["It", "costs", "$12.50", "now"]),
        ("<spell>AB 12</spell> and<break/>Dr. <emphasis>Who</emphasis>", ["AB", "12", "and", "Dr", "Who"]),
        ("One\n<emphasis>line</emphasis>", ["One", "line"]),
    ],
)
def test_words_lead_back_to_the_text_with_its_tags(text: str, shown: list[str]) -> None:
    words: list[tuple[str, int, int]] = []
    for line in lines(text):
        spoken = said(line)
        words += [
            (word.text, line.start + word.char_start, line.start + word.char_end)
            for word in as_written(engine_words(spoken.text), spoken, line.text)
        ]
    assert [word for word, _, _ in words] == shown
    assert all(text[start:end] == word for word, start, end in words)


# fmt: off
SCRAPS = [
    "Dr. Smith", "3.14", "$5", " ", " ", "\n", "\n\n", "word", "Word.", "e.g.", "...", "?!", "“", "”", ",", ", ", "。", "这是，", "مرحبا؟",
    "<spell>", "</spell>", "<spell>a@b.c</spell>", "<spell> </spell>", "<spell>AB. CD", '<prosody rate="slow">', "</prosody>", "<break/>",
    '<break time="500ms"/>', "<emphasis>", "</emphasis>", "<", ">", "<b>", "👨\u200d👩\u200d👧", "e\u0301", "x" * 30, "\ud800", "@", "*",
]
# fmt: on
TAGGED = st.lists(st.sampled_from(SCRAPS), max_size=40).map("".join)


@settings(deadline=None, max_examples=80)
@given(
    st.one_of(TAGGED, TAGGED.map(clean), st.text(max_size=60)),
    st.sampled_from(["en", "zh", "xx"]),
    st.sampled_from([1, 12, 40, 220]),
    st.sampled_from([None, 3, 30]),
    st.booleans(),
    st.booleans(),
)
def test_every_character_that_sounds_is_in_one_line(
    text: str, language: str, max_chars: int, first_chars: int | None, markup: bool, normalize: bool
) -> None:
    cut = script(
        text, language, markup=markup, normalize=normalize, max_chars=max_chars, first_chars=first_chars
    )
    assert all(one.end <= two.start for one, two in pairwise(cut))
    covered = {place for line in cut for place in range(line.start, line.end)}
    runs = parse(text) if markup else [Run(text, 0, len(text))]
    for run in (part for part in runs if isinstance(part, Run)):
        for place, sign in enumerate(run.text, run.source_start):
            assert place in covered or sign.isspace()
    as_they_are = ""
    for line in cut:
        assert line.text == text[line.start : line.end]
        assert 0 <= line.pause <= MAX_REST
        spoken = said(line, language, markup=markup, normalize=normalize)
        assert line.speakable <= bool(spoken.text.strip())
        as_they_are += said(line, language, markup=markup, normalize=False).text
        for start in range(0, len(spoken.text), 5):
            left, right = spoken.source(start, start + 3)
            assert 0 <= left <= right <= len(line.text)
    runs_as_they_are = "".join(part.text for part in runs if isinstance(part, Run))
    assert "".join(as_they_are.split()) == "".join(runs_as_they_are.split())


@pytest.mark.parametrize(
    "text",
    [
        "<spell>" * 1500,
        "<spell>a</spell>" * 1500,
        "<spell>" + "🇩🇪" * 8000,
        '<prosody rate="slow">a</prosody>' * 700,
        "a<break/>" * 1000,
        ".<break/>" * 1000,
        "<emphasis>" * 2000,
    ],
)
def test_hostile_tags_are_not_slow(text: str) -> None:
    began = time.process_time()
    for line in lines(text, first_chars=90):
        said(line)
    assert time.process_time() - began < 10
