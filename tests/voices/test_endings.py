"""Deleted for good: whatever breaks in between, the reaper finishes it, and nobody sees the voice meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from unittest.mock import patch

from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from apps.jobs import closing
from apps.jobs.models import Job
from apps.jobs.services import submit
from apps.jobs.speech import speech_order
from apps.media.store import LocalStore
from apps.voices import changes
from apps.voices.models import Voice, VoiceKind
from apps.voices.outcome import take_pending
from apps.voices.references import Recording, keep_reference, rebuild, reference_delete
from apps.voices.removing import sweep, voice_delete
from apps.voices.speaking import to_speak
from tests.base import CHARACTERS, PlatformTest
from tests.jobs.orders import caller
from workers.audio.reference import Checked

from .base import BUILT, VoicesTest
from .recordings import RATE, joe


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def store_fails(problem: BaseException) -> Iterator[None]:
    """Nothing can be deleted from the store."""
    with patch.object(LocalStore, "delete_folder", side_effect=problem):
        yield


def due() -> None:
    """The minute after which the reaper tries again is over."""
    Voice.everything.exclude(deleting_at=None).update(deleting_at=F("deleting_at") - dt.timedelta(minutes=2))
    Voice.everything.exclude(tidy_at=None).update(tidy_at=F("tidy_at") - dt.timedelta(minutes=2))


class EndingsTest(VoicesTest, PlatformTest):
    def built(self, **wish: object) -> Voice:
        """A voice of Alice's that speaks."""
        voice = self.voice_of(self.alice_key, **wish)
        Voice.objects.filter(pk=voice.pk).update(**BUILT, pending=None, building=None)
        Voice.objects.filter(pk=voice.pk, kind=VoiceKind.SAVED).update(expires_at=None)
        voice.refresh_from_db()
        return voice

    def test_a_store_that_fails_leaves_a_voice_that_nobody_sees_and_the_reaper_deletes(self) -> None:
        voice = self.built(clone_id="mine")
        with store_fails(OSError("disk")):
            answer = self.as_alice.delete(f"/api/v1/user-voices/?public_id={voice.public_id}").json()
            self.assertEqual(answer["storage_status"], "deleting")
            due()
            self.assertEqual(sweep(), 0)
        self.assertEqual(self.as_alice.get("/api/v1/user-voices/").json()["total"], 0)
        self.assertEqual(self.as_alice.get(f"/v1/voices/{voice.number}").status_code, 404)
        self.assertEqual(self.as_alice.get("/pocket-tts/voices/clone/mine/download").status_code, 404)
        path = f"/media/user-voices/{voice.id}/reference.wav"
        self.assertEqual(self.as_alice.get(path).status_code, 404)
        self.assertEqual(len(self.files()), 1, "and yet a row names what is left")
        self.assertEqual(sweep(), 0, "not before its time")
        self.built(clone_id="mine")  # the name is free at once
        due()
        self.assertEqual(sweep(), 1)
        self.assertEqual((Voice.everything.count(), len(self.files())), (1, 1))

    def test_a_process_killed_while_it_deletes_loses_nothing(self) -> None:
        voice = self.built()
        with self.assertRaises(Killed), store_fails(Killed()):
            voice_delete(voice)
        self.assertEqual((Voice.objects.count(), Voice.everything.count()), (0, 1))
        self.assertEqual(sweep(), 1)
        self.assertEqual((Voice.everything.count(), self.files()), (0, []))

    def test_a_recording_deleted_while_the_store_fails_is_deleted_later_also_out_of_the_joined_one(
        self,
    ) -> None:
        voice = self.built()
        alice, samples = caller(self.alice_key), joe()
        with changes.alone(voice):
            second = keep_reference(
                voice, Recording(Checked(samples, len(samples) / RATE, 9.0, -22.0, 0.0), "two.wav")
            )
            rebuild(alice, voice, "req_test", added=[second])
        take_pending(voice)
        voice.building = voice.changing_until = None
        voice.save()
        self.assertEqual(len(self.files()), 3, "two, and the two joined")
        with store_fails(OSError("disk")):
            reference_delete(alice, voice, second, request_id="req_test")
        self.assertEqual((voice.references.count(), len(self.files())), (1, 3))
        due()
        sweep()
        self.assertEqual(self.files(), [self.folder / "media" / voice.references.get().key])

    def test_a_process_killed_between_a_file_and_its_row_leaves_nothing_either(self) -> None:
        voice = self.built()
        samples = joe()
        recording = Recording(Checked(samples, 9.0, 9.0, -22.0, 0.0))
        with (
            patch("apps.voices.changes.tidy"),
            patch("apps.voices.references.VoiceReference.save", side_effect=Killed),
            self.assertRaises(Killed),
            changes.alone(voice),
        ):
            keep_reference(voice, recording)
        self.assertEqual(len(self.files()), 2)
        due()
        sweep()
        self.assertEqual(len(self.files()), 1)

    def test_an_embedding_can_be_deleted_with_what_jobs_knew_of_it(self) -> None:
        embedding = self.built(kind=VoiceKind.EMBEDDING)
        order = speech_order(caller(self.alice_key), text="Hello.", saved=embedding, service="voice_clone")
        job = submit(caller(self.alice_key), order, request_id="req_test").job
        for path in ("/v1/tts/embed/", "/api/v1/tts/embed/"):
            self.assertEqual(self.as_alice.delete(path).status_code, 400, "which one?")
        answer = self.as_alice.delete(f"/v1/tts/embed/?embed_id={embedding.public_id}")
        self.assertEqual((answer.status_code, answer.json()["storage_status"]), (200, "deleted"))
        self.assertEqual(
            self.as_alice.delete(f"/api/v1/tts/embed/?embed_id={embedding.public_id}").status_code, 404
        )
        job.refresh_from_db()
        self.assertEqual(job.status, "canceled")
        self.assertNotIn("voice_data", job.request["options"])
        self.account.refresh_from_db()
        self.assertEqual((self.account.balance, self.files()), (CHARACTERS, []))

    def test_a_job_that_has_ended_knows_no_more_of_the_voice_whatever_kind_it_was(self) -> None:
        passing = self.built(kind=VoiceKind.PASSING)
        order = speech_order(caller(self.alice_key), text="Hello.", saved=passing)
        job = submit(caller(self.alice_key), order, request_id="req_test").job
        voice_delete(passing)
        job.refresh_from_db()
        self.assertEqual(job.request["options"]["voice_data"]["base"], "af_bella", "it is still to speak")
        locked = closing.lock(job.pk)
        assert locked is not None
        closing.complete(locked, {"key": "x", "filename": "x.mp3"})
        self.assertNotIn("voice_data", Job.objects.get(pk=job.pk).request["options"])

    def test_a_voice_made_without_a_key_ends_when_nobody_has_used_it_for_a_month(self) -> None:
        used, unused, owned = self.built(), self.built(), self.built()
        soon = timezone.now() + dt.timedelta(minutes=1)
        mine = Voice.objects.filter(pk__in=[used.pk, unused.pk])
        mine.update(account=None, lane="network:x", expires_at=soon)
        used.refresh_from_db()
        to_speak(used)
        used.refresh_from_db()
        assert used.expires_at is not None
        self.assertAlmostEqual((used.expires_at - timezone.now()).days, 29)
        to_speak(owned)
        self.assertIsNone(owned.expires_at)
        Voice.objects.exclude(expires_at=None).update(expires_at=F("expires_at") - dt.timedelta(minutes=2))
        self.assertEqual(sweep(), 1)
        self.assertEqual(set(Voice.everything.values_list("pk", flat=True)), {used.pk, owned.pk})

    def test_one_round_of_the_reaper_sweeps_voices_too(self) -> None:
        voice = self.built(kind=VoiceKind.PASSING)
        Voice.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
        said = StringIO()
        call_command("reaper", "--once", stdout=said)
        self.assertIn("'voices': 1", said.getvalue())
        self.assertFalse(Voice.everything.filter(pk=voice.pk).exists())
