"""Voices, batches and webhooks are their owner's alone: a stranger gets 404 on every road, and nothing happens.

The roads are read from the server itself. A new route or socket that is in none of the tables below fails here: it
needs a call that names something of Alice's, or a word that it names nothing of anybody's.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.db import transaction
from django.test import override_settings
from django.urls import URLPattern, get_resolver

from apps import dialects
from apps.jobs.models import Job
from apps.voices.models import Voice, VoiceKind
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services import endpoint_create, endpoint_test
from tests.base import ApiClient, PlatformTest, PlatformTransactionTest, random_address
from tests.voices.base import BUILT, VoicesTest, send
from ttsplatform.asgi import application

ROOMS = ("apps.dialects.", "apps.voices.", "apps.webhooks.")
TEXT = {"text": "Hello."}

# These show a caller's own things only; what strangers see in them is tested below.
LISTS = {
    "GET v1/webhooks/": "/v1/webhooks/",
    "GET v1/webhooks/deliveries/": "/v1/webhooks/deliveries/",
    "GET v1/webhooks/secret/": "/v1/webhooks/secret/",
    "GET api/v1/user-voices/": "/api/v1/user-voices/",
    "GET v1/voices": "/v1/voices?limit=100",
    "ANY pocket-tts/voices": "/pocket-tts/voices",
}
# These take no name of a voice, a batch or a webhook (or make a new one).
NAMELESS = {
    "POST v1/webhooks/",
    "POST v1/webhooks/secret/rotate/",
    *(f"GET {place}/{name}/" for place in ("v1", "api/v1") for name in ("models", "voices", "health")),
    *(f"GET v1/speech/{name}/" for name in ("models", "voices", "languages", "subtitles", "results")),
    "GET api/v1/speech/results/",
    "ANY v1/voices/preview/<str:voice_id>.mp3",
    "POST api/v1/user-voices/",
    "POST v1/tts/embed/",
    "POST api/v1/tts/embed/",
    "POST v1/voices",
    "POST v1/audio/speech",
    "GET v1/models",
    "GET v1/models/<str:model_id>",
    "POST v1/normalize",
    "POST v1/sdk-diagnostics",
    *(f"ANY api/{name}" for name in ("health", "models", "voices", "stats", "generate")),
    *(f"ANY api/stream/{name}" for name in ("start", "chunk", "end/<str:session_id>")),
    "ANY pocket-tts",
    "ANY pocket-tts/voices/clone",
    "ANY pocket-tts/voices/clone/import",
    # Work on recordings, and what came of it, under the unguessable id of a job or a conversation.
    *(
        f"{method} {place}/{name}/"
        for place in ("v1", "api/v1")
        for method, name in (
            ("POST", "stt"),
            ("POST", "transcribe"),
            ("GET", "transcribe/results"),
            ("POST", "voice-convert"),
            ("POST", "speech-translate"),
            ("POST", "speech-to-speech"),
            ("POST", "voice-chat"),
            ("GET", "voice-chat"),
            ("DELETE", "voice-chat"),
            *(
                ("POST", f"audio/{tool}")
                for tool in ("enhance", "separate", "remove-echo", "analyze", "convert")
            ),
        )
    ),
    "POST v1/audio/transcriptions",
    "POST v1/audio/translations",
    "POST v1/audio/enhance",
    "POST v1/audio/enhance/warmup",
    "GET v1/audio/transcriptions/<str:job_id>",
}
NAMELESS_SOCKETS = {"v1/audio/transcriptions/stream", "v1/audio/enhance/stream", "ws/voice-chat"}

Call = Callable[[ApiClient], Any]


@override_settings(JOB_MAX_WAIT_SECONDS=0, WEBHOOK_ALLOW=["127.0.0.1"])
class StrangersTest(VoicesTest, PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.voice = self.voice_of(self.alice_key, clone_id="mine")
        self.embedding = self.voice_of(self.alice_key, kind=VoiceKind.EMBEDDING)
        Voice.objects.update(**BUILT, pending=None, building=None)
        Job.objects.all().delete()
        self.endpoint = endpoint_create(self.account, url="http://127.0.0.1:1/hook")
        self.delivery = endpoint_test(self.endpoint)
        texts = [{**TEXT, "model": "kokoro"}] * 2
        self.batch = self.as_alice.post("/v1/tts/batch/", {"texts": texts}).json()["batch_id"]

    def roads(self) -> dict[str, Call]:
        """A call on every road that names something of Alice's."""
        return {**self.voice_roads(), **self.batch_roads(), **self.webhook_roads()}

    def voice_roads(self) -> dict[str, Call]:
        public_id, number, embed_id = self.voice.public_id, self.voice.number, self.embedding.public_id
        user, clone, own = (
            f"/api/v1/user-voices/{public_id}",
            "/pocket-tts/voices/clone/mine",
            f"/v1/voices/{number}",
        )
        reference = f"{own}/references/{self.voice.references.get().pk}"
        roads = {
            "DELETE api/v1/user-voices/": deletes(f"/api/v1/user-voices/?public_id={public_id}"),
            "POST api/v1/user-voices/<str:public_id>/archive/": posts(f"{user}/archive/"),
            "POST api/v1/user-voices/<str:public_id>/reactivate/": posts(f"{user}/reactivate/"),
            "ANY pocket-tts/voices/clone/<str:clone_id>/generate": posts(f"{clone}/generate", TEXT),
            "ANY pocket-tts/voices/clone/<str:clone_id>/download": gets(f"{clone}/download"),
            "ANY pocket-tts/voices/clone/<str:clone_id>": patches(clone, {"newCloneId": "stolen"}),
            "DELETE pocket-tts/voices/clone/<str:clone_id>": deletes(clone),
            "GET v1/voices/<str:number>": gets(own),
            "PATCH v1/voices/<str:number>": patches(own, {"name": "Stolen"}),
            "DELETE v1/voices/<str:number>": deletes(own),
            "GET v1/voices/<str:number>/references": gets(f"{own}/references"),
            "POST v1/voices/<str:number>/references": sends(
                f"{own}/references", file=b"RIFF", speaker_consent="true"
            ),
            "DELETE v1/voices/<str:number>/references/<str:reference>": deletes(reference),
            "POST v1/voices/<str:number>/publish": posts(f"{own}/publish"),
            "POST v1/voices/<str:number>/generate-sample": posts(f"{own}/generate-sample"),
            "POST v1/tts/generate": posts("/v1/tts/generate", {**TEXT, "voice_id": number}),
            "ANY media/user-voices/<uuid:voice_id>/<str:filename>": gets(
                f"/media/user-voices/{self.voice.id}/reference.wav"
            ),
        }
        for place in ("v1", "api/v1"):
            for path in (f"{place}/tts/", f"{place}/tts/stream/"):
                roads[f"POST {path}"] = posts(f"/{path}", {**TEXT, "user_voice_id": public_id})
            for path in (f"{place}/tts/clone/", f"{place}/voice-clone/"):
                roads[f"POST {path}"] = sends(f"/{path}", **TEXT, embed_id=embed_id)
            roads[f"DELETE {place}/tts/embed/"] = deletes(f"/{place}/tts/embed/?embed_id={embed_id}")
        return roads

    def batch_roads(self) -> dict[str, Call]:
        speech = {**TEXT, "user_voice_id": self.voice.public_id}
        roads: dict[str, Call] = {}
        for place in ("v1", "api/v1"):
            path, route = f"/{place}/tts/batch/", f"{place}/tts/batch/"
            one, named = f"{path}{self.batch}/", f"{route}<str:batch_id>/"
            roads[f"POST {route}"] = posts(path, {"texts": [speech]})
            roads[f"GET {route}result/"] = gets(f"{path}result/?batch_id={self.batch}")
            roads[f"GET {named}"] = gets(one)
            roads[f"ANY {named}zip/"] = gets(f"{one}zip/")
            roads[f"POST {named}cancel/"] = posts(f"{one}cancel/")
            roads[f"DELETE {named}"] = deletes(one)
        return roads

    def webhook_roads(self) -> dict[str, Call]:
        one, log = f"/v1/webhooks/{self.endpoint.pk}/", f"/v1/webhooks/deliveries/{self.delivery.pk}/"
        route, logged = "v1/webhooks/<uuid:endpoint_id>/", "v1/webhooks/deliveries/<uuid:delivery_id>/"
        return {
            f"GET {route}": gets(one),
            f"PATCH {route}": patches(one, {"enabled": False}),
            f"POST {route}rotate/": posts(f"{one}rotate/", {}),
            f"POST {route}test/": posts(f"{one}test/", {}),
            f"GET {logged}": gets(log),
            f"POST {logged}replay/": posts(f"{log}replay/", {}),
            f"DELETE {route}": deletes(one),
        }

    def state(self) -> list[Any]:
        """All that a stranger might have changed."""
        tables = (Voice, Endpoint, Delivery, Job)
        rows = [list(table.objects.order_by("pk").values()) for table in tables]
        return [*rows, self.voice.references.count(), sorted(self.files())]

    def test_a_stranger_gets_404_on_every_road_and_nothing_happens(self) -> None:
        before = self.state()
        for road, call in self.roads().items():
            with self.subTest(road):
                self.assertEqual(call(self.as_charlie).status_code, 404)
        self.assertEqual(self.state(), before)

    def test_the_same_calls_find_what_they_name_for_its_owner(self) -> None:
        roads = self.roads()
        # Whoever deletes goes last: rows come back after each call, files do not.
        for road in sorted(roads, key=lambda road: road.startswith("DELETE")):
            with self.subTest(road), transaction.atomic():
                self.assertNotEqual(roads[road](self.as_bob).status_code, 404)
                transaction.set_rollback(True)

    def test_no_road_is_left_out(self) -> None:
        roads = set(self.roads())
        self.assertEqual(
            routes() - {*roads, *LISTS, *NAMELESS}, set(), "add a call, or say that it names nothing"
        )
        # A view that looks at the method itself has one entry for each.
        self.assertEqual(
            {road for road in roads if "pocket-tts" not in road} - routes(), set(), "are no more"
        )

    def test_lists_show_nothing_of_a_stranger(self) -> None:
        named = (
            self.voice.public_id,
            '"mine"',
            str(self.endpoint.pk),
            str(self.delivery.pk),
            f":{self.voice.number},",
        )
        for road, path in LISTS.items():
            mine, theirs = (
                who.get(path).content.decode().replace(" ", "") for who in (self.as_bob, self.as_charlie)
            )
            with self.subTest(road):
                self.assertTrue(any(name in mine for name in named) or "secret" in path)
                self.assertFalse(any(name in theirs for name in named))
                self.assertNotEqual(mine, theirs)


