"""What each language says for what is written. The tables are in `cases/`: "written => said", one a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.text.spoken import LANGUAGES, normalise
from workers.text.spoken.locales import FULL

CASES = Path(__file__).parent / "cases"
# The languages of the KugelAudio document (seed 001).
DOCUMENT = [
    "de",
    "en",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "sv",
    "da",
    "no",
    "fi",
    "cs",
    "hu",
    "ro",
    "el",
    "uk",
    "bg",
    "tr",
    "vi",
    "ar",
    "hi",
    "zh",
    "ja",
    "ko",
    "sk",
    "sl",
    "hr",
    "sr",
    "ru",
    "he",
    "fa",
    "ur",
    "bn",
    "ta",
    "yue",
    "th",
    "id",
    "ms",
]


def table(language: str) -> list[tuple[str, str]]:
    lines = (CASES / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return [(written, said) for written, _, said in (line.partition(" => ") for line in lines)]


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        pytest.param(language, *case, id=f"{language}-{case[0]}")
        for language in sorted(LANGUAGES)
        for case in table(language)
    ],
)
def test_written_and_said(language: str, written: str, said: str) -> None:
    assert normalise(written, language).text == said


@pytest.mark.parametrize("language", DOCUMENT)
def test_every_language_of_the_document_has_its_words(language: str) -> None:
    assert language in LANGUAGES
    assert len(table(language)) >= (40 if language in FULL else 8)
    spoken = normalise("12 345 6.7 100000 50 %", language).text
    assert not any(map(str.isdigit, spoken))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_plain_words_stay(language: str) -> None:
    for text in ("Hello there", "Grüße", "你好", "مرحبا", "Привет"):
        assert normalise(text, language).text == text


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en-GB", "3 cats", "three cats"),
        ("de_AT", "3 Katzen", "drei Katzen"),
        ("nb", "3 epler", "tre epler"),
        ("eng", "3 cats", "three cats"),
        # Counted by the CLDR, without a table of our own.
        ("ca", "22 gats", "vint-i-dos gats"),
        # Unknown: the text stays, so that an engine can try.
        ("xx", "3 foo", "3 foo"),
        ("", "3 foo", "3 foo"),
    ],
)
def test_other_codes(language: str, text: str, said: str) -> None:
    assert normalise(text, language).text == said
