"""Whisper as an engine: words and their times, languages, translation, hints, cancelling, errors."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from tests.ear import wer
from tests.listening import AUSTEN, VOICES, sound
from workers.engines import registry
from workers.engines.base import EngineError
from workers.engines.kinds import Hearing, Segment
from workers.engines.whisper import Whisper

NAME = next(iter(AUSTEN))


@pytest.fixture(scope="module")
def whisper() -> Iterator[Whisper]:
    model = registry.load("whisper", threads=2)
    model.warm()
    yield model
    model.close()


def heard(model: Whisper, hearing: Hearing) -> list[Segment]:
    return list(model.hear(sound(VOICES["reader"][0]), hearing, lambda: False))


def test_it_hears_words_and_when_they_are_said(whisper: Whisper) -> None:
    segments = heard(whisper, Hearing(language="en", words=True))
    assert wer(AUSTEN[NAME], "".join(each.text for each in segments)) <= 0.05
    words = [word for each in segments for word in each.words]
    assert all(word.text == word.text.strip() and 0 <= word.probability <= 1 for word in words)
    assert all(a.end <= b.start + 0.05 for a, b in itertools.pairwise(words))
    assert 6 < words[-1].end <= len(sound(VOICES["reader"][0])) / 16_000 + 0.1
    assert segments[0].text.startswith(" "), "so that segments can be joined"
    assert segments[0].tokens
    assert segments[0].avg_logprob < 0


def test_it_tells_the_language(whisper: Whisper) -> None:
    language, probability = whisper.language_of(sound(VOICES["woman"][0]))
    assert language == "en"
    assert probability > 0.5


def test_names_of_languages_that_whisper_has_others_for(whisper: Whisper) -> None:
    names = {"jv": "jw", "nb": "no", "yue": "zh", "fil": "tl", "de": "de"}
    assert {code: whisper._named(code) for code in names} == names
    with pytest.raises(EngineError, match="iw"):
        heard(whisper, Hearing(language="iw"))


def test_phrases_are_spelled_as_written(whisper: Whisper) -> None:
    said = "".join(each.text for each in heard(whisper, Hearing(language="en", phrases=("Jon Dashwoode",))))
    assert "Dashwoode" in said


def test_it_stops_when_nobody_wants_it_any_more(whisper: Whisper) -> None:
    assert list(whisper.hear(sound(VOICES["man"][0]), Hearing(language="en"), lambda: True)) == []


def test_the_small_english_one_shares_the_class_and_knows_one_language() -> None:
    tiny = registry.load("whisper-tiny.en")
    assert tiny.language_of(np.zeros(16_000, np.float32)) == ("en", 1.0)
    assert wer(AUSTEN[NAME], "".join(each.text for each in heard(tiny, Hearing(language="de")))) <= 0.1
    tiny.close()


def test_nothing_is_ever_downloaded(tmp_path: Path) -> None:
    with (
        patch.object(socket.socket, "connect", side_effect=AssertionError("the network")),
        pytest.raises(FileNotFoundError),
    ):
        Whisper(tmp_path)


def test_models_count_as_there_only_with_engine_packages_and_weights() -> None:
    assert registry.can_load("whisper")
    assert registry.can_load("faster-whisper")
    assert not registry.can_load("sensevoice"), "its weights are nowhere"
    assert "models pull sensevoice" in registry.remedy("sensevoice")
    assert registry.packages_are_here("faster-whisper==1.2.1 numpy")
    assert not registry.packages_are_here("nobody-has-this==1.0")
    assert registry.remedy("whisper") == ""
