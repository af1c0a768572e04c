"""From a recording to a voice that speaks, and to nothing: with the real runner and the real engines."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from apps.jobs.models import Job, JobStatus
from apps.jobs.services import submit
from apps.jobs.speech import speech_order
from apps.voices import removing
from apps.voices.building import ready
from apps.voices.models import Voice, VoiceKind
from apps.voices.references import Recording, reference_add
from apps.voices.removing import voice_delete
from apps.voices.speaking import spoken_by, to_speak
from apps.voices.uploads import store_wav, stored_samples
from tests.base import CHARACTERS, PlatformTransactionTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError
from workers.audio.reference import Checked
from workers.engines import registry
from workers.runtime.host import ModelHost
from workers.runtime.runner import Runner

from .base import VoicesTest
from .recordings import RATE, another, joe


class BuildingTest(VoicesTest, PlatformTransactionTest):
    def setUp(self) -> None:
        super().setUp()
        self.runner = Runner("test", ModelHost(lambda model_id: registry.load(model_id)))
        self.addCleanup(self.runner.close)

    @contextmanager
    def running(self) -> Iterator[None]:
        """A worker beside the test, for one step."""

        def work() -> None:
            try:
                while not self.runner.run_next("speech-cpu"):
                    time.sleep(0.05)
            finally:
                connection.close()

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        yield
        worker.join(60)

    def test_a_voice_is_taken_over_once_it_is_built_and_goes_with_all_that_knew_it(self) -> None:
        voice = self.voice_of(self.alice_key)
        self.assertIsNotNone(voice.building, "the request did not wait long enough")
        self.assertIsNotNone(voice.consent_at)
        self.assertEqual(voice.consent_by, self.key_row(self.alice_key))
        with self.assertRaises(ApiError) as early:
            ready(voice, seconds=0)
        self.assertIn("still being built", early.exception.message)

        self.assertTrue(self.runner.run_next("speech-cpu"))
        voice = to_speak(Voice.objects.get(pk=voice.pk))
        self.assertEqual((voice.building, voice.built_model), (None, "voice-match"))
        self.assertEqual(spoken_by(voice)["kind"], "voice-match")
        self.assertIsNone(Job.objects.get().result, "what was built is the voice's own")

        twin = self.voice_of(self.alice_key, model="chatterbox")
        self.assertEqual((twin.building, twin.built), (None, voice.built), "the same recording is heard once")
        self.assertIsNotNone(self.voice_of(self.charlie_key).building, "and a stranger's is not looked at")

        alice = caller(self.alice_key)
        order = speech_order(alice, text="Hello there.", saved=voice)
        self.assertEqual(
            (order.served_model, order.model, order.voice), ("voice-match", "openvoice", voice.public_id)
        )
        self.assertEqual(order.price, 2 * len("Hello there."), "as the model that speaks costs")
        done, waiting = (submit(alice, order, request_id="req_test").job for _ in range(2))
        Job.objects.filter(pk=done.pk).update(status=JobStatus.COMPLETED)
        voice_delete(voice)
        done.refresh_from_db()
        waiting.refresh_from_db()
        self.assertNotIn("voice_data", done.request["options"])
        self.assertNotIn("voice_data", waiting.request["options"])
        self.assertEqual((done.status, waiting.status), (JobStatus.COMPLETED, JobStatus.CANCELED))
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS - order.price, "what was not spoken is given back")
        self.assertFalse((self.folder / "media" / voice.folder).exists())
        self.assertTrue((self.folder / "media" / twin.folder).exists())

    def test_another_person_among_the_references_leaves_the_voice_as_it_was(self) -> None:
        voice = self.voice_of(self.alice_key)
        Voice.objects.filter(pk=voice.pk).update(building=None, pending=None, built={"kind": "voice-match"})
        voice.refresh_from_db()
        before = (voice.reference_key, voice.reference_seconds, voice.built)
        other = another()
        seconds = len(other) / RATE
        recording = Recording(Checked(other, seconds, seconds, -22.0, 0.0), "other.wav")
        Job.objects.all().delete()
        with (
            override_settings(VOICE_BUILD_SECONDS=60),
            self.running(),
            self.assertRaises(ApiError) as refused,
        ):
            reference_add(caller(self.alice_key), voice, recording, consent=True, request_id="req_test")
        self.assertIn("More than one person", refused.exception.message)
        voice.refresh_from_db()
        self.assertEqual((voice.reference_key, voice.reference_seconds, voice.built), before)
        self.assertEqual((voice.references.count(), len(self.files())), (1, 1))

    def test_what_nobody_needs_any_more_is_swept(self) -> None:
        kept = self.voice_of(self.alice_key)
        passing = self.voice_of(self.alice_key, kind=VoiceKind.PASSING)
        embedding = self.voice_of(self.alice_key, kind=VoiceKind.EMBEDDING)
        broken_off = self.voice_of(self.alice_key)
        old = timezone.now() - dt.timedelta(hours=2)
        Voice.objects.filter(pk=broken_off.pk).update(building=None, expires_at=old)
        Voice.objects.filter(pk=passing.pk).update(expires_at=old)
        self.assertEqual(removing.sweep(), 2)
        self.assertEqual(set(Voice.objects.values_list("pk", flat=True)), {kept.pk, embedding.pk})
        self.assertEqual(len(self.files()), 2)
        self.assertEqual(removing.sweep(), 0)

    def test_without_a_named_substitute_a_missing_model_builds_nothing(self) -> None:
        with override_settings(MODEL_SUBSTITUTES={}), self.assertRaises(ApiError) as refused:
            self.voice_of(self.alice_key)
        self.assertEqual(refused.exception.code, "model_unavailable")
        self.assertIn("Install it", refused.exception.message)
        self.assertEqual((Voice.objects.count(), Job.objects.count(), self.files()), (0, 0, []))

    def test_samples_are_kept_bit_for_bit(self) -> None:
        loud = np.clip(3 * joe(), -1, 1)
        key = "voices/x/y/reference.wav"
        store_wav(key, loud)
        once = stored_samples(key)
        store_wav(key, once)
        np.testing.assert_array_equal(stored_samples(key), once)
        self.assertLess(float(np.abs(once - loud).max()), 1 / 32_000)
