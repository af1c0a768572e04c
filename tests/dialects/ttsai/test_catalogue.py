"""Models and voices as TTS.ai's document and SDK show them."""

from __future__ import annotations

from tests.base import PlatformTest


class CatalogueTest(PlatformTest):
    def test_models_carry_the_fields_of_the_document_and_of_the_sdk(self) -> None:
        models = {model["id"]: model for model in self.as_nobody.get("/v1/models/").json()["models"]}
        kokoro = models["kokoro"]
        self.assertEqual(
            (kokoro["tier"], kokoro["credits_per_1k_chars"], kokoro["type"]), ("standard", 2, "tts")
        )
        self.assertTrue(kokoro["supports_streaming"] and kokoro["installed"])
        self.assertEqual(
            (models["chatterbox"]["tier"], models["chatterbox"]["credits_per_1k"]), ("premium", 4)
        )
        self.assertFalse(models["chatterbox"]["installed"])
        self.assertNotIn("fake", models)
        names = [model["name"] for model in self.as_nobody.get("/api/v1/models/").json()["models"]]
        self.assertIn("kokoro", names, "the SDK takes name for the id")

    def test_voices_filter(self) -> None:
        every = self.as_nobody.get("/v1/voices/").json()
        self.assertEqual(every["total"], len(every["voices"]))
        self.assertGreaterEqual(every["total"], 55)
        bella = next(voice for voice in every["voices"] if voice["id"] == "af_bella")
        self.assertEqual((bella["model"], bella["language"], bella["gender"]), ("kokoro", "en", "female"))
        self.assertEqual(bella["preview_url"], "http://testserver/v1/voices/preview/af_bella.mp3")
        self.assertIsInstance(bella["tags"], str)
        some = self.as_nobody.get("/v1/voices/?model=kokoro&language=fr&gender=female").json()["voices"]
        self.assertEqual([voice["voice_id"] for voice in some], ["ff_siwis"])

    def test_bad_filters_say_what_is_wrong(self) -> None:
        for query, status in (("model=nope", 400), ("gender=robot", 400), ("language=!!", 400)):
            answer = self.as_nobody.get(f"/v1/voices/?{query}")
            self.assertEqual(answer.status_code, status, query)
            self.assertIn(query.split("=")[1], answer.json()["message"] + query)

    def test_health_needs_no_key(self) -> None:
        body = self.as_nobody.get("/v1/health/").json()
        self.assertLessEqual({"status", "latency_ms", "queue_size", "models_loaded"}, set(body))

    def test_languages(self) -> None:
        codes = {
            item["code"]: item["models"]
            for item in self.as_nobody.get("/v1/speech/languages/").json()["languages"]
        }
        self.assertIn("kokoro", codes["en"])
