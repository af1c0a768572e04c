"""Results past their plan's time are deleted with their files, in batches, whatever breaks off; nobody else's are."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import uuid
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from moto.server import ThreadedMotoServer

from apps.jobs import reaper, retention
from apps.jobs.models import Job
from apps.media.store import LocalStore, MediaStore, S3Store, media_store
from tests.base import PlatformTest

from .orders import submitted


class RetentionTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_STORE="local", MEDIA_DIR=self.folder))
        media_store.cache_clear()
        self.addCleanup(media_store.cache_clear)

    def kept(self, key: str, *, days: float) -> Job:
        """A completed job with a file, whose time is over in so many days."""
        job = submitted(key)
        self.file_of(job.pk)
        Job.objects.filter(pk=job.pk).update(
            status="completed", result={"key": "x"}, purge_at=timezone.now() + dt.timedelta(days=days)
        )
        return job

    def file_of(self, job_id: uuid.UUID) -> Path:
        folder = self.folder / "jobs" / job_id.hex
        (folder / "lease").mkdir(parents=True)
        (folder / "lease" / "output.mp3").write_bytes(b"sound")
        return folder

    def run_command(self, *arguments: str) -> str:
        out = StringIO()
        call_command("retention", *arguments, stdout=out)
        return out.getvalue()

    def test_what_is_due_goes_and_nothing_else(self) -> None:
        due = [self.kept(self.alice_key, days=-1) for _ in range(3)]
        young, strangers = self.kept(self.alice_key, days=1), self.kept(self.charlie_key, days=1)
        self.assertIn("pro: 3 jobs", self.run_command("--dry-run"))
        self.assertTrue((self.folder / "jobs" / due[0].pk.hex).exists())
        self.assertIn("3 jobs deleted", self.run_command())
        for job in due:
            job.refresh_from_db()
            self.assertEqual((job.request, job.result), ({}, None))
            self.assertFalse((self.folder / "jobs" / job.pk.hex).exists())
        for job in (young, strangers):
            job.refresh_from_db()
            self.assertIsNone(job.purged_at)
            self.assertTrue((self.folder / "jobs" / job.pk.hex / "lease" / "output.mp3").exists())

    def test_a_store_that_refuses_one_holds_up_no_other_and_is_asked_again(self) -> None:
        stuck, free = self.kept(self.alice_key, days=-2), self.kept(self.charlie_key, days=-1)
        real = LocalStore.delete_folder

        def refuses(store: LocalStore, prefix: str, keep: str = "") -> None:
            if stuck.pk.hex in prefix:
                raise OSError("the disk is away")
            real(store, prefix, keep)

        with patch.object(LocalStore, "delete_folder", refuses):
            self.assertEqual(retention.purge_all(), 1)
        stuck.refresh_from_db()
        free.refresh_from_db()
        self.assertIsNone(stuck.purged_at)
        self.assertIsNotNone(free.purged_at)
        Job.objects.filter(pk=stuck.pk).update(purge_at=timezone.now())  # its minute is over
        self.assertEqual(reaper.purge_old_jobs(), 1)
        self.assertFalse((self.folder / "jobs" / stuck.pk.hex).exists())

    def test_files_without_a_job_go_once_they_are_old(self) -> None:
        mine, lost, fresh = self.kept(self.alice_key, days=9).pk, uuid.uuid4(), uuid.uuid4()
        folders = [self.folder / "jobs" / mine.hex, self.file_of(lost), self.file_of(fresh)]
        other = self.folder / "jobs" / "README"
        other.mkdir()
        long_ago = (timezone.now() - dt.timedelta(days=3)).timestamp()
        for folder in (folders[0], folders[1], other):
            os.utime(folder, (long_ago, long_ago))
        self.assertIn("1 folders belong to no job", self.run_command("--dry-run", "--orphans"))
        self.assertIn("1 orphaned folders deleted", self.run_command("--orphans"))
        self.assertEqual([folder.exists() for folder in (*folders, other)], [True, False, True, True])


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MediaStore]:
    if request.param == "local":
        yield LocalStore(tmp_path / "media")
        return
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    made = S3Store(
        "folders",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        access_key="a",
        secret_key="b",
    )
    made.storage.connection.create_bucket(Bucket="folders")
    yield made
    server.stop()


def test_both_stores_list_their_folders(store: MediaStore, tmp_path: Path) -> None:
    assert list(store.folders("jobs")) == []
    for key in ("jobs/one/lease/a.mp3", "jobs/one/b.mp3", "jobs/two/a.mp3", "voices/three/a.wav"):
        (tmp_path / "file").write_bytes(b"sound")
        store.put(key, tmp_path / "file")
    found = dict(store.folders("jobs"))
    assert set(found) == {"one", "two"}
    assert all(abs(timezone.now() - changed) < dt.timedelta(minutes=5) for changed in found.values())
