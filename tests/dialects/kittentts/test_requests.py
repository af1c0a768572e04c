"""What KittenTTS's paths accept and refuse, and that pages of any origin may read the answers."""

from __future__ import annotations

import json
from typing import Any

from django.test import override_settings

from tests.base import PlatformTest

GENERATE, START, CHUNK = "/api/generate", "/api/stream/start", "/api/stream/chunk"
NO_SESSION = "550e8400-e29b-41d4-a716-446655440000"

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
    {"text": "a" * 5001},
    {"text": "Hello", "voice": "Nobody"},
    {"text": "Hello", "voice": "af_bella"},
    {"text": "Hello", "voice": ""},
    {"text": "Hello", "voice": None},
    {"text": "Hello", "voice": 2},
    {"text": "Hello", "voice": {"id": "Bella"}},
    {"text": "Hello", "model": "nonsense"},
    {"text": "Hello", "model": "kokoro"},
    {"text": "Hello", "model": ""},
    {"text": "Hello", "model": None},
    {"text": "Hello", "model": 1},
    {"text": "Hello", "speed": "fast"},
    {"text": "Hello", "speed": "1.0"},
    {"text": "Hello", "speed": True},
    {"text": "Hello", "speed": None},
    {"text": "Hello", "speed": 0.24},
    {"text": "Hello", "speed": 3.01},
    {"text": "Hello", "speed": -1},
    {"text": "Hello", "speed": 10**400},
    {"text": "Hello", "speed": -(10**400)},
]
BAD_RAW = [b"{", b"nonsense", b'{"text": NaN}', b"\xff\xfe", b'{"text": "a', b"[" * 20_000]
BAD_STARTS = [
    "?speed=9",
    "?speed=0",
    "?speed=nan",
    "?speed=inf",
    "?speed=x",
    "?voice=Nobody",
    "?voice=",
    "?model=x",
]
BAD_CHUNKS: list[Any] = [
    [],
    {"text": 1},
    {"text": None},
    {"flush": "yes"},
    {"flush": 1},
    {"flush": None},
    {"text": "\x00"},
]


