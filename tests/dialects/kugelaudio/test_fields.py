"""Fields of KugelAudio's requests: what is taken, what is refused, and who then speaks."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings

from apps.accounts.callers import Caller
from apps.dialects.kugelaudio.fields import DEFAULT, Manner, manner, order_for, settings_update
from apps.dialects.kugelaudio.voices import voice_number
from apps.jobs.services import Order
from tests.base import PlatformTest
from ttsplatform.errors import ApiError
from workers.engines.catalogue import catalogue

HUGE = 10**400
WRONG: dict[str, list[Any]] = {
    "cfg_scale": [10.01, "1", True, [], math.nan, math.inf, HUGE, -HUGE, -0.01],
    "temperature": [1.01, "1", True, {}, math.nan, HUGE, -0.01],
    "speed": [0.79, 1.21, "1", True, math.nan, HUGE],
    "max_new_tokens": [0, 8193, 1.5, "5", True, HUGE],
    "sample_rate": [44_100, "24000", 24_000.5, True, [], {}, math.nan],
    "output_format": ["mp3", "pcm_44100", 1, "", [], {}],
    "normalize": ["true", 1, 0, []],
    "word_timestamps": ["true", 1],
    "language": ["xx", "la", "", 5, "e" * 50, ["en"]],
    "voice_id": ["af_bella", "1.0", "", "-1", -1, 1.0, True, HUGE, [], "９"],
    "model_id": [5, "", "x" * 101, ["kokoro"]],
    "model": [5, "nonsense"],
}


def bella() -> int:
    voice = catalogue().voice("af_bella", "kokoro")
    assert voice is not None
    return voice_number(voice)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_by_name(name: str) -> None:
    for value in WRONG[name]:
        with pytest.raises(ApiError) as refused:
            manner({name: value})
        assert refused.value.status == 400
        assert refused.value.param == ("model_id" if name == "model" else name)
        assert len(refused.value.message) < 300


def test_no_fields_are_the_defaults_and_null_is_none() -> None:
    assert manner({}) == DEFAULT
    changed = manner({"speed": 1.1, "language": "de", "voice_id": bella(), "cfg_scale": 0})
    assert manner(dict.fromkeys(("speed", "language", "voice_id", "cfg_scale")), changed) == DEFAULT
    assert manner({"something_new": {"x": 1}, "project_id": 5}) == DEFAULT


def test_a_later_frame_changes_only_what_it_names() -> None:
    first = manner(
        {"model_id": "kugel-3.5", "voice_id": str(bella()), "sample_rate": 8000, "word_timestamps": True}
    )
    assert (first.model_id, first.model, first.voice, first.sample_rate) == (
        "kugel-3.5",
        "kokoro",
        "af_bella",
        8000,
    )
    second = manner({"speed": 0.8, "language": "en-GB"}, first)
    assert (second.voice_id, second.sample_rate, second.word_timestamps) == (bella(), 8000, True)
    assert (second.speed, second.language) == (0.8, "en")


def test_any_kugel_name_and_the_old_field_name() -> None:
    for name in ("kugel-1", "kugel-1-turbo", "kugel-3.5", "kugel-99-max"):
        assert manner({"model": name}).model_id == name
    assert manner({"model_id": "piper", "model": "kokoro"}).model == "piper"


def test_a_voice_and_another_model_of_ours_contradict_each_other() -> None:
    assert manner({"model_id": "kokoro", "voice_id": bella()}).model == "kokoro"
    with pytest.raises(ApiError, match="voice of kokoro"):
        manner({"model_id": "piper", "voice_id": bella()})


def test_the_output_format_rules_over_the_sample_rate() -> None:
    told = manner({"sample_rate": 24_000, "output_format": "ulaw_8000"})
    assert (told.encoding, told.sample_rate) == ("mulaw", 8000)
    assert manner({"sample_rate": 24_000}, told).sample_rate == 8000
    plain = manner({"output_format": None, "sample_rate": 22_050}, told)
    assert (plain.encoding, plain.sample_rate) == ("pcm_s16le", 22_050)
    assert manner({"output_format": "pcm_16000"}).sample_rate == 16_000


def test_settings_updates_are_strict() -> None:
    new = {
        "cfg_scale": 1.5,
        "temperature": 0,
        "speed": 1.2,
        "max_new_tokens": 5,
        "language": "de",
        "normalize": False,
    }
    updated = settings_update(new, DEFAULT)
    assert updated.settings == new
    assert settings_update({}, updated) == updated
    bad: list[Any] = [
        {"voice_id": 5},
        {"sample_rate": 8000},
        {"speed": 2},
        {"x" * 9999: 1},
        [],
        "speed",
        None,
    ]
    for fields in bad:
        with pytest.raises(ApiError) as refused:
            settings_update(fields, DEFAULT)
        assert refused.value.status == 400
        assert len(refused.value.message) < 300


class OrderTest(PlatformTest):
    def order(self, fields: dict[str, Any], text: str = "It costs 5 dollars.") -> Order:
        return order_for(self.caller, text, manner(fields))

    def setUp(self) -> None:
        super().setUp()
        self.caller = Caller(network="test", plan=self.account.plan, account=self.account)

    def test_a_kugel_model_speaks_with_the_voices_of_all_models(self) -> None:
        order = self.order({"voice_id": bella(), "cfg_scale": 3, "normalize": False})
        self.assertEqual((order.served_model, order.voice), ("kokoro", "af_bella"))
        request = order.request
        self.assertEqual((request["format"], request["normalize"], request["markup"]), ("pcm", False, True))
        self.assertEqual(
            dict(request["options"]), {"cfg_scale": 3.0, "max_new_tokens": 2048, "temperature": 0.5}
        )

    def test_without_a_voice_the_language_chooses_who_speaks(self) -> None:
        self.assertEqual(self.order({}).served_model, "kokoro")
        italian = self.order({"language": "it"}, "Questo costa cinque euro.")
        self.assertEqual((italian.served_model, italian.language), ("kokoro", "it"))
        # Kokoro has no Polish voice.
        with override_settings(MODEL_SUBSTITUTES={"*": "kokoro"}):
            try:
                polish = self.order({"language": "pl"}, "Dzień dobry.")
            except ApiError as refused:
                self.assertEqual(refused.code, "model_unavailable")
                self.assertIn("piper", refused.message)
            else:
                self.assertEqual((polish.served_model, polish.language), ("piper", "pl"))

    def test_the_voice_that_a_turn_began_with_can_go_on(self) -> None:
        begun = self.order({"model_id": "piper"})
        going_on = replace(manner({}), voice=begun.voice, language=begun.language)
        order = order_for(self.caller, "And so on.", going_on)
        self.assertEqual((order.served_model, order.voice), ("piper", begun.voice))

    def test_where_nothing_stands_in_for_it_a_kugel_model_is_unavailable(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={}), self.assertRaises(ApiError) as refused:
            self.order({})
        self.assertEqual(refused.exception.code, "model_unavailable")
        self.assertEqual(manner({}), Manner())
