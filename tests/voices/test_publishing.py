"""A voice for everybody: its owner asks, staff say yes, and what is shared is the voice and nothing behind it."""

from __future__ import annotations

from django.test import override_settings
from django.urls import reverse

from apps.dialects.kugelaudio.fields import manner, order_for
from apps.jobs.models import Job
from apps.voices.changes import alone
from apps.voices.models import Voice
from apps.voices.outcome import take_pending
from apps.voices.references import Recording, keep_reference, rebuild
from tests.base import PlatformTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError
from workers.audio.reference import Checked

from .base import BUILT, VoicesTest
from .recordings import joe


class PublishingTest(VoicesTest, PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.voice = self.voice_of(self.alice_key)
        Voice.objects.update(**BUILT, pending=None, building=None, expires_at=None)
        self.browser = self.as_staff()
        self.path = f"/v1/voices/{self.voice.number}"

    def staff_say(self, action: str) -> None:
        chosen = {"action": action, "_selected_action": [str(self.voice.pk)]}
        answer = self.browser.post(reverse("admin:voices_voice_changelist"), chosen, follow=True)
        self.assertEqual(answer.status_code, 200)

    def listed(self) -> list[int]:
        return [each["id"] for each in self.as_charlie.get("/v1/voices?limit=5").json()["voices"]]

    def speaks(self) -> bool:
        try:
            order = order_for(caller(self.charlie_key), "Hello.", manner({"voice_id": self.voice.number}))
        except ApiError as refused:
            self.assertEqual(refused.code, "not_found")
            return False
        self.assertEqual(order.voice, self.voice.public_id)
        return True

    def test_only_what_was_asked_for_and_verified_is_public(self) -> None:
        self.staff_say("verify")
        self.assertFalse(self.speaks(), "its owner did not ask")
        asked = self.as_alice.post(f"{self.path}/publish").json()
        self.assertEqual((asked["verified"], asked["pending_verification"]), (False, True))
        self.assertFalse(self.speaks(), "nobody has looked at it")
        self.assertNotIn(self.voice.number, self.listed())
        self.staff_say("verify")
        self.assertTrue(self.speaks())
        self.assertIn(self.voice.number, self.listed())
        hidden = self.as_charlie.get("/v1/voices?include_public=false").json()["voices"]
        self.assertEqual(hidden, [])
        shown = self.as_charlie.get(self.path).json()
        self.assertEqual(
            (shown["name"], shown["verified"], shown["pending_verification"]), ("Joe", True, False)
        )
        self.assertEqual(self.as_nobody.get(self.path).status_code, 200)
        mine = [each["id"] for each in self.as_alice.get("/v1/voices?limit=100").json()["voices"]]
        self.assertEqual(mine.count(self.voice.number), 1)

    def test_a_stranger_may_speak_with_it_and_nothing_else(self) -> None:
        self.as_alice.post(f"{self.path}/publish")
        self.staff_say("verify")
        reference = self.voice.references.get().pk
        calls = {
            "PATCH": self.as_charlie.patch(self.path, {"name": "Mine"}, content_type="application/json"),
            "references": self.as_charlie.get(f"{self.path}/references"),
            "one less": self.as_charlie.delete(f"{self.path}/references/{reference}"),
            "sample": self.as_charlie.post(f"{self.path}/generate-sample"),
            "publish": self.as_charlie.post(f"{self.path}/publish"),
            "DELETE": self.as_charlie.delete(self.path),
            "recording": self.as_charlie.get(f"/media/user-voices/{self.voice.id}/reference.wav"),
            "archive": self.as_charlie.post(f"/api/v1/user-voices/{self.voice.public_id}/archive/"),
            "download": self.as_charlie.get(f"/pocket-tts/voices/clone/{self.voice.public_id}/download"),
        }
        self.assertEqual(
            {name: answer.status_code for name, answer in calls.items()}, dict.fromkeys(calls, 404)
        )
        self.assertEqual(Voice.objects.get().name, "Joe")

    def test_it_is_private_again_when_owner_or_staff_say_so_or_with_another_recording(self) -> None:
        def publish() -> None:
            self.as_alice.post(f"{self.path}/publish")
            self.staff_say("verify")
            self.assertTrue(self.speaks())

        publish()
        self.staff_say("withdraw")
        self.assertFalse(self.speaks())
        publish()
        self.as_alice.patch(self.path, {"is_public": False}, content_type="application/json")
        self.assertFalse(self.speaks())
        publish()
        self.as_alice.post(f"/api/v1/user-voices/{self.voice.public_id}/archive/")
        self.assertFalse(self.speaks())
        self.as_alice.post(f"/api/v1/user-voices/{self.voice.public_id}/reactivate/")
        self.assertTrue(self.speaks())
        voice = Voice.objects.get()
        with alone(voice):
            added = keep_reference(voice, Recording(Checked(joe(), 9.0, 9.0, -22.0, 0.0)))
            rebuild(caller(self.alice_key), voice, "req_test", added=[added])
        take_pending(voice)
        voice.building = voice.changing_until = None
        voice.save()
        self.assertFalse(self.speaks(), "what staff heard was another recording")

    @override_settings(JOB_MAX_WAIT_SECONDS=0)
    def test_its_sample_is_no_task_that_webhooks_are_told_of(self) -> None:
        self.assertEqual(
            self.as_alice.post(f"{self.path}/generate-sample").status_code, 503, "nobody speaks here"
        )
        self.assertFalse(Job.objects.get(kind="speech").announced)

    def test_staff_see_who_asks_and_can_listen(self) -> None:
        self.as_alice.post(f"{self.path}/publish")
        page = self.browser.get(reverse("admin:voices_voice_change", args=[self.voice.pk]))
        self.assertContains(page, "<audio")
        link = page.content.decode().split('src="/media/')[1].split('"')[0].replace("&amp;", "&")
        self.assertEqual(self.as_nobody.get(f"/media/{link}").status_code, 200)
