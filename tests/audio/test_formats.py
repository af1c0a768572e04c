"""Each format has the name, type and rate that customers are promised."""

from __future__ import annotations

import pytest

from workers.audio.formats import AUDIO_FORMATS, format_named


@pytest.mark.parametrize(
    ("name", "extension", "content_type"),
    [
        ("mp3", "mp3", "audio/mpeg"),
        ("wav", "wav", "audio/wav"),
        ("flac", "flac", "audio/flac"),
        ("ogg", "ogg", "audio/ogg"),
        ("opus", "opus", "audio/opus"),
        ("aac", "aac", "audio/aac"),
        ("m4a", "m4a", "audio/mp4"),
        ("pcm", "pcm", "audio/pcm"),
    ],
)
def test_the_table(name: str, extension: str, content_type: str) -> None:
    form = AUDIO_FORMATS[name]
    assert (form.name, form.extension, form.content_type) == (name, extension, content_type)


@pytest.mark.parametrize(("name", "found"), [("MP3", "mp3"), (" wav ", "wav"), ("wma", None), ("", None)])
def test_names_are_found_in_any_case(name: str, found: str | None) -> None:
    form = format_named(name)
    assert (form.name if form else None) == found


@pytest.mark.parametrize(
    ("name", "source", "rate"),
    [
        ("mp3", 22_050, 24_000),
        ("mp3", 24_000, 24_000),
        ("mp3", 44_100, 44_100),
        ("mp3", 96_000, 48_000),
        ("wav", 22_050, 22_050),
        ("flac", 16_000, 16_000),
        ("opus", 24_000, 48_000),
        ("pcm", 22_050, 24_000),
        ("pcm", 48_000, 24_000),
    ],
)
def test_the_rate_loses_nothing_of_speech(name: str, source: int, rate: int) -> None:
    assert AUDIO_FORMATS[name].rate_for(source) == rate
