"""Two things at once with one voice, and builds that take longer than a request waits: with the real runner."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from django.db import connection
from django.test import override_settings

from apps.jobs import steps
from apps.jobs.models import Job
from apps.voices import uploads
from apps.voices.changes import alone
from apps.voices.models import Voice
from apps.voices.references import Recording, reference_add
from apps.voices.removing import sweep, voice_delete
from apps.voices.speaking import spoken_by, to_speak
from tests.base import PlatformTest, PlatformTransactionTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError
from workers.audio.reference import Checked
from workers.engines import registry
from workers.runtime.host import ModelHost
from workers.runtime.runner import Runner

from .base import BUILT, VoicesTest, send
from .recordings import RATE, another, joe, wav


def recording(samples: Any) -> Recording:
    seconds = len(samples) / RATE
    return Recording(Checked(samples, seconds, seconds, -22.0, 0.0), "joe.wav")


def in_threads(*works: Callable[[], Any]) -> list[Any]:
    """What each returned or raised."""
    results: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        try:
            results[number] = works[number]()
        except Exception as problem:
            results[number] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return results


class RacesTest(VoicesTest, PlatformTransactionTest):
    runner: Runner

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.runner = Runner("test", ModelHost(lambda model_id: registry.load(model_id)))
        cls.addClassCleanup(cls.runner.close)

    @contextmanager
    def running(self) -> Iterator[None]:
        """A worker beside the test."""
        over = threading.Event()

        def work() -> None:
            while not over.is_set():
                if not self.runner.run_next("speech-cpu"):
                    time.sleep(0.05)
            connection.close()

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            yield
        finally:
            over.set()
            worker.join(60)

    def built(self) -> Voice:
        voice = self.voice_of(self.alice_key)
        Job.objects.all().delete()
        Voice.objects.filter(pk=voice.pk).update(**BUILT, pending=None, building=None, expires_at=None)
        voice.refresh_from_db()
        return voice

    @override_settings(VOICE_BUILD_SECONDS=20)
    def test_a_voice_that_is_deleted_while_it_is_built_is_not_found_and_leaves_nothing(self) -> None:
        def delete() -> None:
            while not (found := Voice.objects.exclude(building=None).first()):
                time.sleep(0.02)
            voice_delete(found)

        form = {"name": "Me", "consent_confirmed": "yes", "file": wav(joe())}
        answer, _ = in_threads(lambda: send(self.as_alice, "/api/v1/user-voices/", **form), delete)
        self.assertEqual(answer.status_code, 404, answer.content)
        self.assertIn("deleted", answer.json()["message"])
        sweep()
        self.assertEqual((Voice.everything.count(), self.files()), (0, []))
        self.assertEqual(Job.objects.get().status, "canceled")

    def test_a_refusal_that_comes_late_is_kept_for_whoever_asks_later(self) -> None:
        both = wav(np.concatenate([joe()[: 6 * RATE], another()]))
        form = {"name": "Me", "consent_confirmed": "yes", "file": both}
        made = send(self.as_alice, "/api/v1/user-voices/", **form).json()
        self.assertFalse(made["ready"])
        self.assertTrue(self.runner.run_next("speech-cpu"))
        sweep()
        (shown,) = self.as_alice.get("/api/v1/user-voices/").json()["voices"]
        self.assertEqual((shown["ready"], shown["reference_audio_url"]), (False, None))
        self.assertIn("More than one person", shown["note"])
        refused = self.as_alice.post("/v1/tts/", {"text": "Hello.", "user_voice_id": made["public_id"]})
        self.assertEqual(refused.status_code, 409)
        self.assertIn("More than one person", refused.json()["message"])
        self.assertEqual(self.files(), [], "the recording that was refused is not kept")

    def test_a_voice_speaks_on_while_it_is_built_anew_and_after_a_refusal(self) -> None:
        voice = self.built()
        alice = caller(self.alice_key)
        before = voice.reference_key
        reference_add(alice, voice, recording(another()), consent=True, request_id="req_test")
        began = time.monotonic()
        self.assertEqual(spoken_by(to_speak(Voice.objects.get())), BUILT["built"])
        self.assertLess(time.monotonic() - began, 2, "nobody waits for the new one")
        self.runner.run_next("speech-cpu")
        now = to_speak(Voice.objects.get())
        self.assertEqual((spoken_by(now), now.reference_key), (BUILT["built"], before))
        self.assertIn(BUILT["note"], now.note)
        self.assertIn("More than one person", now.note)
        self.assertEqual((now.building, now.pending, now.references.count()), (None, None, 1))
        with override_settings(VOICE_BUILD_SECONDS=60), self.running():
            reference_add(alice, now, recording(joe()), consent=True, request_id="req_test")
        now.refresh_from_db()
        self.assertNotIn("More than one", now.note)
        self.assertAlmostEqual(now.reference_seconds, 2 * len(joe()) / RATE, places=2)
        self.assertNotEqual(now.built, BUILT["built"])

    @override_settings(VOICE_BUILD_SECONDS=60)
    def test_two_recordings_added_at_once_are_both_there(self) -> None:
        with override_settings(VOICE_BUILD_SECONDS=0):
            voice = self.built()
        alice = caller(self.alice_key)

        def add() -> None:
            mine = Voice.objects.get(pk=voice.pk)
            reference_add(alice, mine, recording(joe()), consent=True, request_id="req_test")

        with self.running():
            self.assertEqual(in_threads(add, add), [None, None])
        voice.refresh_from_db()
        self.assertEqual(voice.references.count(), 3)
        self.assertAlmostEqual(voice.reference_seconds, 3 * len(joe()) / RATE, places=2)
        self.assertEqual(len(self.files()), 4, "three, and the three joined")

    def test_a_voice_that_another_request_changes_is_said_to_be_busy(self) -> None:
        voice = self.built()
        added = recording(joe())
        with alone(voice), self.assertRaises(ApiError) as busy:
            reference_add(caller(self.alice_key), voice, added, consent=True, request_id="req_test")
        self.assertEqual((busy.exception.code, busy.exception.retry_after), ("conflict", 5))
        self.assertEqual(voice.references.count(), 1)


class TurnsTest(VoicesTest, PlatformTest):
    def test_an_upload_waits_for_others_that_are_checked_but_not_for_ever(self) -> None:
        with patch.object(uploads, "_WAIT_SECONDS", 0.05), uploads._TURN:
            form = {"name": "Me", "consent_confirmed": "yes", "file": wav(joe())}
            answer = send(self.as_alice, "/api/v1/user-voices/", **form)
        self.assertEqual((answer.status_code, answer["Retry-After"]), (503, "5"))

    def test_a_voice_is_built_before_what_its_owner_ordered_earlier_and_needs_no_place(self) -> None:
        self.put_on_plan(self.account, "free")
        texts = [{"text": "Hello there.", "model": "kokoro"}] * 20
        self.assertEqual(self.as_alice.post("/v1/tts/batch/", {"texts": texts}).status_code, 200)
        self.assertEqual(self.as_alice.post("/v1/tts/batch/", {"texts": texts}).status_code, 429)
        busy = [steps.claim("speech-cpu", "worker") for _ in range(3)]
        limit = sum(claim is not None for claim in busy)
        self.assertLess(limit, 3, "the plan's places are taken")
        voice = self.voice_of(self.alice_key)
        claim = steps.claim("speech-cpu", "worker")
        assert claim is not None
        self.assertEqual((claim.job_id, claim.kind), (voice.building, "voice"))
        self.assertIsNone(steps.claim("speech-cpu", "worker"))
