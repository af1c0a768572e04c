"""A long recording is spoken anew in parts; none of them is left when the job has ended, whether it came off or not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from apps.jobs.audio import audio_order
from apps.jobs.models import Job
from apps.jobs.recordings import received
from apps.jobs.services import submit
from apps.jobs.speech import SpeechRequest
from apps.media.store import media_store
from tests.base import PlatformTransactionTest
from tests.jobs.orders import caller
from tests.listening import RATE, austen, wav
from workers.engines import registry
from workers.engines.base import Audio, CannotSpeak
from workers.runtime.host import ModelHost
from workers.runtime.runner import Runner


class Echoing:
    """A converter that gives back what it got; it refuses the recording `after` so many parts."""

    reentrant = True
    sample_rate = reference_rate = RATE

    def __init__(self, after: int) -> None:
        self.left = after

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def convert(self, samples: Audio, rate: int, reference: Audio, cancelled: Callable[[], bool]) -> Audio:
        if not self.left:
            raise CannotSpeak("This can not be said.")
        self.left -= 1
        return samples


class RevoicedPartsTest(PlatformTransactionTest):
    def run_with(self, converter: Echoing) -> tuple[Job, list[str], int]:
        """The job after all its steps, the names of the files that are left, and how many files there were at most."""
        samples, _ = austen(pause=2.0)
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            sound = wav(samples, root / "long.wav").read_bytes()
            with (
                override_settings(VAR_DIR=root, MEDIA_DIR=root / "media", MEDIA_STORE="local"),
                patch("workers.pipelines.revoiced.PART_SECONDS", 4.0),
            ):
                media_store.cache_clear()
                self.addCleanup(media_store.cache_clear)
                upload = SimpleUploadedFile("long.wav", sound)
                with received(upload, max_bytes=1 << 24) as recording:
                    order = audio_order(
                        recording,
                        kind="convert",
                        service="voice_change",
                        model="openvoice",
                        request={
                            "method": "echoing",
                            "speech": asdict(SpeechRequest("", "fake", "tone", "en", "wav", 1.0)),
                        },
                    )
                    job = submit(caller(self.alice_key), order, request_id="r", recording=recording).job
                models: dict[str, Any] = {"echoing": converter, "fake": registry.load("fake")}
                runner = Runner("test", ModelHost(models.__getitem__))
                self.addCleanup(runner.close)
                most = 0
                while runner.run_next(order.queue):
                    most = max(most, len(files(root)))
                job.refresh_from_db()
                return job, files(root), most

    def test_one_that_comes_off(self) -> None:
        job, left, most = self.run_with(Echoing(after=1000))
        self.assertEqual(job.status, "completed", job.error_message)
        self.assertGreater(most, job.parts_total)
        self.assertGreaterEqual(job.parts_total, 3)
        self.assertEqual(left, ["output.wav"])

    def test_one_that_fails_in_the_middle(self) -> None:
        job, left, most = self.run_with(Echoing(after=1))
        self.assertEqual((job.status, job.error_message), ("failed", "This can not be said."))
        self.assertGreater(most, 3)
        self.assertEqual(left, [])


def files(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "media").rglob("*") if path.is_file())
