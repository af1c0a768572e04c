"""A worker is killed with -9 while it works on a part of a long recording: the parts that were done stay done."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings

from apps.jobs import reaper
from apps.jobs.audio import audio_order
from apps.jobs.models import Job, StepStatus
from apps.jobs.recordings import received
from apps.jobs.services import submit
from apps.media.store import media_store
from tests.audio.mixes import si_sdr
from tests.audio.music import RATE, played, songs
from tests.base import CHARACTERS, PlatformTransactionTest
from tests.jobs.orders import caller
from tests.voices.recordings import wav
from workers.audio.decode import decode
from workers.engines import registry
from workers.engines.base import Audio
from workers.pipelines import sharing
from workers.runtime.host import ModelHost
from workers.runtime.runner import Runner

SECONDS = 38.0
QUEUE = "tools"
CUT = {"FORK_FROM": 1.0, "PART_SECONDS": 12.0}
"""Of workers.pipelines.sharing: four parts."""
WORKER = """
import sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.db import connection
from tests.runtime.test_killed_parts import CUT, KilledPartsTest, run_all
from workers.pipelines import sharing
connection.settings_dict["NAME"] = sys.argv[1]
for name, value in KilledPartsTest.places(Path(sys.argv[2])).items():
    setattr(settings, name, value)
for name, value in CUT.items():
    setattr(sharing, name, value)
run_all()
"""


def run_all() -> None:
    runner = Runner("test", ModelHost(lambda model_id: registry.load(model_id)))
    try:
        while runner.run_next(QUEUE):
            pass
    finally:
        runner.close()


class KilledPartsTest(PlatformTransactionTest):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        settings = override_settings(**self.places(self.folder))
        settings.enable()
        self.addCleanup(settings.disable)
        media_store.cache_clear()
        self.addCleanup(media_store.cache_clear)
        for name, value in CUT.items():
            patched = patch.object(sharing, name, value)
            patched.start()
            self.addCleanup(patched.stop)

    @staticmethod
    def places(folder: Path) -> dict[str, Any]:
        media = {"MEDIA_DIR": folder / "media", "MEDIA_STORE": "local"}
        return {"VAR_DIR": folder, **media, "JOB_LEASE_SECONDS": 3, "JOB_BEAT_SECONDS": 0.2}

    def ordered(self, song: Audio) -> Job:
        with received(SimpleUploadedFile("song.wav", wav(song, RATE)), max_bytes=1 << 24) as recording:
            request = {"model": "spleeter", "stems": 2, "format": "flac"}
            order = audio_order(
                recording, kind="separate", service="separate_vocals", model="spleeter", request=request
            )
            self.assertEqual(order.queue, QUEUE)
            return submit(caller(self.alice_key), order, request_id="r", recording=recording).job

    def parts(self, job: Job, status: str) -> int:
        return job.steps.filter(name="part", status=status).count()

    def test_a_separation(self) -> None:
        song = played(songs()[3], SECONDS)
        job = self.ordered(song)
        command = [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]), str(self.folder)]
        with subprocess.Popen(command) as worker:
            try:
                deadline = time.monotonic() + 120
                while not (self.parts(job, StepStatus.DONE) and self.parts(job, StepStatus.RUNNING)):
                    self.assertLess(time.monotonic(), deadline)
                    self.assertIsNone(worker.poll(), "it was to die later, and by our hand")
                    time.sleep(0.01)
            finally:
                worker.kill()
        done = set(job.steps.filter(name="part", status=StepStatus.DONE).values_list("pk", "attempt"))
        self.assertEqual(self.parts(job, StepStatus.RUNNING), 1, "it died in the middle of a part")
        while not reaper.recover_expired_leases():
            self.assertLess(time.monotonic(), deadline + 60)
            time.sleep(0.1)
        run_all()
        job.refresh_from_db()
        self.assertEqual((job.status, job.parts_total), ("completed", 4), job.error_message)
        after = set(job.steps.filter(name="part").values_list("pk", "attempt"))
        self.assertLessEqual(done, after, "what was done is not done again")
        self.assertEqual(max(attempt for _, attempt in after), 2)
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS - job.price)
        assert job.result is not None
        files = [path for path in (self.folder / "media").rglob("*") if path.is_file()]
        self.assertEqual([path.name for path in files], [job.result["filename"]], "no parts are left")
        vocals, rest = self.stems(files[0])
        together = vocals + rest
        self.assertGreater(si_sdr(song[: len(together)], together), 15, "nothing is missing or there twice")

    def stems(self, path: Path) -> list[Audio]:
        with zipfile.ZipFile(path) as archive:
            paths = [Path(archive.extract(name, self.folder)) for name in archive.namelist()]
        self.assertEqual(len(paths), 2)
        return [np.concatenate(list(decode(each, RATE))) for each in paths]
