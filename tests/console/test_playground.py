"""The playground without a browser: its page, its token, its socket's refusals. tests/browser hears it speak."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from apps.accounts.tokens import speech_caller, speech_token
from apps.jobs.models import Job
from apps.voices.models import Voice
from tests.base import PlatformTest, PlatformTransactionTest, random_address
from tests.voices.base import BUILT, VoicesTest
from ttsplatform.asgi import application

from .base import ConsoleTest, browser, words


class PageTest(ConsoleTest):
    def test_a_voice_is_chosen_and_the_call_is_ready_to_paste(self) -> None:
        answer = self.alices.get("/console/playground/")
        page = answer.content.decode()
        self.assertIn('value="kokoro/af_heart" selected', page)
        self.assertLess(len(answer.content), 100_000)
        said = words(answer)
        for name in ("curl", "requests.post", "await fetch", '"voice": "af_heart"'):
            self.assertIn(name, said)
        # Nothing that opens the API is in the page.
        self.assertNotIn("sk-tts-", page)

    def test_without_a_script_the_text_becomes_a_job(self) -> None:
        answer = self.alices.post("/console/playground/", {"text": "Hello.", "choice": "kokoro/af_bella"})
        job = Job.objects.get(account=self.account)
        self.assertRedirects(answer, f"/console/jobs/{job.pk}/")
        self.assertEqual((job.voice, job.served_model, job.key), ("af_bella", "kokoro", None))

    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self) -> None:
        for fields, status in (
            ({"text": " ", "choice": "kokoro/af_bella"}, 400),
            ({"text": "Keep this.", "choice": ""}, 400),
            ({"text": "Keep this.", "choice": "kokoro/nobody"}, 404),
            ({"text": "Keep this.", "choice": "own/uv_nobody"}, 404),
        ):
            with self.subTest(fields):
                answer = self.alices.post("/console/playground/", fields)
                self.assertEqual(answer.status_code, status)
                self.assertIn('role="alert"', answer.content.decode())
                self.assertIn(f"{fields['text']}</textarea>", answer.content.decode())

    def test_the_token_is_the_accounts_own(self) -> None:
        token = self.charlies.post("/console/playground/token/").json()["token"]
        self.assertEqual(speech_caller(token, "10.0.0.1").account, self.stranger_account)
        self.assertEqual(self.alices.get("/console/playground/token/").status_code, 405)


class StrangersVoiceTest(VoicesTest, PlatformTest):
    def test_own_voices_are_offered_to_their_owner_alone(self) -> None:
        voice = self.voice_of(self.alice_key)
        Voice.objects.update(**BUILT, pending=None, building=None)
        value = f"own/{voice.public_id}"
        self.assertIn(value, browser(self.alice).get("/console/playground/").content.decode())
        stranger = browser(self.charlie)
        self.assertNotIn(value, stranger.get("/console/playground/").content.decode())
        self.assertEqual(
            stranger.post("/console/playground/", {"text": "Hi.", "choice": value}).status_code, 404
        )


class SocketTest(PlatformTransactionTest):
    def talk(self, query: str, frame: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """What comes of connecting, and of a frame where one is given, until the socket is closed."""
        scope = {
            "type": "websocket",
            "path": "/console/speak",
            "query_string": query.encode(),
            "headers": [],
            "client": (random_address(), 1),
        }

        async def run() -> list[dict[str, Any]]:
            wire = ApplicationCommunicator(application, scope)
            await wire.send_input({"type": "websocket.connect"})
            came = [await wire.receive_output(10)]
            if frame is not None and came[0]["type"] == "websocket.accept":
                await wire.send_input({"type": "websocket.receive", "text": json.dumps(frame)})
                while came[-1]["type"] != "websocket.close":
                    came.append(await wire.receive_output(20))
            await wire.send_input({"type": "websocket.disconnect", "code": 1000})
            await wire.wait(10)
            return came

        found: list[dict[str, Any]] = async_to_sync(run)()
        return found

    def test_only_a_token_opens_it(self) -> None:
        for query in ("", "token=", f"token={self.alice_key}", f"api_key={self.alice_key}"):
            with self.subTest(query):
                self.assertEqual(self.talk(query)[0]["type"], "websocket.close")

    def test_errors_are_told_and_then_it_is_closed(self) -> None:
        token = speech_token(self.alice, self.account)
        for frame, code in (
            ({"choice": "kokoro/af_bella"}, "bad_request"),
            ({"text": "Hello.", "choice": 7}, "bad_request"),
            ({"text": "Hello.", "choice": "kokoro/af_bella", "speed": "fast"}, "bad_request"),
            ({"text": "Hello.", "choice": "own/nobody"}, "not_found"),
            # Nobody speaks live here.
            ({"text": "Hello.", "choice": "kokoro/af_bella"}, "service_unavailable"),
        ):
            with self.subTest(frame):
                came = self.talk(f"token={token}", frame)
                self.assertEqual(json.loads(came[1]["text"])["error"]["code"], code)
                self.assertEqual(came[-1]["type"], "websocket.close")
