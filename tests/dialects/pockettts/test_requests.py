"""What Sogni's Pocket TTS paths accept and refuse, and that pages of any origin may read the answers."""

from __future__ import annotations

import json
from typing import Any

from django.test import override_settings

from tests.base import PlatformTest

SPEAK, VOICES = "/pocket-tts", "/pocket-tts/voices"

BAD_BODIES: list[Any] = [
    {},
    [],
    "text",
    None,
    {"text": None},
    {"text": 5},
    {"text": ["Hello"]},
    {"text": ""},
    {"text": " \n\t"},
    {"text": "..."},
    {"text": "a\x00b"},
    {"text": "half \ud800 a pair"},
    {"text": "a" * 10_001},
    {"text": "Hello", "voice": ""},
    {"text": "Hello", "voice": None},
    {"text": "Hello", "voice": 2},
    {"text": "Hello", "voice": {"id": "alba"}},
    {"text": "Hello", "format": "mp3"},
    {"text": "Hello", "format": ""},
    {"text": "Hello", "format": None},
    {"text": "Hello", "speed": 1.0},
    {"text": "Hello", "Text": "Hello"},
    {"text": "Hello", "x" * 5000: "y"},
]
BAD_RAW = [b"{", b"nonsense", b'{"text": NaN}', b"\xff\xfe", b'{"text": "a', b"[" * 20_000, b""]
PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


class RequestsTest(PlatformTest):
    def refused(self, answer: Any, status: int) -> str:
        self.assertEqual(answer.status_code, status, answer.content)
        body = answer.json()
        self.assertEqual(list(body), ["statusCode", "error", "message"])
        self.assertEqual((body["statusCode"], body["error"]), (status, PHRASES[status]))
        self.assertTrue(body["message"])
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        self.assertIn("X-RateLimit-Limit", answer)
        return str(body["message"])

    def test_every_wrong_body_is_refused_and_told_why(self) -> None:
        for body in BAD_BODIES:
            with self.subTest(body=str(body)[:60]):
                self.put_on_plan(self.account, "business")
                self.refused(self.as_alice.post(SPEAK, json.dumps(body)), 400)
        for raw in BAD_RAW:
            with self.subTest(raw=raw[:20]):
                self.refused(self.as_alice.post(SPEAK, raw), 400)

    def test_an_unknown_field_is_named(self) -> None:
        self.assertIn("speed", self.refused(self.as_alice.post(SPEAK, {"text": "Hello", "speed": 1}), 400))

    def test_the_formats_of_body_and_address_are_both_checked(self) -> None:
        for path, body in ((f"{SPEAK}?format=mp3", {}), (f"{SPEAK}?format=wav", {"format": "mp3"})):
            message = self.refused(self.as_alice.post(path, {"text": "Hello"} | body), 400)
            self.assertIn("wav, opus, buffer", message)

    def test_a_voice_that_is_not_there_is_a_404_with_the_list(self) -> None:
        for name in ("nobody", "af_bella", "Alba", "my_clone"):
            message = self.refused(self.as_alice.post(SPEAK, {"text": "Hello", "voice": name}), 404)
            self.assertIn("alba, marius, javert", message)

    def test_wrong_keys_methods_and_paths(self) -> None:
        wrong = type(self.as_alice)("sk-tts-" + "x" * 40)
        self.refused(wrong.post(SPEAK, {"text": "Hello"}), 401)
        answer = self.as_alice.get(SPEAK)
        self.refused(answer, 405)
        self.assertEqual(answer["Allow"], "POST, OPTIONS")
        for path in ("/pocket-tts/", "/pocket-tts/voices/", "/pocket-tts/nonsense"):
            self.refused(self.as_alice.get(path), 404)
        unscoped = type(self.as_alice)(self.new_key(self.account, scopes=["usage"]))
        self.refused(unscoped.post(SPEAK, {"text": "Hello"}), 403)

    def test_a_preflight_allows_the_documents_headers_and_costs_nothing(self) -> None:
        for path, method in ((SPEAK, "POST"), (VOICES, "GET")):
            answer = self.as_nobody.options(path, headers={"Origin": "https://page.example"})
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
            self.assertEqual(answer["Access-Control-Allow-Methods"], f"{method}, OPTIONS")
            for name in ("Accept", "Authorization", "Content-Type", "X-API-Key"):
                self.assertIn(name, answer["Access-Control-Allow-Headers"])
        self.assertEqual(self.as_nobody.head(VOICES).status_code, 200)
        answer = self.as_nobody.get(VOICES)
        self.assertEqual(answer["X-RateLimit-Remaining"], answer["X-RateLimit-Limit"])

    def test_voices_are_the_documents(self) -> None:
        expected = ["alba", "marius", "javert", "jean", "fantine", "cosette", "eponine", "azelma"]
        for client in (self.as_nobody, self.as_alice):
            self.assertEqual(client.get(VOICES).json(), {"voices": expected, "clones": [], "default": "alba"})

    def test_without_a_key_only_where_the_dialect_is_open(self) -> None:
        with override_settings(OPEN_DIALECTS=["kittentts"]):
            self.refused(self.as_nobody.post(SPEAK, {"text": "Hello"}), 401)
        self.assertIn("500", self.refused(self.as_nobody.post(SPEAK, {"text": "word " * 101}), 400))

    def test_without_weights_and_substitute_the_answer_names_the_command(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={}):
            message = self.refused(self.as_alice.post(SPEAK, {"text": "Hello"}), 503)
        self.assertIn("manage.py models pull pocket-tts", message)
