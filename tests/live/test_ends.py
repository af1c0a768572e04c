"""How streams and sockets end: clients that vanish or go early, keys that are revoked, servers that stop."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from unittest.mock import patch

import pytest
import redis
from django.conf import settings

from apps.accounts.disabling import account_disable
from apps.accounts.services import key_revoke
from apps.jobs.speech import speech_order
from apps.live import turn as turns
from apps.live import wire
from apps.live.turn import Turn
from tests.base import CHARACTERS, PlatformTransactionTest
from tests.jobs.orders import caller
from tests.live.helpers import eventually
from tests.live.inside import Request, Socket, worker
from tests.sockets import Socket as OutsideSocket
from tests.stacks import LiveStack
from ttsplatform.errors import ApiError
from workers.engines.fake import FakeEngine
from workers.runtime.live import LiveWorker

TONE: dict[str, Any] = {"model_id": "kokoro", "language": "en"}
SENTENCE = "This sentence is one of very many that nobody will wait for. "
PATHS = ("/ws/tts", "/ws/tts/stream", "/ws/tts/multi")
# The first half second of sound takes five seconds to make.
SLOW = FakeEngine(rtf=10.0)
BODIES: dict[str, dict[str, Any]] = {
    "/v1/audio/speech": {"input": SENTENCE, "model": "kokoro", "voice": "alloy"},
    "/v1/tts/stream/": {"text": SENTENCE, "model": "kokoro", "voice": "af_bella"},
    "/v1/tts/generate": {"text": SENTENCE, **TONE},
    "/pocket-tts?format=opus": {"text": SENTENCE},
    "/pocket-tts": {"text": SENTENCE},
    "/api/generate": {"text": SENTENCE},
}


def slots_of(live: LiveWorker) -> int:
    """How many streams hold a slot of the worker."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return client.zcount(wire.worker_slots(live.name), time.time(), "+inf")


async def soon(live: LiveWorker, slots: int) -> int:
    """The worker's slots in use once they are so many, or after three seconds."""
    return await asyncio.to_thread(eventually, lambda: slots_of(live), lambda seen: seen == slots, 3.0)


