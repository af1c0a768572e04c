"""POST /v1/tts/ and its result: what is accepted, what is refused and how, what it costs."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any
from unittest.mock import patch

from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import Account
from apps.jobs import closing, steps
from apps.jobs.models import Job, Step
from apps.usage.models import LedgerEntry
from tests.base import CHARACTERS, PlatformTest
from workers.engines.catalogue import catalogue
from workers.pipelines.base import Done

GOOD: dict[str, Any] = {
    "text": "Hello from the tests.",
    "model": "kokoro",
    "voice": "af_bella",
    "format": "mp3",
}
RESULT = {
    "key": "jobs/x/y/output.mp3",
    "filename": "output.mp3",
    "content_type": "audio/mpeg",
    "format": "mp3",
    "duration": 1.5,
}


def finish(job_uuid: str) -> None:
    """Do the work of a worker, without the audio."""
    step = Step.objects.get(job_id=job_uuid)
    Step.objects.exclude(pk=step.pk).update(available_at=timezone.now() + dt.timedelta(days=1))
    claim = steps.claim(step.queue, "test")
    assert claim is not None
    steps.finish(claim, Done(RESULT))


class AcceptedTest(PlatformTest):
    def test_the_answer_has_what_the_document_and_the_sdks_read(self) -> None:
        for path in ("/v1/tts/", "/api/v1/tts/"):
            answer = self.as_alice.post(path, GOOD)
            self.assertEqual(answer.status_code, 200, answer.content)
            body = answer.json()
            self.assertEqual((len(body["uuid"]), body["status"]), (32, "queued"))
            self.assertEqual(uuid.UUID(body["job_id"]).hex, body["uuid"])
            self.assertEqual(body["credits_used"], 2 * len(GOOD["text"]), "Kokoro is a standard model")
            self.assertEqual(answer["X-Credits-Used"], str(body["credits_used"]))
            for header in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"):
                self.assertIn(header, answer)
        self.assertEqual(body["credits_remaining"], CHARACTERS - 2 * body["credits_used"])

    def test_polling_says_processing_then_completed_with_absolute_links_without_a_key(self) -> None:
        uid = self.as_alice.post("/v1/tts/", GOOD).json()["uuid"]
        polled = self.as_nobody.get(f"/v1/speech/results/?uuid={uid}")
        self.assertEqual((polled.status_code, polled.json()["status"]), (200, "processing"))
        finish(uid)
        body = self.as_nobody.get(f"/v1/speech/results/?uuid={uid}").json()
        self.assertEqual(body["status"], "completed")
        for name in ("result_url", "url", "cdn_url"):
            self.assertTrue(
                body[name].startswith(f"http://testserver/static/downloads/{uid}/output.mp3?"), body
            )

    def test_a_failed_job_says_so_in_a_string(self) -> None:
        uid = self.as_alice.post("/v1/tts/", GOOD).json()["uuid"]
        job = closing.lock(uuid.UUID(uid))
        assert job is not None
        closing.fail(job, "cannot_speak", "Nothing in it can be spoken.")
        body = self.as_nobody.get(f"/v1/speech/results/?uuid={uid}").json()
        self.assertEqual((body["status"], body["error"]), ("failed", "Nothing in it can be spoken."))

    def test_model_voice_and_language_may_be_left_out(self) -> None:
        body = self.as_alice.post("/v1/tts/", {"text": "Good morning, everybody. How are you today?"}).json()
        self.assertEqual((body["model"], body["language"]), ("kokoro", "en"))
        self.assertIn(
            body["voice"], {voice.id for voice in catalogue().voices(model="kokoro", language="en")}
        )

    def test_the_model_follows_the_language(self) -> None:
        french = {"text": "Bonjour à tous, il fait très beau ce matin à Paris et nous sommes heureux."}
        body = self.as_alice.post("/v1/tts/", french).json()
        self.assertEqual((body["model"], body["language"], body["voice"]), ("kokoro", "fr", "ff_siwis"))
        self.assertEqual(
            self.as_alice.post("/v1/tts/", {"text": "你好，今天天气很好。"}).json()["language"], "zh"
        )

    def test_voices_can_be_blended(self) -> None:
        body = self.as_alice.post("/v1/tts/", {**GOOD, "voice": "af_bella(2)+am_adam"}).json()
        self.assertEqual(body["voice"], "af_bella(2)+am_adam")

    def test_a_stand_in_for_a_model_that_is_not_installed_says_so_and_costs_its_own_price(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={"*": "kokoro"}):
            answer = self.as_alice.post("/v1/tts/", {"text": "Hello.", "model": "tortoise"})
        body = answer.json()
        self.assertEqual((body["model"], body["served_model"]), ("tortoise", "kokoro"))
        self.assertEqual(answer["X-Served-Model"], "kokoro")
        self.assertEqual(body["credits_used"], 12)

    def test_without_a_stand_in_it_is_unavailable_and_names_the_command(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={}):
            answer = self.as_alice.post("/v1/tts/", {"text": "Hello.", "model": "tortoise"})
        self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (503, "model_unavailable"))
        self.assertIn("manage.py models pull tortoise", answer.json()["message"])

    def test_an_idempotency_key_answers_again_without_charging_again(self) -> None:
        one, two = (
            self.as_alice.post("/v1/tts/", GOOD, headers={"Idempotency-Key": "abc"}) for _ in range(2)
        )
        self.assertEqual(one.json(), two.json())
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS - one.json()["credits_used"])
        other = self.as_alice.post(
            "/v1/tts/", {**GOOD, "text": "Another."}, headers={"Idempotency-Key": "abc"}
        )
        self.assertEqual(other.status_code, 422)

    def test_prefer_wait_answers_with_the_job_as_it_then_is(self) -> None:
        def done_at_once(job_id: uuid.UUID, seconds: float) -> Job:
            self.assertEqual(seconds, 7)
            finish(job_id.hex)
            return Job.objects.get(pk=job_id)

        with patch("apps.dialects.ttsai.speech.wait_for", done_at_once):
            answer = self.as_alice.post("/v1/tts/", GOOD, headers={"Prefer": "respond-async, wait=7"})
        self.assertEqual((answer.json()["status"], answer["Preference-Applied"]), ("completed", "wait=7"))

    def test_waiting_requests_count_as_work_at_once(self) -> None:
        self.put_on_plan(self.account, "free")
        answers: list[Any] = []
        depth = [False, True, True]

        def ask_meanwhile(job_id: uuid.UUID, seconds: float) -> Job:
            if depth.pop():
                answers.append(self.as_alice.post("/v1/tts/?wait=true", GOOD))
            return Job.objects.get(pk=job_id)

        with patch("apps.dialects.ttsai.speech.wait_for", ask_meanwhile):
            answers.append(self.as_alice.post("/v1/tts/?wait=true", GOOD))
        statuses = sorted(answer.status_code for answer in answers)
        self.assertEqual(statuses, [200, 200, 429])
        refused = next(answer for answer in answers if answer.status_code == 429)
        self.assertEqual(refused.json()["error"]["code"], "too_many_concurrent")
        self.assertIn("Retry-After", refused)
        self.assertEqual(Job.objects.count(), 2, "the refused request ordered nothing")


class RefusedTest(PlatformTest):
    """Bad input: the right status, a message that helps, nothing charged, nothing left behind."""

    def check(self, answer: Any, status: int, code: str, says: str = "") -> None:
        self.assertEqual(answer.status_code, status, answer.content)
        body = answer.json()
        self.assertEqual(body["error"]["code"], code, body)
        self.assertEqual(body["error"]["message"], body["message"])
        self.assertIn(says.lower(), body["message"].lower())
        self.assertNotIn("Traceback", answer.content.decode())
        self.assertFalse(Job.objects.exists())
        self.assertFalse(LedgerEntry.objects.exclude(kind="grant").exists())
        for account in Account.objects.all():
            self.assertEqual(account.balance, CHARACTERS)

    def test_bad_fields(self) -> None:
        table: list[tuple[dict[str, Any], str, str]] = [
            ({"text": ""}, "bad_request", "text"),
            ({"text": "  \n\t "}, "bad_request", "text"),
            ({"text": None}, "bad_request", "text"),
            ({"text": 5}, "bad_request", "text"),
            ({"text": ["a"]}, "bad_request", "text"),
            ({"text": {"a": 1}}, "bad_request", "text"),
            ({"text": True}, "bad_request", "text"),
            ({"text": "a\x00b"}, "bad_request", "text"),
            ({"text": "…!?"}, "bad_request", "text"),
            ({"text": "a" * 100_001}, "text_too_long", "100000"),
            ({"model": "no-such-model"}, "model_not_found", "unknown model: no-such-model"),
            ({"model": "whisper"}, "bad_request", "whisper"),
            ({"model": 7.5}, "model_not_found", "unknown model"),
            ({"model": ["kokoro"]}, "bad_request", "model"),
            ({"format": "exe"}, "bad_request", "format"),
            ({"format": ""}, "bad_request", "format"),
            ({"format": None}, "bad_request", "format"),
            ({"speed": 0.49}, "bad_request", "speed"),
            ({"speed": 2.01}, "bad_request", "speed"),
            ({"speed": "fast"}, "bad_request", "speed"),
            ({"speed": True}, "bad_request", "speed"),
            ({"speed": 1e999}, "bad_request", ""),
            ({"language": "xx"}, "bad_request", "language"),
            ({"language": "../../etc"}, "bad_request", "language"),
            ({"language": 5}, "bad_request", "language"),
            ({"stream": "perhaps"}, "bad_request", "stream"),
            ({"voice": 5.5, "model": None}, "bad_request", "voice"),
        ]
        self.put_on_plan(self.account, "business")
        self.account.plan.max_text_chars = 100_000
        self.account.plan.requests_per_minute = 100_000
        self.account.plan.save()
        for change, code, says in table:
            with self.subTest(change=str(change)[:80]):
                answer = self.as_alice.post("/v1/tts/", {**GOOD, **change})
                if change.get("voice") == 5.5:
                    self.assertIn(answer.status_code, {400, 404})
                    continue
                self.check(answer, 400, code, says)

    def test_an_unknown_voice(self) -> None:
        self.check(self.as_alice.post("/v1/tts/", {**GOOD, "voice": "nobody"}), 404, "not_found", "nobody")
        blend = self.as_alice.post("/v1/tts/", {**GOOD, "voice": "af_bella+nobody"})
        self.check(blend, 404, "not_found", "nobody")

    def test_lone_surrogates(self) -> None:
        answer = self.as_alice.post("/v1/tts/", '{"text": "a \\ud800 b", "voice": "af_bella"}')
        self.check(answer, 400, "bad_request", "text")
        for field in ("voice", "model", "language", "format"):
            answer = self.as_alice.post("/v1/tts/", f'{{"text": "hello", "{field}": "\\ud800"}}')
            self.assertIn(answer.status_code, {400, 404}, field)
            self.assertFalse(Job.objects.exists())

    def test_bodies_that_are_not_an_object(self) -> None:
        for body in (
            "",
            "{",
            "[]",
            '"text"',
            "null",
            "5",
            '{"text": NaN}',
            "[" * 50_000,
            "\xff\xfe",
            '{"text": "a"',
        ):
            with self.subTest(body=body[:20]):
                self.check(self.as_alice.post("/v1/tts/", body), 400, "bad_request")

    def test_a_media_type_nobody_can_read(self) -> None:
        answer = self.as_alice.post("/v1/tts/", "<text/>", content_type="application/xml")
        self.check(answer, 415, "unsupported_media_type")

    def test_the_plan_limits_the_text(self) -> None:
        self.put_on_plan(self.account, "free")
        self.check(self.as_alice.post("/v1/tts/", {**GOOD, "text": "a " * 251}), 400, "text_too_long", "Free")

    def test_a_bad_key(self) -> None:
        answer = self.as_nobody.post("/v1/tts/", GOOD, headers={"Authorization": "Bearer sk-tts-" + "a" * 40})
        self.check(answer, 401, "unauthorized", "key")

    def test_too_few_characters(self) -> None:
        text = "a " * 30_000
        self.put_on_plan(self.account, "pro")
        answer = self.as_alice.post("/v1/tts/", {**GOOD, "text": text})
        self.check(answer, 402, "insufficient_credits")
        body = answer.json()
        needed = 2 * len(text.strip())
        self.assertEqual((body["credits_needed"], body["credits_remaining"]), (needed, CHARACTERS))
        self.assertEqual(body["error"]["characters_required"], needed)
        self.assertEqual(body["error"]["characters_available"], CHARACTERS)

    def test_somebody_elses_or_nobodys_job(self) -> None:
        for given in (uuid.uuid4().hex, "x", "", "%00", "../../etc/passwd"):
            answer = self.as_alice.get("/v1/speech/results/", {"uuid": given})
            self.assertIn(answer.status_code, {400, 404}, given)
            self.assertIn("message", answer.json()["error"])

    def test_missing_and_superfluous_slashes_never_redirect(self) -> None:
        for path in (
            "/v1/tts",
            "/v1/tts//",
            "/v1/speech/results",
            "/v1/models//",
            "/api/v1/voices",
            "/v1/health",
        ):
            for answer in (self.as_alice.get(path), self.as_alice.post(path, GOOD)):
                self.assertNotIn(answer.status_code, {301, 302, 307, 308}, path)

    def test_a_wrong_method(self) -> None:
        answer = self.as_alice.get("/v1/tts/")
        self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (405, "method_not_allowed"))


class AnonymousTest(PlatformTest):
    def test_free_models_work_without_a_key_up_to_the_daily_allowance(self) -> None:
        for _ in range(10):
            answer = self.as_nobody.post("/v1/tts/", {"text": "a" * 250, "model": "piper"})
            self.assertEqual(answer.status_code, 200, answer.content)
        self.assertIsNone(answer.json()["credits_remaining"])
        self.assertEqual(answer["X-RateLimit-Limit"], "10")
        self.assertEqual(self.as_nobody.post("/v1/tts/", {"text": "a", "model": "piper"}).status_code, 429)

    @override_settings(ANONYMOUS_REQUESTS_PER_MINUTE=3)
    def test_the_operator_may_let_them_ask_more_or_less_often(self) -> None:
        answers = [self.as_nobody.post("/v1/tts/", {"text": "a", "model": "piper"}) for _ in range(4)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 200, 429])
        self.assertEqual(answers[0]["X-RateLimit-Limit"], "3")

    @override_settings(ANONYMOUS_DAILY_CHARACTERS=300)
    def test_more_than_the_allowance_is_refused_and_a_cancelled_job_gives_it_back(self) -> None:
        first = self.as_nobody.post("/v1/tts/", {"text": "a" * 250, "model": "piper"}).json()
        refused = self.as_nobody.post("/v1/tts/", {"text": "a" * 51, "model": "piper"})
        self.assertEqual((refused.status_code, refused.json()["credits_remaining"]), (402, 50))
        job = closing.lock(uuid.UUID(first["uuid"]))
        assert job is not None
        with self.captureOnCommitCallbacks(execute=True):
            closing.cancel(job)
        self.assertEqual(
            self.as_nobody.post("/v1/tts/", {"text": "a" * 51, "model": "piper"}).status_code, 200
        )

    def test_other_models_need_a_key(self) -> None:
        answer = self.as_nobody.post("/v1/tts/", {"text": "Hello.", "model": "chatterbox"})
        self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (401, "unauthorized"))


class OurJobsTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.uuid = self.as_alice.post("/v1/tts/", GOOD).json()["uuid"]
        self.path = f"/v1/jobs/{self.uuid}"

    def test_colleagues_see_it_strangers_do_not(self) -> None:
        self.assertEqual(self.as_bob.get(self.path).json()["status"], "queued")
        self.assertEqual(self.as_bob.get("/v1/jobs/").json()["results"][0]["id"], str(uuid.UUID(self.uuid)))
        for client, status in ((self.as_charlie, 404), (self.as_nobody, 401)):
            self.assertEqual(client.get(self.path).status_code, status)
            self.assertEqual(client.post(self.path + "/cancel").status_code, status)
            self.assertEqual(client.delete(self.path).status_code, status)
            self.assertEqual(client.get(self.path + "/events").status_code, status)
        self.assertEqual(self.as_charlie.get("/v1/jobs/").json()["results"], [])

    def test_cancel(self) -> None:
        answer = self.as_alice.post(self.path + "/cancel")
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "canceled"))
        self.assertEqual(self.as_alice.post(self.path + "/cancel").status_code, 409)
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS)

    def test_delete_takes_the_text_and_the_result_along(self) -> None:
        self.assertEqual(self.as_alice.delete(self.path).status_code, 204)
        job = Job.objects.get(pk=self.uuid)
        self.assertEqual((job.request, job.result), ({}, None))
        self.assertEqual(self.as_nobody.get(f"/v1/speech/results/?uuid={self.uuid}").status_code, 410)

    def test_pages(self) -> None:
        for _ in range(4):
            self.as_alice.post("/v1/tts/", GOOD)
        first = self.as_alice.get("/v1/jobs/?limit=3").json()
        self.assertEqual(len(first["results"]), 3)
        second = self.as_alice.get(first["next"].removeprefix("http://testserver")).json()
        self.assertEqual(len(second["results"]), 2)
        self.assertEqual(self.as_alice.get("/v1/jobs/?status=nonsense").status_code, 400)

    def test_a_key_without_the_scope_may_not_look(self) -> None:
        key = self.new_key(self.account, scopes=["speech"])
        answer = self.client.get(self.path, headers={"Authorization": f"Bearer {key}"})
        self.assertEqual((answer.status_code, answer.json()["error"]["code"]), (403, "forbidden"))

    def test_the_queue_position_counts_ones_own(self) -> None:
        self.as_charlie.post("/v1/tts/", GOOD)
        later = self.as_alice.post("/v1/tts/", GOOD).json()["uuid"]
        self.assertEqual(json.loads(self.as_alice.get(f"/v1/jobs/{later}").content)["queue_position"], 2)