class SocketsTest(VoicesTest, PlatformTransactionTest):
    """A socket's frame names the voice, so a stranger is told in a frame."""

    FRAMES: ClassVar[dict[str, dict[str, Any]]] = {
        "ws/tts": {**TEXT},
        "ws/tts/stream": {**TEXT, "flush": True},
        "ws/tts/multi": {**TEXT, "flush": True, "context_id": "one"},
    }

    def error(self, path: str, key: str, number: int) -> dict[str, Any]:
        """The first frame that tells of an error."""

        scope = {
            "type": "websocket",
            "path": f"/{path}",
            "query_string": f"api_key={key}".encode(),
            "headers": [],
            "client": (random_address(), 1),
        }

        async def talk() -> dict[str, Any]:
            wire = ApplicationCommunicator(application, scope)
            await wire.send_input({"type": "websocket.connect"})
            assert (await wire.receive_output(10))["type"] == "websocket.accept"
            said = {**self.FRAMES[path], "voice_id": number}
            await wire.send_input({"type": "websocket.receive", "text": json.dumps(said)})
            frame: dict[str, Any] = {}
            while not frame.get("error"):
                frame = json.loads((await wire.receive_output(10))["text"])
            await wire.send_input({"type": "websocket.disconnect", "code": 1000})
            await wire.wait(10)
            return frame

        return async_to_sync(talk)()

    def test_a_strangers_voice_does_not_exist_on_any_socket(self) -> None:
        voice = self.voice_of(self.alice_key)
        Voice.objects.update(**BUILT, pending=None, building=None)
        for path in self.FRAMES:
            with self.subTest(path):
                theirs = self.error(path, self.charlie_key, voice.number)
                self.assertEqual((theirs["code"], theirs["error_code"]), (404, "NOT_FOUND"))
                # Nobody speaks live here, so her own voice is found and then has to wait.
                self.assertNotEqual(self.error(path, self.alice_key, voice.number)["code"], 404)

    def test_no_socket_is_left_out(self) -> None:
        self.assertEqual(sockets() - NAMELESS_SOCKETS, set(self.FRAMES))


