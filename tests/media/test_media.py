"""Stored audio: links that expire, ranges that let players seek, deletion that deletes; on disk and on S3."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.test import RequestFactory, override_settings

from apps.jobs import steps
from apps.jobs.models import Job
from apps.media import links
from apps.media.serving import requested_range
from apps.media.store import LocalStore, MediaStore, S3Store, media_store
from tests.base import PlatformTest
from tests.jobs.orders import QUEUE, submitted
from workers.pipelines.base import Done

DATA = bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3_endpoint: str) -> MediaStore:
    if request.param == "local":
        return LocalStore(tmp_path / "media")
    made = S3Store(
        "audio",
        endpoint_url=s3_endpoint,
        public_endpoint_url="https://audio.example.com",
        region_name="us-east-1",
        access_key="test",
        secret_key="test",
    )
    made.storage.connection.create_bucket(Bucket="audio")
    return made


def put(store: MediaStore, key: str, folder: Path) -> None:
    path = folder / uuid.uuid4().hex
    path.write_bytes(DATA)
    store.put(key, path)
    assert not path.exists(), "the file is moved"


def test_what_is_put_can_be_read_whole_and_in_part(store: MediaStore, tmp_path: Path) -> None:
    put(store, "jobs/a/1/output.mp3", tmp_path)
    assert store.size("jobs/a/1/output.mp3") == len(DATA)
    with store.open("jobs/a/1/output.mp3") as file:
        assert file.read() == DATA
    assert b"".join(store.read_range("jobs/a/1/output.mp3", 1000, 600_000)) == DATA[1000:600_000]


def test_a_missing_key_is_file_not_found(store: MediaStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.size("jobs/none/1/output.mp3")


def test_deleting_a_folder_deletes_all_below_it_but_what_is_kept(store: MediaStore, tmp_path: Path) -> None:
    for key in ("jobs/a/1/x", "jobs/a/2/y", "jobs/ab/1/z"):
        put(store, key, tmp_path)
    store.delete_folder("jobs/a", keep="2")
    with pytest.raises(FileNotFoundError):
        store.size("jobs/a/1/x")
    assert store.size("jobs/a/2/y") == len(DATA)
    store.delete_folder("jobs/a")
    with pytest.raises(FileNotFoundError):
        store.size("jobs/a/2/y")
    assert store.size("jobs/ab/1/z") == len(DATA), "a folder whose name begins alike stays"
    store.delete_folder("jobs/nothing")


def test_s3_links_are_presigned_for_the_public_host_and_expire(s3_endpoint: str) -> None:
    made = S3Store(
        "audio",
        endpoint_url=s3_endpoint,
        public_endpoint_url="https://audio.example.com",
        region_name="eu-west-1",
        access_key="test",
        secret_key="test",
    )
    link = made.link("jobs/a/1/output.mp3", filename="output.mp3", content_type="audio/mpeg", seconds=600)
    assert link is not None
    parts, query = urlsplit(link), parse_qs(urlsplit(link).query)
    assert (parts.scheme, parts.hostname) == ("https", "audio.example.com")
    assert parts.path.endswith("/jobs/a/1/output.mp3")
    assert query["X-Amz-Expires"] == ["600"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert "eu-west-1/s3/aws4_request" in query["X-Amz-Credential"][0]
    assert len(query["X-Amz-Signature"][0]) == 64
    assert query["response-content-type"] == ["audio/mpeg"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=20-10", None),
        ("bytes=100-", (100, 100)),
        ("bytes=-0", (100, 100)),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_ranges(header: str, expected: tuple[int, int] | None) -> None:
    request = RequestFactory().get("/", headers={"Range": header} if header else {})
    assert requested_range(request, 100, '"e"') == expected


def test_links_are_bound_to_job_file_and_time() -> None:
    job, other = uuid.uuid4(), uuid.uuid4()
    soon = int(time.time()) + 60
    signature = links.sign(job, "output.mp3", soon)
    assert links.is_valid(job, "output.mp3", str(soon), signature)
    assert not links.is_valid(other, "output.mp3", str(soon), signature)
    assert not links.is_valid(job, "other.mp3", str(soon), signature)
    assert not links.is_valid(job, "output.mp3", str(soon + 1), signature)
    past = int(time.time()) - 1
    assert not links.is_valid(job, "output.mp3", str(past), links.sign(job, "output.mp3", past))
    for odd in ("", "-5", "१२", "9" * 400, "1e9"):
        assert not links.is_valid(job, "output.mp3", odd, signature)
    assert not links.is_valid(job, "output.mp3", str(soon), "ü")


class DownloadTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        settings = override_settings(MEDIA_DIR=Path(folder.name), MEDIA_STORE="local")
        settings.enable()
        self.addCleanup(settings.disable)
        media_store.cache_clear()
        self.addCleanup(media_store.cache_clear)
        self.job = submitted(self.alice_key)
        claim = steps.claim(QUEUE, "w")
        assert claim is not None
        key = f"jobs/{self.job.pk.hex}/{claim.lease.hex}/output.mp3"
        put(media_store(), key, Path(folder.name))
        result = {"key": key, "filename": "output.mp3", "content_type": "audio/mpeg", "duration": 1.0}
        steps.finish(claim, Done(result))
        self.link = links.signed_path(self.job.pk, "output.mp3")
        self.bare = f"/static/downloads/{self.job.pk.hex}/output.mp3"

    @staticmethod
    def body(answer: Any) -> bytes:
        async def collect() -> bytes:
            return b"".join([piece async for piece in answer.streaming_content])

        return async_to_sync(collect)()

    def test_whole(self) -> None:
        answer = self.as_nobody.get(self.link)
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "audio/mpeg"))
        self.assertEqual(answer["Content-Length"], str(len(DATA)))
        self.assertEqual(self.body(answer), DATA)

    def test_a_range(self) -> None:
        answer = self.as_nobody.get(self.link, headers={"Range": "bytes=1000-1999"})
        self.assertEqual(answer.status_code, 206)
        self.assertEqual(answer["Content-Range"], f"bytes 1000-1999/{len(DATA)}")
        self.assertEqual(self.body(answer), DATA[1000:2000])
        outside = self.as_nobody.get(self.link, headers={"Range": f"bytes={len(DATA)}-"})
        self.assertEqual((outside.status_code, outside["Content-Range"]), (416, f"bytes */{len(DATA)}"))

    def test_head_and_etag(self) -> None:
        answer = self.as_nobody.head(self.link)
        self.assertEqual((answer.status_code, answer["Content-Length"]), (200, str(len(DATA))))
        again = self.as_nobody.get(self.link, headers={"If-None-Match": answer["ETag"]})
        self.assertEqual(again.status_code, 304)

    def test_a_link_that_was_tampered_with_or_is_over_opens_nothing(self) -> None:
        for path in (self.bare, self.link[:-1] + ("0" if self.link[-1] != "0" else "1"), self.link + "0"):
            self.assertEqual(self.as_nobody.get(path).status_code, 403, path)
            self.assertEqual(self.as_charlie.get(path).status_code, 403, path)

    def test_the_owner_needs_no_signature(self) -> None:
        for name in (self.bare, f"/static/downloads/{self.job.pk.hex}/tts_output.wav"):
            self.assertEqual(self.as_bob.get(name).status_code, 200, name)

    def test_a_deleted_job_has_no_file_any_more(self) -> None:
        self.as_alice.delete(f"/v1/jobs/{self.job.pk}")
        self.assertEqual(self.as_nobody.get(self.link).status_code, 410)
        self.assertEqual(list(self.folder.rglob("*.mp3")), [])
        self.assertTrue(Job.objects.filter(pk=self.job.pk).exists())
