"""A voice is its owner's alone: whose it is, under which names. Every single road is in tests/dialects/test_strangers."""

from __future__ import annotations

from apps.dialects.kugelaudio.fields import manner, order_for
from apps.voices.links import recording_url, reference_url
from apps.voices.models import Voice
from tests.base import ApiClient, PlatformTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError

from .base import VoicesTest


class TenantsTest(VoicesTest, PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.voice = self.voice_of(self.alice_key, clone_id="mine")

    def test_lists_show_a_strangers_voices_to_nobody(self) -> None:
        for who in (self.as_charlie, self.as_nobody):
            self.assertEqual(who.get("/pocket-tts/voices").json()["clones"], [])
            numbers = [voice["id"] for voice in who.get("/v1/voices?limit=100").json()["voices"]]
            self.assertNotIn(self.voice.number, numbers)
        self.assertEqual(self.as_charlie.get("/api/v1/user-voices/").json()["voices"], [])
        self.as_alice.post(f"/v1/voices/{self.voice.number}/publish")
        numbers = [voice["id"] for voice in self.as_charlie.get("/v1/voices").json()["voices"]]
        self.assertNotIn(self.voice.number, numbers, "published is not verified")

    def test_bob_of_the_same_account_has_it(self) -> None:
        self.assertEqual(self.as_bob.get("/api/v1/user-voices/").json()["total"], 1)
        self.assertEqual(self.as_bob.get(f"/v1/voices/{self.voice.number}").json()["name"], "Joe")
        self.assertEqual(self.as_bob.get("/pocket-tts/voices").json()["clones"], ["mine"])
        self.assertEqual(self.as_bob.get("/pocket-tts/voices/clone/mine/download").status_code, 200)

    def test_on_a_socket_it_does_not_exist_either(self) -> None:
        wanted = manner({"voice_id": self.voice.number})
        for key in (self.charlie_key, None):
            with self.assertRaises(ApiError) as refused:
                order_for(caller(key), "Hello.", wanted)
            self.assertEqual(refused.exception.code, "not_found")

    def test_recordings_need_a_signed_link_or_the_owners_key(self) -> None:
        request = self.as_alice.get("/v1/voices").wsgi_request
        for url in (
            reference_url(request, self.voice),
            recording_url(request, self.voice.references.get()),
        ):
            assert url is not None
            path = url.removeprefix("http://testserver")
            self.assertEqual(self.as_nobody.get(path).status_code, 200)
            self.assertEqual(self.as_charlie.get(path.replace("expires=", "expires=9")).status_code, 404)
            self.assertEqual(self.as_nobody.get(path.split("?")[0]).status_code, 401)
            self.assertEqual(self.as_alice.get(path.split("?")[0]).status_code, 200)

    def test_two_strangers_may_use_the_same_names(self) -> None:
        theirs = self.voice_of(self.charlie_key, clone_id="mine")
        self.assertEqual(self.as_charlie.delete("/pocket-tts/voices/clone/mine").status_code, 200)
        self.assertFalse(Voice.objects.filter(pk=theirs.pk).exists())
        self.assertTrue(Voice.objects.filter(pk=self.voice.pk).exists())

    def test_clones_without_a_key_are_their_networks(self) -> None:
        self.voice_of_nobody()
        self.assertEqual(self.as_nobody.get("/pocket-tts/voices").json()["clones"], ["open"])
        for stranger in (ApiClient(), self.as_alice):
            self.assertNotIn("open", stranger.get("/pocket-tts/voices").json()["clones"])
            self.assertEqual(stranger.delete("/pocket-tts/voices/clone/open").status_code, 404)
        with self.settings(OPEN_DIALECTS=[]):
            self.assertEqual(self.as_nobody.get("/pocket-tts/voices").json()["clones"], [])
            self.assertEqual(self.as_nobody.get("/pocket-tts/voices/clone/open/download").status_code, 401)
        self.assertEqual(self.as_nobody.delete("/pocket-tts/voices/clone/open").status_code, 200)

    def voice_of_nobody(self) -> None:
        voice = self.voice_of(self.alice_key, clone_id="open")
        seen = self.as_nobody.get("/pocket-tts/voices").wsgi_request.caller  # type: ignore[attr-defined]
        Voice.objects.filter(pk=voice.pk).update(account=None, lane=seen.lane)
