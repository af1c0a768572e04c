"""Webhooks and voices in the browser: the services do the work, the pages show it, strangers find nothing."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.jobs.models import Job
from apps.voices.models import Voice, VoiceStatus
from apps.webhooks.models import Attempt, Delivery, Endpoint
from apps.webhooks.services import endpoint_create, endpoint_test
from tests.base import PlatformTest
from tests.voices.base import BUILT, VoicesTest

from .base import ConsoleTest, browser, words
from .test_audio import RECORDING


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
class WebhooksTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        self.endpoint = endpoint_create(self.account, url="http://127.0.0.1:1/hook")

    def test_a_receiver_is_registered_and_its_secret_shown_once(self) -> None:
        fields = {"url": "http://127.0.0.1:1/new", "events": ["task.failed"], "description": "Mine"}
        answer = self.alices.post("/console/webhooks/", fields)
        made = Endpoint.objects.get(url=fields["url"])
        self.assertIn(made.secret, answer.content.decode())
        self.assertEqual((made.account, made.events), (self.account, ["task.failed"]))
        self.assertNotIn(made.secret, self.alices.get("/console/webhooks/").content.decode())

    def test_an_address_inside_the_house_is_refused_at_its_field(self) -> None:
        for url in ("http://169.254.169.254/", "ftp://example.org/", "nonsense"):
            answer = self.alices.post("/console/webhooks/", {"url": url})
            self.assertIn('id="id_url_error"', answer.content.decode())
        self.assertEqual(Endpoint.objects.filter(account=self.account).count(), 1)

    def test_its_secret_is_changed_and_it_is_switched_and_deleted(self) -> None:
        path, old = f"/console/webhooks/{self.endpoint.pk}/", self.endpoint.secret
        answer = self.alices.post(f"{path}rotate/")
        self.endpoint.refresh_from_db()
        self.assertIn(self.endpoint.secret, answer.content.decode())
        self.assertEqual(self.endpoint.valid_secrets(), [self.endpoint.secret, old])
        self.alices.post(f"{path}switch/", {"on": "no"})
        self.assertIn("Switched off by you.", words(self.alices.get("/console/webhooks/")))
        self.alices.post(f"{path}switch/", {"on": "yes"})
        self.endpoint.refresh_from_db()
        self.assertTrue(self.endpoint.enabled)
        self.alices.post(f"{path}delete/")
        self.assertFalse(Endpoint.objects.filter(pk=self.endpoint.pk).exists())

    def test_a_test_is_sent_and_can_be_sent_again(self) -> None:
        answer = self.alices.post(f"/console/webhooks/{self.endpoint.pk}/test/")
        delivery = Delivery.objects.get(endpoint=self.endpoint)
        path = f"/console/webhooks/log/{delivery.pk}/"
        self.assertRedirects(answer, path)
        Attempt.objects.create(delivery=delivery, status_code=503, ms=12)
        Delivery.objects.filter(pk=delivery.pk).update(status="failed", finished_at=timezone.now())
        said = words(self.alices.get(path))
        for expected in ("503", "12 ms", "webhook.test", delivery.message_id):
            self.assertIn(expected, said)
        self.alices.post(f"{path}replay/")
        delivery.refresh_from_db()
        self.assertEqual(delivery.status, "pending")

    def test_the_log_is_quick_and_whole_however_long_it_is(self) -> None:
        now = timezone.now()
        Delivery.objects.bulk_create(
            Delivery(
                account=self.account,
                endpoint=self.endpoint,
                event="webhook.test",
                payload={},
                created_at=now - dt.timedelta(seconds=number // 10),
            )
            for number in range(2_000)
        )
        seen: list[uuid.UUID] = []
        query = ""
        for _ in range(4):
            with CaptureQueriesContext(connection) as asked:
                answer = self.alices.get(f"/console/webhooks/log/?{query}")
            self.assertLessEqual(len(asked), 10)
            seen += [delivery.pk for delivery in answer.context["deliveries"]]
            query = answer.context["older"]
        mine = Delivery.objects.filter(account=self.account).order_by("-created_at", "-id")
        self.assertEqual(seen, list(mine.values_list("pk", flat=True)[:100]))

    def test_a_stranger_finds_nothing(self) -> None:
        delivery = endpoint_test(self.endpoint)
        one, log = f"/console/webhooks/{self.endpoint.pk}/", f"/console/webhooks/log/{delivery.pk}/"
        self.assertEqual(self.charlies.get(log).status_code, 404)
        for path in (f"{log}replay/", *(f"{one}{what}/" for what in ("test", "rotate", "switch", "delete"))):
            self.assertEqual(self.charlies.post(path).status_code, 404, path)
        for path in ("/console/webhooks/", "/console/webhooks/log/"):
            self.assertNotRegex(self.charlies.get(path).content.decode(), re.escape("127.0.0.1:1/hook"))
        self.assertEqual(Delivery.objects.filter(endpoint=self.endpoint).count(), 1)


class VoicesPageTest(VoicesTest, PlatformTest):
    def test_a_voice_is_made_of_a_recording_of_somebody_who_agreed(self) -> None:
        mine = browser(self.alice)
        fields = {"name": "Jo", "language": "en"}

        def send(data: bytes, **more: str) -> Any:
            file = SimpleUploadedFile("jo.opus", data, "audio/ogg")
            return mine.post("/console/voices/", {**fields, **more, "file": file})

        self.assertIn("id_consent_error", send(RECORDING).content.decode())
        self.assertIn("id_file_error", send(b"no sound", consent="on").content.decode())
        self.assertFalse(Voice.objects.exists())
        self.assertRedirects(send(RECORDING, consent="on"), "/console/voices/")
        voice = Voice.objects.get()
        self.assertEqual((voice.account, voice.name, voice.consent_by), (self.account, "Jo", None))
        self.assertIsNotNone(voice.consent_at)
        self.assertIn("being built", words(mine.get("/console/voices/")))

    def test_archived_reactivated_and_deleted_by_its_owner_alone(self) -> None:
        voice = self.voice_of(self.alice_key)
        Voice.objects.update(**BUILT, pending=None, building=None)
        mine, stranger = browser(self.alice), browser(self.charlie)
        path = f"/console/voices/{voice.pk}/"
        for what in ("archive", "reactivate", "delete"):
            self.assertEqual(stranger.post(f"{path}{what}/").status_code, 404)
        self.assertNotIn(voice.public_id, stranger.get("/console/voices/").content.decode())
        self.assertIn(voice.public_id, mine.get("/console/voices/").content.decode())
        mine.post(f"{path}archive/")
        voice.refresh_from_db()
        self.assertEqual(voice.status, VoiceStatus.ARCHIVED)
        self.assertNotIn(voice.public_id, mine.get("/console/playground/").content.decode())
        mine.post(f"{path}reactivate/")
        self.assertIn(voice.public_id, mine.get("/console/playground/").content.decode())
        mine.post(f"{path}delete/")
        self.assertFalse(Voice.objects.filter(pk=voice.pk).exists())

    def test_a_voice_is_heard_beside_its_recording_and_orders_again(self) -> None:
        voice = self.voice_of(self.alice_key)
        mine, path = browser(self.alice), f"/console/voices/{voice.pk}/"
        self.assertIn("before it is built", words(mine.get(path)))
        Voice.objects.update(
            **BUILT, pending=None, building=None, reference_key=f"{voice.folder}/r/reference.wav"
        )
        page = mine.get(path)
        self.assertRegex(
            page.content.decode(), rf'src="/media/user-voices/{voice.pk}/reference.wav[?]expires'
        )
        self.assertIn("Speak it (122 characters)", words(page))
        mine.post("/console/playground/", {"text": "Hello.", "choice": f"own/{voice.public_id}"})
        job = Job.objects.get(account=self.account, kind="speech")
        Job.objects.filter(pk=job.pk).update(
            status="completed", result={"key": "x/y.mp3", "content_type": "audio/mpeg", "filename": "y.mp3"}
        )
        page = mine.get(f"/console/jobs/{job.pk}/")
        self.assertIn(f"/media/user-voices/{voice.pk}/reference.wav", page.content.decode())
        self.assertIn("Before: the recording that the voice was made of", words(page))
        mine.post(f"/console/jobs/{job.pk}/again/")
        again = Job.objects.exclude(pk=job.pk).get(account=self.account, kind="speech")
        self.assertEqual((again.request, again.voice), (job.request, voice.public_id))
        Voice.objects.update(status=VoiceStatus.ARCHIVED)
        self.assertIn("does not speak", words(mine.get(f"/console/jobs/{job.pk}/")))
        self.assertIn("archived", words(mine.post(f"{path}sample/")))
