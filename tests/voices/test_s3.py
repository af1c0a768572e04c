"""Voices in an S3 store: kept, joined, taken away as a ZIP, deleted for good."""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import Any
from unittest.mock import patch

from asgiref.sync import async_to_sync
from botocore.exceptions import EndpointConnectionError
from django.test import override_settings
from moto.server import ThreadedMotoServer

from apps.media.store import S3Store, media_store
from apps.voices.changes import alone
from apps.voices.models import Voice
from apps.voices.references import Recording, keep_reference, rebuild
from apps.voices.removing import sweep
from tests.base import PlatformTest
from tests.jobs.orders import caller
from workers.audio.reference import Checked

from .base import BUILT, VoicesTest
from .recordings import joe
from .test_endings import due


class S3Test(VoicesTest, PlatformTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        server.start()
        cls.addClassCleanup(server.stop)
        host, port = server.get_host_and_port()
        cls.endpoint = f"http://{host}:{port}"  # type: ignore[attr-defined]

    def setUp(self) -> None:
        super().setUp()
        store = override_settings(
            MEDIA_STORE="s3",
            S3_BUCKET=(bucket := f"voices-{uuid.uuid4().hex}"),
            S3_ENDPOINT_URL=self.endpoint,  # type: ignore[attr-defined]
            S3_PUBLIC_ENDPOINT_URL="",
            S3_ACCESS_KEY_ID="test",
            S3_SECRET_ACCESS_KEY="test",
        )
        store.enable()
        self.addCleanup(store.disable)
        media_store.cache_clear()
        made = media_store()
        assert isinstance(made, S3Store)
        made.storage.connection.create_bucket(Bucket=bucket)
        self.bucket = made.storage.bucket

    def keys(self) -> list[str]:
        return [item.key for item in self.bucket.objects.filter(Prefix="voices/")]

    def test_a_voice_is_kept_and_joined_and_taken_away_and_deleted_for_good(self) -> None:
        voice = self.voice_of(self.alice_key, clone_id="mine")
        Voice.objects.update(**BUILT, pending=None, building=None, expires_at=None)
        voice.refresh_from_db()
        self.assertEqual(self.keys(), [voice.reference_key])
        heard: Any = self.as_alice.get(f"/media/user-voices/{voice.id}/reference.wav")

        async def body() -> bytes:
            return b"".join([piece async for piece in heard.streaming_content])

        packed = self.as_alice.get("/pocket-tts/voices/clone/mine/download").content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            self.assertEqual(archive.read("reference.wav"), async_to_sync(body)())
        with alone(voice):
            added = keep_reference(voice, Recording(Checked(joe(), 9.0, 9.0, -22.0, 0.0)))
            rebuild(caller(self.alice_key), voice, "req_test", added=[added])
        self.assertEqual(len(self.keys()), 3)
        path = f"/v1/voices/{voice.number}"
        self.assertEqual(self.as_alice.delete(f"{path}/references/{added.pk}").status_code, 204)
        self.assertEqual(self.keys(), [voice.references.get().key])
        self.assertEqual(self.as_alice.delete(path).status_code, 204)
        self.assertEqual((self.keys(), Voice.everything.count()), ([], 0))

    def test_while_the_store_is_away_nothing_is_lost_and_afterwards_it_is_deleted(self) -> None:
        voice = self.voice_of(self.alice_key)
        Voice.objects.update(building=None)
        away = EndpointConnectionError(endpoint_url=self.endpoint)  # type: ignore[attr-defined]
        with patch.object(S3Store, "delete_folder", side_effect=away):
            answer = self.as_alice.delete(f"/api/v1/user-voices/?public_id={voice.public_id}").json()
        self.assertEqual(answer["storage_status"], "deleting")
        self.assertEqual(len(self.keys()), 1)
        due()
        self.assertEqual(sweep(), 1)
        self.assertEqual((self.keys(), Voice.everything.count()), ([], 0))