class RequestsTest(PlatformTest):
    def refused(self, answer: Any, status: int) -> str:
        self.assertEqual(answer.status_code, status, answer.content)
        body = answer.json()
        self.assertEqual(list(body), ["detail"])
        self.assertIsInstance(body["detail"], str)
        self.assertTrue(body["detail"])
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        return str(body["detail"])

    def started(self, query: str = "", client: Any = None) -> str:
        answer = (client or self.as_alice).post(START + query)
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual(answer.json()["status"], "created")
        return str(answer.json()["session_id"])

    def test_every_wrong_body_is_a_400_that_says_why(self) -> None:
        for body in BAD_BODIES:
            with self.subTest(body=body):
                self.put_on_plan(self.account, "business")
                self.refused(self.as_alice.post(GENERATE, json.dumps(body)), 400)
        for raw in BAD_RAW:
            with self.subTest(raw=raw[:20]):
                self.refused(self.as_alice.post(GENERATE, raw), 400)

    def test_the_documents_two_errors(self) -> None:
        detail = self.refused(self.as_nobody.post(GENERATE, {"text": "", "voice": "Jasper"}), 400)
        self.assertEqual(detail, "Text cannot be empty")
        detail = self.refused(self.as_nobody.post(GENERATE, {"text": "Hello", "speed": 5}), 400)
        self.assertEqual(detail, "Speed must be between 0.25 and 3.0.")

    def test_a_text_over_the_plans_length_is_refused(self) -> None:
        self.assertIn("500", self.refused(self.as_nobody.post(GENERATE, {"text": "word " * 101}), 400))

    def test_wrong_keys_methods_and_paths(self) -> None:
        wrong = type(self.as_alice)("sk-tts-" + "x" * 40)
        self.refused(wrong.post(GENERATE, {"text": "Hello"}), 401)
        answer = self.as_alice.get(GENERATE)
        self.refused(answer, 405)
        self.assertIn("POST", answer["Allow"])
        self.refused(self.as_alice.get("/api/stream/nonsense"), 404)
        unscoped = type(self.as_alice)(self.new_key(self.account, scopes=["usage"]))
        self.refused(unscoped.post(GENERATE, {"text": "Hello"}), 403)

    def test_preflight_is_answered_for_every_path_and_costs_nothing(self) -> None:
        asked = {
            "Origin": "https://page.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,authorization",
        }
        for path in (GENERATE, START, CHUNK, f"/api/stream/end/{NO_SESSION}", "/api/models", "/api/voices"):
            for _ in range(3):
                answer = self.as_nobody.options(path, headers=asked)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
                self.assertIn("authorization", answer["Access-Control-Allow-Headers"])
        self.assertIn(
            "DELETE", self.as_nobody.options(f"/api/stream/end/{NO_SESSION}")["Access-Control-Allow-Methods"]
        )
        answer = self.as_nobody.get("/api/models")
        self.assertEqual(answer["X-RateLimit-Remaining"], answer["X-RateLimit-Limit"])

    def test_without_a_key_only_where_the_dialect_is_open(self) -> None:
        self.started(client=self.as_nobody)
        with override_settings(OPEN_DIALECTS=[]):
            self.refused(self.as_nobody.post(START), 401)
            self.refused(self.as_nobody.post(GENERATE, {"text": "Hello"}), 401)
            self.started(client=self.as_alice)

    def test_other_dialects_still_want_a_key_for_these_models(self) -> None:
        answer = self.as_nobody.post("/v1/tts/", {"text": "Hello", "model": "kitten-tts-nano"})
        self.assertEqual(answer.status_code, 401)

    def test_without_weights_and_substitute_the_answer_names_the_command(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={}):
            detail = self.refused(self.as_alice.post(START), 503)
        self.assertIn("manage.py models pull kitten-tts-nano", detail)

    def test_starts(self) -> None:
        for query in (
            "",
            "?voice=Jasper&speed=3.0&model=kitten-tts-mini",
            "?voice=expr-voice-5-m&model=micro&speed=.25",
        ):
            self.started(query)
        for query in BAD_STARTS:
            with self.subTest(query=query):
                self.refused(self.as_alice.post(START + query), 400)

    def test_chunks_gather_until_a_sentence_is_complete(self) -> None:
        session = self.started("?voice=Jasper")
        for text, buffered in (
            ("It", "It"),
            (" costs 3.", "It costs 3."),
            ("14 in", "It costs 3.14 in"),
            (" ", "It costs 3.14 in "),
        ):
            answer = self.as_alice.post(f"{CHUNK}?session_id={session}", {"text": text, "flush": False})
            self.assertEqual(answer.status_code, 200, answer.content)
            self.assertEqual(answer.json()["audio_chunks"], [])
            self.assertEqual(answer.json()["buffered_text"], buffered)
            self.assertEqual(answer.json()["status"], "streaming")
            self.assertEqual(answer.json()["sample_rate"], 24_000)

    def test_flushing_nothing_is_fine_and_the_session_stays_until_it_is_ended(self) -> None:
        session = self.started()
        for _ in range(2):
            answer = self.as_alice.post(f"{CHUNK}?session_id={session}", {"text": " ... ", "flush": True})
            self.assertEqual((answer.json()["status"], answer.json()["buffered_text"]), ("flushed", ""))
        answer = self.as_alice.delete(f"/api/stream/end/{session}")
        self.assertEqual(answer.json(), {"status": "ended", "session_id": session})
        self.refused(self.as_alice.delete(f"/api/stream/end/{session}"), 404)
        self.refused(self.as_alice.post(f"{CHUNK}?session_id={session}", {"text": "Hello"}), 404)

    def test_bad_chunks_are_400_and_change_nothing(self) -> None:
        session = self.started()
        self.as_alice.post(f"{CHUNK}?session_id={session}", {"text": "kept"})
        for body in BAD_CHUNKS:
            with self.subTest(body=body):
                self.refused(self.as_alice.post(f"{CHUNK}?session_id={session}", json.dumps(body)), 400)
        self.refused(self.as_alice.post(f"{CHUNK}?session_id={session}", {"text": "a" * 5000}), 400)
        self.refused(self.as_alice.post(CHUNK, {"text": "Hello"}), 400)
        answer = self.as_alice.post(f"{CHUNK}?session_id={session}")
        self.assertEqual(answer.json()["buffered_text"], "kept")

    def test_unknown_and_other_peoples_sessions_are_not_found(self) -> None:
        session = self.started()
        for client in (self.as_charlie, self.as_nobody):
            self.refused(client.post(f"{CHUNK}?session_id={session}", {"text": "Hello"}), 404)
            self.refused(client.delete(f"/api/stream/end/{session}"), 404)
        for name in (NO_SESSION, "x", "%00", "a" * 300, "*"):
            self.refused(self.as_alice.post(f"{CHUNK}?session_id={name}", {"text": "Hello"}), 404)
            self.refused(self.as_alice.delete(f"/api/stream/end/{name}"), 404)
        self.assertEqual(self.as_bob.delete(f"/api/stream/end/{session}").status_code, 200, "same account")
