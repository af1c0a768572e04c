"""A voice is its owner's alone: to a stranger none of its names exists, on no road."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, get_resolver

from apps.dialects.kugelaudio.fields import manner, order_for
from apps.voices.links import recording_url, reference_url
from apps.voices.models import Voice, VoiceKind
from tests.base import ApiClient, PlatformTest
from tests.jobs.orders import caller
from ttsplatform.errors import ApiError

from .base import VoicesTest, send

OF_A_VOICE = {"public_id", "clone_id", "voice_id", "reference"}
Call = Callable[[ApiClient], Any]


class TenantsTest(VoicesTest, PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.voice = self.voice_of(self.alice_key, clone_id="mine")
        self.embedding = self.voice_of(self.alice_key, kind=VoiceKind.EMBEDDING)

    def roads(self) -> dict[str, Call]:
        """Every call that names a voice, by the route that takes it."""
        public_id, number = self.voice.public_id, self.voice.number
        reference = self.voice.references.get().pk
        user, clone, own = (
            f"/api/v1/user-voices/{public_id}",
            "/pocket-tts/voices/clone/mine",
            f"/v1/voices/{number}",
        )
        text = {"text": "Hello."}
        return {
            "api/v1/user-voices/": lambda who: who.delete(f"/api/v1/user-voices/?public_id={public_id}"),
            "api/v1/user-voices/<str:public_id>/archive/": lambda who: who.post(f"{user}/archive/"),
            "api/v1/user-voices/<str:public_id>/reactivate/": lambda who: who.post(f"{user}/reactivate/"),
            "api/v1/tts/": lambda who: who.post("/api/v1/tts/", {**text, "user_voice_id": public_id}),
            "v1/tts/clone/": lambda who: send(
                who, "/v1/tts/clone/", **text, embed_id=self.embedding.public_id
            ),
            "v1/voice-clone/": lambda who: send(
                who, "/v1/voice-clone/", **text, embed_id=self.embedding.public_id
            ),
            "pocket-tts/voices/clone/<str:clone_id>": lambda who: who.delete(clone),
            "the same, PATCH": lambda who: who.patch(
                clone, {"newCloneId": "stolen"}, content_type="application/json"
            ),
            "pocket-tts/voices/clone/<str:clone_id>/generate": lambda who: who.post(
                f"{clone}/generate", text
            ),
            "pocket-tts/voices/clone/<str:clone_id>/download": lambda who: who.get(f"{clone}/download"),
            "v1/voices/<str:number>": lambda who: who.get(own),
            "v1/voices/<str:number>, PATCH": lambda who: who.patch(
                own, {"name": "Stolen"}, content_type="application/json"
            ),
            "v1/voices/<str:number>, DELETE": lambda who: who.delete(own),
            "v1/voices/<str:number>/references": lambda who: who.get(f"{own}/references"),
            "the same, POST": lambda who: send(
                who, f"{own}/references", file=b"RIFF", speaker_consent="true"
            ),
            "v1/voices/<str:number>/references/<str:reference>": lambda who: who.delete(
                f"{own}/references/{reference}"
            ),
            "v1/voices/<str:number>/publish": lambda who: who.post(f"{own}/publish"),
            "v1/voices/<str:number>/generate-sample": lambda who: who.post(f"{own}/generate-sample"),
            "v1/tts/generate": lambda who: who.post("/v1/tts/generate", {**text, "voice_id": number}),
            "media/user-voices/<uuid:voice_id>/<str:filename>": lambda who: who.get(
                f"/media/user-voices/{self.voice.id}/reference.wav"
            ),
        }

    def test_a_stranger_gets_404_on_every_road_and_nothing_happens(self) -> None:
        before = Voice.objects.filter(pk=self.voice.pk).values().get()
        for road, call in self.roads().items():
            with self.subTest(road):
                self.assertEqual(call(self.as_charlie).status_code, 404)
        self.assertEqual(Voice.objects.filter(pk=self.voice.pk).values().get(), before)
        self.assertEqual(self.voice.references.count(), 1)

    def test_no_road_is_left_out(self) -> None:
        routes = {str(pattern.pattern): set(pattern.pattern.converters) for pattern in patterns()}
        of_voices = {
            route for route, names in routes.items() if names & OF_A_VOICE or "voices/<str:number>" in route
        }
        of_voices -= {"v1/voices/preview/<str:voice_id>.mp3"}  # the catalogue's, everybody's
        self.assertEqual(of_voices - set(self.roads()), set())

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


def patterns() -> list[URLPattern]:
    """Every route of the server."""
    found: list[URLPattern] = []

    def walk(entries: list[Any]) -> None:
        for entry in entries:
            if isinstance(entry, URLPattern):
                found.append(entry)
            else:
                walk(entry.url_patterns)

    walk(get_resolver().url_patterns)
    return found
