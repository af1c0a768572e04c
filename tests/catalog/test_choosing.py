"""Which model and voice speak: what was asked for, else what suits the text; never one passed off as another."""

from __future__ import annotations

from django.test import override_settings

from apps.catalog.choosing import Choice, choose
from tests.base import PlatformTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError


class ChoosingTest(PlatformTest):
    def choose(self, text: str = "Hello there, everybody.", **wishes: str | None) -> Choice:
        given: dict[str, str | None] = {"model": None, "voice": None, "language": None, **wishes}
        return choose(
            caller(self.alice_key),
            text=text,
            model=given["model"],
            voice=given["voice"],
            language=given["language"],
        )

    def refusal(self, **wishes: str) -> ApiError:
        with self.assertRaises(ApiError) as refused:
            self.choose(**wishes)
        return refused.exception

    def test_the_language_picks_the_model_as_the_document_says(self) -> None:
        for language in ("en", "ja", "zh", "ko", "fr", "de", "it", "pt", "es", "hi", "ru"):
            self.assertEqual(self.choose(language=language).model.id, "kokoro", language)

    def test_a_language_whose_voice_is_not_installed_names_the_command(self) -> None:
        for language in ("pl", "nl", "tr"):
            error = self.refusal(language=language)
            self.assertEqual(error.code, "model_unavailable", language)
            self.assertIn(f"manage.py models pull {language}_", error.message)

    def test_regions_and_capitals_of_language_codes_do_not_matter(self) -> None:
        for code in ("en-GB", "EN", "en_US"):
            self.assertEqual(self.choose(language=code).language, "en")

    def test_a_voice_alone_picks_its_model(self) -> None:
        self.assertEqual(self.choose(voice="en_US-joe-medium").model.id, "piper")
        self.assertEqual(self.choose(voice="if_sara").model.id, "kokoro")

    def test_a_voice_speaks_its_own_language_unless_a_longer_text_is_clearly_in_another(self) -> None:
        self.assertEqual(self.choose("Ok, ciao!", voice="af_bella").language, "en")
        long_french = "Bonjour à tous, il fait très beau ce matin à Paris et nous sommes heureux d'être ici."
        self.assertEqual(self.choose(long_french, voice="af_bella").language, "fr")

    def test_vits_is_answered_by_pipers_voices(self) -> None:
        choice = self.choose(model="vits")
        self.assertEqual(
            (choice.model.id, choice.served.id, choice.voice), ("vits", "vits", "en_US-joe-medium")
        )

    def test_the_fake_engine_is_offered_only_where_switched_on(self) -> None:
        self.assertEqual(self.refusal(model="fake").code, "model_not_found")
        with override_settings(FAKE_ENGINE=True):
            self.assertEqual(self.choose(model="fake").voice, "tone")

    def test_a_substitute_must_be_named_and_keeps_the_gender_of_a_listed_voice(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={}):
            self.assertEqual(self.refusal(model="kitten-tts-nano").code, "model_unavailable")
        with override_settings(MODEL_SUBSTITUTES={"*": "kokoro"}):
            choice = self.choose(model="kitten-tts-nano", voice="Jasper")
        self.assertEqual(choice.served.id, "kokoro")
        self.assertTrue(choice.voice.startswith(("am_", "bm_")), choice.voice)

    def test_a_substitute_that_is_not_installed_itself_is_none(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={"*": "chatterbox"}):
            self.assertEqual(self.refusal(model="tortoise").code, "model_unavailable")

    def test_a_voice_of_another_model_is_unknown(self) -> None:
        error = self.refusal(model="piper", voice="af_bella")
        self.assertEqual((error.code, error.param), ("not_found", "voice"))

    def test_every_kugel_model_is_known_by_its_family_name(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={"*": "kokoro"}):
            self.assertEqual(self.choose(model="kugel-3.5").served.id, "kokoro")