class EndsTest(PlatformTransactionTest):
    def charged(self) -> int:
        self.account.refresh_from_db()
        return CHARACTERS - self.account.balance

    def test_a_client_that_goes_before_the_first_sound_stops_the_engine_and_pays_nothing(self) -> None:
        async def go(path: str, live: LiveWorker) -> None:
            request = Request(path, self.alice_key, **BODIES[path])
            await request.start()
            self.assertEqual(await soon(live, 1), 1, path)
            await asyncio.sleep(0.1)
            gone = time.monotonic()
            await request.leave()
            self.assertEqual(await soon(live, 0), 0, path)
            self.assertLess(time.monotonic() - gone, 2.0, path)

        with worker(SLOW) as live:
            for path in BODIES:
                with self.subTest(path):
                    asyncio.run(go(path, live))
        self.assertEqual(self.charged(), 0)

    def test_a_turn_that_nobody_takes_sound_from_ends_by_itself(self) -> None:
        """A minute is half a second here."""

        async def hang(live: LiveWorker) -> None:
            who = await asyncio.to_thread(caller, self.alice_key)
            order = speech_order(who, text=SENTENCE * 20, model="kokoro", voice="af_bella")
            turn = Turn(who, request_id="r", audio="pcm")
            await turn.say(order, last=True)
            events = turn.events()
            await anext(events)
            self.assertEqual(await soon(live, 1), 1)
            # The client takes nothing more, and whoever sends to it waits and waits.
            self.assertEqual(await soon(live, 0), 0)
            with self.assertRaises(ApiError) as ended:
                async for _ in events:
                    pass
            self.assertEqual(ended.exception.code, "gone")
            await turn.close()

        with (
            patch.object(turns, "STALLED_SECONDS", 0.5),
            patch.object(turns, "SEEN_SECONDS", 0.1),
            worker(FakeEngine()) as live,
        ):
            asyncio.run(hang(live))
        self.assertLess(self.charged(), 2 * len(SENTENCE) * 20)

    def test_a_client_that_reads_slowly_is_not_one_that_has_vanished(self) -> None:
        async def listen() -> int:
            who = await asyncio.to_thread(caller, self.alice_key)
            order = speech_order(who, text=SENTENCE, model="kokoro", voice="af_bella")
            turn = Turn(who, request_id="r", audio="pcm")
            await turn.say(order, last=True)
            heard = 0
            async for _ in turn.sounds():
                heard += 1
                await asyncio.sleep(0.15)
            await turn.close()
            return heard

        with (
            patch.object(turns, "STALLED_SECONDS", 0.3),
            patch.object(turns, "SEEN_SECONDS", 0.1),
            worker(FakeEngine()),
        ):
            self.assertGreater(asyncio.run(listen()), 5)

    def test_a_stream_whose_account_is_disabled_ends_while_it_is_heard(self) -> None:
        """Ten seconds are a tenth of one here."""

        async def listen() -> None:
            who = await asyncio.to_thread(caller, self.alice_key)
            order = speech_order(who, text=SENTENCE * 20, model="kokoro", voice="af_bella")
            turn = Turn(who, request_id="r", audio="pcm")
            await turn.say(order, last=True)
            sounds = turn.sounds()
            await anext(sounds)
            await asyncio.to_thread(account_disable, self.account.pk)
            # Nothing is taken meanwhile, so that it can not come to its end before that.
            async with asyncio.timeout(20):
                while turn._closing is None:
                    await asyncio.sleep(0.05)
            with self.assertRaises(ApiError) as ended:
                async for _ in sounds:
                    pass
            self.assertEqual(ended.exception.code, "unauthorized")
            self.assertIn("switched off", ended.exception.message)
            await turn.close()

        with patch.object(turns, "SEEN_SECONDS", 0.1), worker(FakeEngine()):
            asyncio.run(listen())
        # What was spoken is paid for, no more.
        self.assertLess(self.charged(), 2 * len(SENTENCE) * 20)

    def test_an_idle_socket_whose_key_is_revoked_is_closed_when_it_speaks_again(self) -> None:
        async def talk(path: str, key: str) -> None:
            context = {"context_id": "one"} if path.endswith("multi") else {}
            async with Socket(path, key, sdk="test") as socket:
                await socket.say(text="Hello.", flush=True, **context, **TONE)
                await socket.until("final")
                await asyncio.to_thread(lambda: key_revoke(self.key_row(key)))
                socket.frames.clear()
                await socket.say(text="Hello again.", flush=True, **context, **TONE)
                self.assertEqual((await socket.until("close"))["close"], 4001)
            codes = [frame["error_code"] for frame in socket.frames if "error" in frame]
            self.assertEqual(codes, ["UNAUTHORIZED"], path)
            self.assertEqual(socket.sound, b"")

        with worker(FakeEngine()):
            for path in PATHS:
                asyncio.run(talk(path, self.new_key(self.account)))

    def test_a_stream_socket_that_is_closed_says_all_that_was_sent_first(self) -> None:
        async def talk(*frames: dict[str, Any]) -> list[dict[str, Any]]:
            async with Socket("/ws/tts/stream", self.alice_key, sdk="test") as socket:
                for frame in frames:
                    await socket.say(**frame)
                self.assertEqual((await socket.until("close"))["close"], 1000)
                return socket.frames

        with worker(FakeEngine()):
            frames = asyncio.run(talk({"text": "One sentence. And a half", **TONE}, {"close_socket": True}))
            nothing = asyncio.run(talk({"close_socket": True}))
        self.assertEqual(
            [frame["text"] for frame in frames if "generation_started" in frame],
            ["One sentence.", "And a half"],
        )
        self.assertEqual([next(iter(frame)) for frame in frames[-3:]], ["final", "session_closed", "close"])
        self.assertEqual([next(iter(frame)) for frame in nothing], ["final", "session_closed", "close"])


@pytest.mark.timeout(120)
def test_a_server_that_stops_says_so_to_every_socket(stack: LiveStack) -> None:
    key = stack.account()
    sockets = [OutsideSocket(stack.base_url, path, key, sdk="test") for path in PATHS]
    sockets[1].say(text=SENTENCE * 200, flush=True, model_id="fake", language="en")
    sockets[1].until("audio")
    stack.web.ask_to_stop()
    try:
        assert [socket.closed_with(timeout=10) for socket in sockets] == [1012] * 3
    finally:
        stack.web.restart()
    with OutsideSocket(stack.base_url, "/ws/tts", key) as socket:
        socket.say(text="Back again.", model_id="fake", language="en")
        assert socket.until("final")["dur_ms"] > 300
