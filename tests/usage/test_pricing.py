"""Prices are the ones of the published table."""

import pytest

from apps.usage.pricing import SERVICES, characters_for, characters_for_audio


@pytest.mark.parametrize(("tier", "characters"), [("free", 1000), ("standard", 2000), ("premium", 4000)])
def test_speech_costs_by_the_tier_of_its_model(tier: str, characters: int) -> None:
    assert characters_for(1000, tier) == characters
    assert characters_for(0, tier) == 0


def test_an_unknown_tier_has_no_price() -> None:
    with pytest.raises(KeyError):
        characters_for(1, "golden")


def test_audio_is_charged_by_the_minute_and_rounded_up() -> None:
    assert characters_for_audio(60, "speech_to_text") == 2000
    assert characters_for_audio(90, "voice_change") == 4500
    assert characters_for_audio(0.001, "speech_to_text") == 1
    assert characters_for_audio(0.1 + 0.2, "separate_vocals") == 15
    assert characters_for_audio(0, "enhance") == 0


def test_a_service_of_another_unit_is_not_priced_by_the_minute() -> None:
    with pytest.raises(ValueError):
        characters_for_audio(60, "voice_chat")


def test_key_finder_and_converter_are_free() -> None:
    assert SERVICES["key_bpm"].characters == SERVICES["convert"].characters == 0
