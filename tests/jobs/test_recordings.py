"""Recordings that come with an order: measured, kept while the job lives, gone when it has ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from apps.accounts.callers import Caller
from apps.jobs.audio import audio_order, model_for
from apps.jobs.models import Job
from apps.jobs.recordings import Recording, received, source_key
from apps.jobs.services import Order, job_cancel, submit
from apps.media.store import media_store
from tests.base import PlatformTest
from ttsplatform.errors import ApiError
from workers.audio.encode import to_int16, wav_header


def tone(seconds: float = 2.0, rate: int = 16_000) -> bytes:
    data = to_int16(0.2 * np.sin(np.arange(int(seconds * rate)) / 20).astype(np.float32)).tobytes()
    return wav_header(rate, len(data)) + data


@contextmanager
def sent(data: bytes = b"", name: str = "tone.wav", max_bytes: int = 1 << 20) -> Iterator[Recording]:
    with received(SimpleUploadedFile(name, data or tone()), max_bytes=max_bytes) as recording:
        yield recording


def order_of(recording: Recording, service: str = "speech_to_text") -> Order:
    return audio_order(
        recording, kind="transcript", service=service, model="whisper", request={"language": None}
    )


class RecordingTest(PlatformTest):
    def caller(self) -> Caller:
        return Caller(network="here", plan=self.account.plan, account=self.account)

    def submitted(self, key: str | None = None) -> Job:
        with sent() as recording:
            return submit(
                self.caller(), order_of(recording), request_id="r", idempotency_key=key, recording=recording
            ).job

    def kept(self, job_id: uuid.UUID) -> bool:
        try:
            with media_store().open(source_key(job_id)) as file:
                return file.read() == tone()
        except FileNotFoundError:
            return False

    @staticmethod
    def stored() -> set[Path]:
        return set(settings.MEDIA_DIR.glob("jobs/*/source/*"))

    def refused(self, code: str, data: bytes, **options: int) -> str:
        with self.assertRaises(ApiError) as caught, sent(data, **options):  # type: ignore[arg-type]
            pass
        self.assertEqual(caught.exception.code, code)
        return caught.exception.message

    def test_it_is_measured_whatever_it_is_called(self) -> None:
        with sent(name="holiday.mp4") as recording:
            self.assertAlmostEqual(recording.seconds, 2.0, places=2)
            self.assertTrue(recording.path.exists())
        self.assertFalse(recording.path.exists())

    def test_what_is_refused(self) -> None:
        self.assertIn("no audio file", self.refused("bad_request", b"text in a file" * 100))
        self.assertIn("larger than 1 MB", self.refused("file_too_large", tone(60)))
        with override_settings(MAX_RECORDING_SECONDS=1):
            self.assertIn("in parts", self.refused("bad_request", tone()))
        with self.assertRaises(ApiError), received(None, max_bytes=10):
            pass
        with self.assertRaises(ApiError), received(SimpleUploadedFile("a.wav", b""), max_bytes=10):
            pass

    def test_it_is_priced_by_the_minute_and_kept_until_the_job_has_ended(self) -> None:
        job = self.submitted()
        self.assertEqual(job.price, 67)
        self.assertTrue(self.kept(job.pk))
        with self.captureOnCommitCallbacks(execute=True):
            job_cancel(job.pk)
        self.assertFalse(self.kept(job.pk))

    def test_an_order_that_is_refused_leaves_no_file(self) -> None:
        self.account.balance = 0
        self.account.save()
        before = self.stored()
        with self.assertRaises(ApiError):
            self.submitted()
        self.assertEqual(self.stored(), before)

    def test_the_same_order_twice_is_one_job(self) -> None:
        first, second = self.submitted("key"), self.submitted("key")
        self.assertEqual(first.pk, second.pk)
        self.assertTrue(self.kept(first.pk))

    def test_models(self) -> None:
        self.assertEqual([each.id for each in model_for(None, "whisper", "stt")], ["whisper", "whisper"])
        asked, served = model_for("sensevoice", "whisper", "stt", stand_in="whisper")
        self.assertEqual((asked.id, served.id), ("sensevoice", "whisper"))
        for given, code in (
            ("kokoro", "model_not_found"),
            ("nobody", "model_not_found"),
            ("sensevoice", "model_unavailable"),
        ):
            with self.assertRaises(ApiError) as caught:
                model_for(given, "whisper", "stt")
            self.assertEqual(caught.exception.code, code)
