"""KugelAudio's tags do what its document says, whole or split over frames; what is no tag stays text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.text.tags import HELD_SPELL, HELD_TAG, Break, Run, TagBuffer, parse

TAGGED = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "/",
            "<spell>",
            "</spell>",
            '<break time="400ms"/>',
            '<prosody rate="slow">',
            "</prosody>",
            "a b",
            "1",
            "<sp",
            "ell>",
            "<b>",
            "spell",
            " ",
            "<break",
            "é",
            '"',
        ]
    ),
    max_size=30,
).map("".join)


def said(text: str) -> list[tuple[str, float, bool] | int]:
    return [
        part.ms if isinstance(part, Break) else (part.text, part.rate, part.spell) for part in parse(text)
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello", [("Hello", 1.0, False)]),
        ("", []),
        ("a <spell>b@c</spell> d", [("a ", 1.0, False), ("b@c", 1.0, True), (" d", 1.0, False)]),
        ("<SPELL>x</SPELL>", [("x", 1.0, True)]),
        ("<spell>x", [("x", 1.0, True)]),
        ("x</spell>y", [("x", 1.0, False), ("y", 1.0, False)]),
        ("<spell>a<break/>b</spell>", [("a<break/>b", 1.0, True)]),
        ('<prosody rate="slow">a</prosody>b', [("a", 0.9, False), ("b", 1.0, False)]),
        ('<prosody rate="fast">a', [("a", 1.1, False)]),
        ('<prosody rate="medium">a', [("a", 1.0, False)]),
        ('<prosody rate="0.85">a', [("a", 0.85, False)]),
        ("<prosody rate='1.2'>a", [("a", 1.2, False)]),
        ('<prosody rate="9">a', [("a", 1.2, False)]),
        ('<prosody rate="0">a', [("a", 0.8, False)]),
        ('<prosody rate="+10%">a', [("a", 1.1, False)]),
        ('<prosody rate="silly">a', [("a", 1.0, False)]),
        ('<prosody pitch="high">a', [("a", 1.0, False)]),
        (
            '<prosody rate="slow">a<prosody rate="fast">b</prosody>c</prosody>',
            [("a", 0.9, False), ("b", 1.1, False), ("c", 0.9, False)],
        ),
        ("a<break/>b", [("a", 1.0, False), 200, ("b", 1.0, False)]),
        ('<break time="200ms"/>', [200]),
        ('<break time="400ms"/>', [400]),
        ('<break time="0.5s"/>', [500]),
        ('<break time="2s"/>', [500]),
        ('<break time="310ms"/>', [400]),
        ('<break time="1ms">', [200]),
        ('<break strength="strong"/>', [500]),
        ("<break time=''/>", [200]),
        ("a < b > c", [("a < b > c", 1.0, False)]),
        ("<b>x</b>", [("<b>x</b>", 1.0, False)]),
        ("<emphasis>x</emphasis>", [("x", 1.0, False)]),
        ("I <3 you", [("I <3 you", 1.0, False)]),
        ("and/or 24/7 /usr/bin/", [("and/or 24/7 /usr/bin/", 1.0, False)]),
    ],
)
def test_parts(text: str, parts: list[object]) -> None:
    assert said(text) == parts


@given(st.one_of(TAGGED, st.text(max_size=80)))
def test_offsets_lead_to_the_text(text: str) -> None:
    at = 0
    for part in parse(text):
        assert at <= part.source_start < part.source_end <= len(text)
        at = part.source_end
        if isinstance(part, Run):
            assert part.text == text[part.source_start : part.source_end]
            assert 0.8 <= part.rate <= 1.2


def test_rates_carry_over_stretches() -> None:
    rates: list[float] = []
    parse('a <prosody rate="slow">b', rates)
    assert [part.rate for part in parse("c", rates) if isinstance(part, Run)] == [0.9]
    parse("</prosody>", rates)
    assert rates == []


@given(TAGGED, st.lists(st.integers(1, 7), min_size=1, max_size=20))
def test_fragments_say_the_same_as_the_whole(text: str, sizes: list[int]) -> None:
    buffer = TagBuffer()
    pieces, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(buffer.push(text[at : at + size]))
        at, turn = at + size, turn + 1
    pieces.append(buffer.flush())
    assert "".join(pieces) == text
    rates: list[float] = []
    apart = [part for piece in pieces for part in parse(piece, rates)]

    def manner(parts: list[Run | Break]) -> list[tuple[str, float, bool] | int]:
        each: list[tuple[str, float, bool] | int] = []
        for part in parts:
            if isinstance(part, Break):
                each.append(part.ms)
            else:
                each += [(letter, part.rate, part.spell) for letter in part.text]
        return each

    assert manner(apart) == manner(parse(text))


def test_an_unfinished_tag_waits() -> None:
    buffer = TagBuffer()
    assert [buffer.push(part) for part in ["Hi <sp", "ell>ab", "c</sp", "ell> x"]] == [
        "Hi ",
        "",
        "",
        "<spell>abc</spell> x",
    ]
    assert buffer.held == 0
    assert buffer.push("a <") == "a "
    assert buffer.push(" b") == "< b"


def test_waiting_has_an_end() -> None:
    buffer = TagBuffer()
    assert buffer.push("<spell>" + "a" * (HELD_SPELL - 7)) == ""
    assert len(buffer.push("aa")) == HELD_SPELL + 2
    assert buffer.push("<a" + "b" * HELD_TAG) != ""
    assert buffer.flush() == ""


@pytest.mark.parametrize(
    "text", ["<spell>" * 14_000, "<" * 100_000, "<a " * 33_000, "</" * 50_000, "<break " * 14_000]
)
def test_hostile_tags(text: str) -> None:
    began = time.monotonic()
    parse(text)
    buffer = TagBuffer()
    assert buffer.push(text) + buffer.flush() == text
    assert time.monotonic() - began < 20
