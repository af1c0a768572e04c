"""Everything that the four API documents name is on offer, under the names they use."""

from __future__ import annotations

import pytest

from workers.engines.catalogue import TIERS, Model, Voice, catalogue
from workers.engines.store import install_command, is_installed

OFFER = catalogue()

TTS_AI = {
    "tts": [
        "kokoro",
        "piper",
        "vits",
        "melotts",
        "tortoise",
        "chatterbox",
        "cosyvoice2",
        "gpt-sovits",
        "spark",
        "indextts2",
        "qwen3-tts",
    ],
    "stt": ["whisper", "faster-whisper", "sensevoice"],
    "convert": ["openvoice", "knn-vc"],
    "separate": ["demucs", "spleeter"],
}
KITTEN = ["kitten-tts-nano", "kitten-tts-mini", "kitten-tts-micro", "kitten-tts-nano-int8"]
KITTEN_VOICES = ["Bella", "Jasper", "Luna", "Bruno", "Rosie", "Hugo", "Kiki", "Leo"]
POCKET_VOICES = ["alba", "marius", "javert", "jean", "fantine", "cosette", "eponine", "azelma"]


def voice_of(voice_id: str, model_id: str | None = None) -> Voice:
    voice = OFFER.voice(voice_id, model_id)
    assert voice is not None
    return voice


@pytest.mark.parametrize(("kind", "model_id"), [(kind, id) for kind, ids in TTS_AI.items() for id in ids])
def test_every_model_of_tts_ai_is_there(kind: str, model_id: str) -> None:
    model = OFFER.model(model_id)
    assert model is not None
    assert model.type == kind


@pytest.mark.parametrize("model_id", [*KITTEN, "pocket-tts", "kugel-1", "kugel-1-turbo"])
def test_every_model_of_the_other_documents_is_there(model_id: str) -> None:
    assert OFFER.models[model_id].type == "tts"


def test_any_kugel_id_is_known_and_nonsense_is_not() -> None:
    assert OFFER.model("kugel-3.5") is OFFER.models["kugel-1-turbo"]
    assert OFFER.model("nosuchmodel") is None


def test_prices_are_those_of_the_document() -> None:
    tiers = {
        id: OFFER.models[id].tier
        for id in ["piper", "vits", "melotts", "kokoro", "cosyvoice2", "tortoise", "chatterbox"]
    }
    assert tiers == {
        "piper": "free",
        "vits": "free",
        "melotts": "free",
        "kokoro": "standard",
        "cosyvoice2": "standard",
        "tortoise": "premium",
        "chatterbox": "premium",
    }
    assert {model.tier for model in OFFER.models.values()} == set(TIERS)


def test_free_without_a_key_are_exactly_the_four_that_the_document_names() -> None:
    free = {model.id for model in OFFER.models.values() if model.free_without_key}
    assert free == {"piper", "vits", "melotts", "kokoro"}


@pytest.mark.parametrize("model", OFFER.models.values(), ids=lambda model: model.id)
def test_every_model_says_what_a_customer_and_an_operator_need(model: Model) -> None:
    assert model.name
    assert model.description
    assert model.licence
    assert model.sample_rate >= 8000
    assert model.queue in {"live", "speech-cpu", "speech-gpu", "tools"}
    assert set(model.default_voices) <= set(model.languages)
    for language, voice_id in model.default_voices.items():
        voice = OFFER.voice(voice_id, model.id)
        assert voice is not None
        assert voice.language == language or language in model.accented
    if model.weights and not is_installed(model.id):
        assert install_command(model.id).startswith("python ")


def test_kokoro_has_its_54_voices_with_language_and_gender_of_their_prefix() -> None:
    languages = dict(zip("abefhijpz", ["en", "en", "es", "fr", "hi", "it", "ja", "pt", "zh"], strict=True))
    voices = OFFER.voices("kokoro")
    assert len(voices) == 54
    for voice in voices:
        assert voice.language == languages[voice.id[0]]
        assert voice.gender == {"f": "female", "m": "male"}[voice.id[1]]
    assert voice_of("af_bella").name == "Bella"


def test_voices_can_be_filtered() -> None:
    assert [voice.id for voice in OFFER.voices("kokoro", "fr")] == ["ff_siwis"]
    assert {voice.id[0] for voice in OFFER.voices("kokoro", "en-GB")} == {"b"}
    assert {voice.id[0] for voice in OFFER.voices("kokoro", "en")} == {"a", "b"}
    assert [voice.id for voice in OFFER.voices("kokoro", "es-MX")] == [
        v.id for v in OFFER.voices("kokoro", "es")
    ]
    assert {voice.gender for voice in OFFER.voices(gender="male")} == {"male"}
    assert OFFER.voices("kokoro", "fr", "male") == []


def test_kitten_and_pocket_voices_are_those_of_their_documents() -> None:
    for model_id in KITTEN:
        assert [voice.id for voice in OFFER.voices(model_id)] == KITTEN_VOICES
    assert voice_of("expr-voice-5-m", "kitten-tts-mini").id == "Leo"
    assert [voice.id for voice in OFFER.voices("pocket-tts")] == POCKET_VOICES
    assert [voice.id for voice in OFFER.voices("vits")] == [voice.id for voice in OFFER.voices("piper")]


@pytest.mark.parametrize("language", "en ja zh ko fr de it pt es hi ru".split())  # noqa: SIM905
def test_kokoro_is_picked_for_its_languages(language: str) -> None:
    assert OFFER.model_for_language(language) == "kokoro"
    assert OFFER.models["kokoro"].default_voice(language)


@pytest.mark.parametrize("language", "ar pl nl cs da fi el hu tr uk vi".split())  # noqa: SIM905
def test_piper_is_picked_for_the_others_and_has_a_voice_for_each(language: str) -> None:
    assert OFFER.model_for_language(language) == "piper"
    assert voice_of(OFFER.models["piper"].default_voice(language) or "", "piper").language == language


def test_every_voice_with_weights_of_its_own_can_be_pulled_by_its_name() -> None:
    assert (
        install_command("piper", "pl_PL-darkman-medium")
        == "python manage.py models pull pl_PL-darkman-medium"
    )
    assert install_command("piper", "en_US-joe-medium") == "python manage.py models pull piper"
    assert OFFER.weights_of("vits") is OFFER.weights_of("piper")