def gets(path: str) -> Call:
    return lambda who: who.get(path)


def deletes(path: str) -> Call:
    return lambda who: who.delete(path)


def posts(path: str, data: Any = None) -> Call:
    return lambda who: who.post(path, data)


def patches(path: str, data: Any) -> Call:
    return lambda who: who.patch(path, data, content_type="application/json")


def sends(path: str, **fields: Any) -> Call:
    return lambda who: send(who, path, **fields)


def sockets() -> set[str]:
    """The path of every socket."""
    folders = [path.parent.name for path in Path(dialects.__path__[0]).glob("*/routing.py")]
    routing = [importlib.import_module(f"apps.dialects.{name}.routing") for name in folders]
    return {str(each.pattern) for module in routing for each in module.websocket_urlpatterns}


def routes() -> set[str]:
    """ "METHOD route" of every route in ROOMS; ANY where the view itself looks at the method.

    Staff's pages are for no customer at all: tests/accounts/test_admin_pages.py.
    """
    found: set[str] = set()

    def walk(entries: list[Any]) -> None:
        for entry in entries:
            if not isinstance(entry, URLPattern):
                walk(entry.url_patterns)
            elif (room := entry.callback.__module__).startswith(ROOMS) and not room.endswith(".admin"):
                found.update(f"{method} {entry.pattern}" for method in methods_of(entry.callback))

    walk(get_resolver().url_patterns)
    return found


def methods_of(view: Any) -> list[str]:
    names = getattr(getattr(view, "cls", None), "http_method_names", None)
    if names is None:
        return ["ANY"]
    return [name.upper() for name in names if name != "options" and hasattr(view.cls, name)]
