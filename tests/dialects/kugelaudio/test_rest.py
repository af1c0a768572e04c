"""KugelAudio's REST paths: shapes, refusals, and what is left to the other dialects."""

from __future__ import annotations

import json
from typing import Any

from django.test import override_settings

from apps.dialects.kugelaudio.errors import CODES, error_fields
from apps.dialects.kugelaudio.voices import FIRST_NUMBER, voice_number, voice_of_number
from tests.base import ApiClient, PlatformTest
from ttsplatform.errors import TABLE, ApiError
from workers.engines.catalogue import catalogue

GENERATE, VOICES, NORMALIZE = "/v1/tts/generate", "/v1/voices", "/v1/normalize"
REPORT = "/v1/sdk-diagnostics"
SDK = {"X-KugelAudio-SDK": "python"}

BAD_BODIES: list[Any] = [
    [],
    "text",
    None,
    {},
    {"text": None},
    {"text": ["Hello"]},
    {"text": ""},
    {"text": " \n"},
    {"text": "a\x00b"},
    {"text": "a" * 10_001},
    {"text": "Hello", "model_id": "nonsense"},
    {"text": "Hello", "model_id": "whisper"},
    {"text": "Hello", "voice_id": 2.5},
    {"text": "Hello", "cfg_scale": 11},
    {"text": "Hello", "language": "xx"},
]
BAD_RAW = [b"", b"{", b"nonsense", b'{"text": "Hello", "cfg_scale": NaN}', b"\xff\xfe", b"[" * 20_000]


