"""Nothing that a customer writes breaks the normaliser, silences it or loses the way back to the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.text.clean import speakable
from workers.text.spoken import LANGUAGES, Spoken, normalise, spell
from workers.text.spoken.scanner import Rule, scan

ALL = [*sorted(LANGUAGES), "ca", "xx"]
TRICKY = st.text(alphabet="0123456789.,:/-–+$€%°½ \u00a0\nIVXaehmprstu@#&'()[]<>=~年月個ª", max_size=60)
TOKENS = st.lists(
    st.sampled_from(
        [
            "1",
            "2",
            "21",
            "1.000",
            "1,000.50",
            "3,14",
            "12:30",
            "14h30",
            "2:30pm",
            "2024-05-03",
            "3/5/2024",
            "3.",
            "Mai",
            "May",
            "May,",
            "2024",
            "$",
            "€",
            "12.50",
            "5%",
            "-3",
            "½",
            "1/2",
            "24/7",
            "Henry",
            "VIII",
            "Chapter",
            "IV",
            "Dr.",
            "e.g.",
            "z.",
            "B.",
            "etc.",
            "a@b.com",
            "www.x.org/?",
            "@me",
            "#tag",
            "km/h",
            "kg",
            "°C",
            "+",
            "=",
            "&",
            "№",
            "1st",
            "1er",
            "2ª",
            "3-й",
            "r.",
            "w.",
            "8.000.000",
            "+49",
            "555-123-4567",
            "99999999999999999999",
            "v2.0.1",
            "10€/kg",
            "٣٫١٤",
            "१२",
            "第3",
            "2个",
            "3시",
        ]
    ),
    max_size=12,
).map(" ".join)


def check(text: str, spoken: Spoken) -> None:
    """Spans cover both texts in order, and every offset leads into the source."""
    at, source = 0, 0
    for span in spoken.spans:
        assert (span.start, span.source_start) == (at, source)
        assert span.end > span.start or span.source_end > span.source_start
        if span.verbatim:
            assert spoken.text[span.start : span.end] == text[span.source_start : span.source_end]
        at, source = span.end, span.source_end
    assert (at, source) == (len(spoken.text), len(text))
    last = 0
    for start in range(0, len(spoken.text), max(1, len(spoken.text) // 50)):
        left, right = spoken.source(start, start + 1)
        assert 0 <= left <= right <= len(text)
        assert left >= last
        last = left
    if speakable(text):
        assert speakable(spoken.text)


@settings(max_examples=300, deadline=None)
@given(st.one_of(TRICKY, TOKENS, st.text(max_size=60)), st.sampled_from(ALL))
def test_any_text_in_any_language(text: str, language: str) -> None:
    check(text, normalise(text, language))
    check(text, spell(text, language))


@pytest.mark.parametrize(
    ("text", "words", "written"),
    [
        ("It costs $12.50 today.", "dollars", "$12.50"),
        ("It costs $12.50 today.", "today", "today"),
        ("It costs $12.50 today.", "twelve dollars and fifty cents", "$12.50"),
        ("It costs $12.50 today.", "cents today", "$12.50 today"),
        ("On May 3, 2024 we met.", "twenty-four", "May 3, 2024"),
        ("On May 3, 2024 we met.", "we met", "we met"),
        ("MP3 players", "three", "3"),
        ("5–10 km", "to", "–"),
        ("Write to a@b.com now", "dot", "a@b.com"),
    ],
)
def test_the_way_back(text: str, words: str, written: str) -> None:
    spoken = normalise(text, "en")
    start = spoken.text.index(words)
    left, right = spoken.source(start, start + len(words))
    assert text[left:right] == written


def test_offsets_outside_are_drawn_in() -> None:
    spoken = normalise("3 cats", "en")
    assert spoken.source(-5, 1000) == (0, 6)
    assert spoken.source(4, 2) == (0, 1)
    assert normalise("", "en").source(0, 5) == (0, 0)


def test_a_rule_that_fails_leaves_its_token() -> None:
    import regex

    from workers.text.spoken.locales import locale_for

    def broken(match: object, locale: object) -> str:
        raise ZeroDivisionError

    locale = locale_for("en")
    assert locale is not None
    assert scan("a 5 b", [Rule(regex.compile(r"\d"), broken)], locale).text == "a 5 b"


HOSTILE = {
    "digits": "1" * 100_000,
    "nines and spaces": "999 " * 25_000,
    "dots": "." * 100_000,
    "digit dots": "1." * 50_000,
    "thousands": "1" + ",000" * 25_000,
    "dashes": "1-" * 50_000,
    "slashes": "1/" * 50_000,
    "times": "12:" * 33_000,
    "letters": "a" * 100_000,
    "periods": "a." * 50_000,
    "at": "a@" * 50_000,
    "handles": "@a" * 50_000,
    "money": "$" * 100_000,
    "urls": "http://" * 14_000,
    "Roman": "I" * 100_000,
    "kings": "Henry I " * 12_000,
    "spaces": " " * 100_000,
    "nested": "((((" * 25_000,
    "months": "3 May " * 16_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_texts_take_no_longer_than_others(name: str, language: str) -> None:
    text = HOSTILE[name]
    began = time.monotonic()
    spoken = normalise(text, language)
    # Linear is two seconds and less; what backtracks or is quadratic takes minutes.
    assert time.monotonic() - began < 40
    assert spoken.source(0, len(spoken.text)) == (0, len(text))


def test_spelling() -> None:
    assert spell("kajo@kugelaudio.com", "en").text == (
        "k, a, j, o, at, k, u, g, e, l, a, u, d, i, o, dot, c, o, m"
    )
    assert spell("A-1", "de").text == "A, Minus, eins"
    assert spell("x_2", "fr").text == "x, tiret bas, deux"
    assert spell("a/b", "es").text == "a, barra, b"
    assert spell("a@b", "it").text == "a, chiocciola, b"
    assert spell("a@b", "pt").text == "a, arroba, b"
    assert spell("a@b", "nl").text == "a, apenstaartje, b"
    assert spell("a@b", "pl").text == "a, małpa, b"
    assert spell("a@b", "xx").text == "a, @, b"
    assert spell("A B", "en").text == "A, B"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_symbols_have_names_in_every_language(language: str) -> None:
    spoken = spell("@.-_/:&+#=%?!,07", language).text
    assert not set(spoken) & set("@._/:&+#=%?!0123456789")


def test_spelled_letters_lead_back() -> None:
    text = "ab@c"
    spoken = spell(text, "en")
    for letter, at in (("a", 0), ("b", 1), ("at", 2), ("c", 3)):
        start = spoken.text.index(letter) if letter != "at" else spoken.text.index("at")
        assert spoken.source(start, start + len(letter)) == (at, at + 1)