class RestTest(PlatformTest):
    def refused(self, answer: Any, status: int, code: str) -> str:
        self.assertEqual(answer.status_code, status, answer.content)
        body = answer.json()
        self.assertIsInstance(body["error"], str)
        self.assertTrue(body["error"])
        self.assertEqual((body["error_code"], body["code"]), (code, status))
        self.assertIn("X-Request-Id", answer)
        return str(body["error"])

    def test_every_wrong_body_is_a_400_that_says_why(self) -> None:
        self.put_on_plan(self.account, "business")
        for body in BAD_BODIES:
            with self.subTest(body=body):
                self.refused(self.as_alice.post(GENERATE, json.dumps(body)), 400, "VALIDATION_ERROR")
        for raw in BAD_RAW:
            with self.subTest(raw=raw[:20]):
                self.refused(self.as_alice.post(GENERATE, raw), 400, "VALIDATION_ERROR")
        said = self.refused(self.as_alice.post(GENERATE, {"text": "Hi", "voice_id": 7}), 404, "NOT_FOUND")
        self.assertIn("GET /v1/voices", said)

    def test_keys_that_are_missing_wrong_or_too_narrow(self) -> None:
        body = {"text": "Hello"}
        self.refused(self.as_nobody.post(GENERATE, body), 401, "UNAUTHORIZED")
        self.refused(ApiClient("sk-tts-" + "x" * 40).post(GENERATE, body), 401, "UNAUTHORIZED")
        self.refused(ApiClient("ka_unknown").get(VOICES), 401, "UNAUTHORIZED")
        narrow = ApiClient(self.new_key(self.account, scopes=["usage"]))
        self.refused(narrow.post(GENERATE, body), 403, "UNAUTHORIZED")

    def test_too_many_requests_say_when_to_come_back(self) -> None:
        self.put_on_plan(self.account, "free")
        for _ in range(10):
            self.as_alice.post(NORMALIZE, {"text": "Hi"})
        answer = self.as_alice.post(NORMALIZE, {"text": "Hi"})
        self.refused(answer, 429, "RATE_LIMITED")
        self.assertEqual(str(answer.json()["retry_after"]), answer["Retry-After"])

    def test_paths_next_door_keep_their_own_shapes(self) -> None:
        self.assertIsInstance(self.as_alice.post("/v1/tts/", {"text": ""}).json()["error"], dict)
        self.assertIsInstance(self.as_nobody.get("/v1/voices/preview/nobody.mp3").json()["error"], dict)
        self.assertIsInstance(self.as_nobody.get("/v1/models/nonsense").json()["error"], dict)
        voices = self.as_nobody.get("/v1/voices/").json()["voices"]
        self.assertIsInstance(voices[0]["id"], str)

    def test_shared_and_unknown_paths_take_the_shape_of_the_client_that_asks(self) -> None:
        for headers in (SDK, {"X-API-Key": self.alice_key}):
            self.refused(self.as_nobody.get("/v1/models/nonsense", headers=headers), 404, "NOT_FOUND")
        self.refused(self.as_nobody.get("/v1/dictionaries", headers=SDK), 404, "NOT_FOUND")
        self.refused(self.as_alice.get("/v1/voices/12/references"), 404, "NOT_FOUND")
        self.refused(self.as_alice.put(VOICES, {}), 405, "METHOD_NOT_ALLOWED")

    def test_every_error_of_ours_has_a_kind_of_theirs(self) -> None:
        self.assertEqual(set(CODES), set(TABLE))
        fields = error_fields(
            ApiError("too_many_concurrent", retry_after=0.2, error_code="TOO_MANY_CONTEXTS")
        )
        self.assertEqual(
            (fields["error_code"], fields["code"], fields["retry_after"]), ("TOO_MANY_CONTEXTS", 429, 1)
        )

    def test_voices_come_in_pages_without_gaps_or_repetition(self) -> None:
        first = self.as_nobody.get(VOICES).json()
        self.assertEqual((first["limit"], first["offset"], len(first["voices"])), (20, 0, 20))
        ids: list[int] = []
        while len(ids) < first["total"]:
            page = self.as_nobody.get(f"{VOICES}?limit=25&offset={len(ids)}").json()
            ids += [voice["id"] for voice in page["voices"]]
            self.assertTrue(page["voices"])
        self.assertEqual(len(set(ids)), first["total"])
        past = self.as_nobody.get(f"{VOICES}?offset=100000").json()
        self.assertEqual((past["voices"], past["total"]), ([], first["total"]))

    def test_voices_filtered(self) -> None:
        italian = self.as_nobody.get(f"{VOICES}?language=it&limit=100").json()
        self.assertEqual({tuple(voice["supported_languages"]) for voice in italian["voices"]}, {("it",)})
        self.assertEqual(self.as_nobody.get(f"{VOICES}?include_public=false").json()["total"], 0)
        for query in ("limit=0", "limit=101", "limit=x", "limit=٣", "offset=-1", "offset=1e3", "language=xx"):
            self.refused(self.as_nobody.get(f"{VOICES}?{query}"), 400, "VALIDATION_ERROR")

    def test_a_voice_by_its_number(self) -> None:
        bella = catalogue().voice("af_bella", "kokoro")
        assert bella is not None
        shown = self.as_nobody.get(f"{VOICES}/{voice_number(bella)}").json()
        self.assertEqual((shown["id"], shown["voice_id"]), (voice_number(bella), voice_number(bella)))
        self.assertEqual((shown["name"], shown["sex"], shown["age"]), (bella.name, "female", None))
        self.assertEqual(shown["sample_url"], "http://testserver/v1/voices/preview/af_bella.mp3")
        for name in ("1", "0", "-1", "abc", "9" * 30, "１２", "%00"):
            self.refused(self.as_nobody.get(f"{VOICES}/{name}"), 404, "NOT_FOUND")
        bruno = catalogue().voice("Bruno")
        assert bruno is not None
        if bruno.id not in {voice["id"] for voice in self.as_nobody.get("/v1/voices/").json()["voices"]}:
            self.refused(self.as_nobody.get(f"{VOICES}/{voice_number(bruno)}"), 404, "NOT_FOUND")

    def test_numbers_of_voices_are_apart_and_stay_as_they_are(self) -> None:
        voices = catalogue().voices()
        numbers = {voice_number(voice): voice for voice in voices}
        self.assertEqual(len(numbers), len(voices))
        for number, voice in numbers.items():
            self.assertTrue(FIRST_NUMBER <= number < 2**31)
            if voice.model != "fake":
                self.assertIs(voice_of_number(number), voice)
        bella = catalogue().voice("af_bella", "kokoro")
        assert bella is not None
        self.assertEqual(voice_number(bella), 1_837_347_833, "customers keep these numbers in their code")

    def test_the_fake_engines_voices_have_numbers_only_where_it_is_on(self) -> None:
        tone = catalogue().voice("tone", "fake")
        assert tone is not None
        self.assertIsNone(voice_of_number(voice_number(tone)))
        with override_settings(FAKE_ENGINE=True):
            self.assertIs(voice_of_number(voice_number(tone)), tone)

    def test_normalize_says_what_would_be_spoken(self) -> None:
        said = self.as_alice.post(NORMALIZE, {"text": "It costs $5.", "language": "en"}).json()
        self.assertEqual((said["text"], said["language"]), ("It costs five dollars.", "en"))
        self.assertGreaterEqual(said["time_ms"], 0)
        found = self.as_alice.post(NORMALIZE, {"text": "Das kostet heute leider 5 Euro mehr."}).json()
        self.assertEqual((found["language"], "fünf" in found["text"]), ("de", True))
        spelled = {"text": "Mail <spell>a@b.de</spell><break/> now.", "language": "en"}
        self.assertIn("at", self.as_alice.post(NORMALIZE, spelled).json()["text"].split(", "))
        wrong: list[Any] = [{"text": "x", "language": "xx"}, {"text": "..."}, {}, [], {"text": "a" * 10_001}]
        for bad in wrong:
            self.refused(self.as_alice.post(NORMALIZE, bad), 400, "VALIDATION_ERROR")
        self.refused(self.as_nobody.post(NORMALIZE, {"text": "Hi"}), 401, "UNAUTHORIZED")

    def test_the_sdks_reports_are_taken_and_cost_no_request(self) -> None:
        answer = self.as_alice.post(REPORT, {"resourceLogs": []})
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        self.assertEqual(answer["X-RateLimit-Remaining"], answer["X-RateLimit-Limit"])
        self.refused(self.as_alice.post(REPORT, b"x" * 300_000), 413, "VALIDATION_ERROR")

    def test_models_list_has_a_kugel_model(self) -> None:
        models = {
            model["id"]: model for model in self.as_nobody.get("/v1/models", headers=SDK).json()["models"]
        }
        self.assertLessEqual({"kugel-1-turbo", "kugel-1", "kokoro"}, set(models))
        self.assertEqual(models["kugel-1-turbo"]["max_input_length"], 10_000)
