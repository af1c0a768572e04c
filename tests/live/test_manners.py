"""How a socket is to speak may be said on any frame: what is asked for holds, and what is refused does not stick."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any
from unittest.mock import patch

from apps.dialects.kugelaudio import socket_multi
from tests.base import PlatformTransactionTest
from tests.live.inside import Socket, worker
from workers.engines.fake import FakeEngine

TONE: dict[str, Any] = {"model_id": "kokoro", "language": "en"}
SHORT = "A few words."


class MannersTest(PlatformTransactionTest):
    def talk(self, talking: Coroutine[Any, Any, None], engine: FakeEngine | None = None) -> None:
        with worker(engine or FakeEngine()):
            asyncio.run(talking)

    def multi(self) -> Socket:
        return Socket("/ws/tts/multi", self.alice_key, sdk="test")

    def test_what_is_said_of_the_session_reaches_open_contexts_at_their_next_turn(self) -> None:
        async def talking() -> None:
            async with self.multi() as socket:
                for name in ("one", "two"):
                    await socket.say(text=" ", context_id=name, **TONE)
                    await socket.until("context_created")
                # In the middle of a turn of the first, and on a frame of the second.
                await socket.say(text="This is the beginning. And it", context_id="one")
                await socket.until("audio", context_id="one")
                config = {"sample_rate": 8000, "word_timestamps": True, "normalize": False}
                await socket.say(text=SHORT, context_id="two", flush=True, **config)
                await socket.until("final", context_id="two")
                await socket.say(text=" goes on.", context_id="one", flush=True)
                await socket.until("final", context_id="one")
                first = [frame for frame in socket.frames if frame["context_id"] == "one"]
                self.assertEqual({frame["sr"] for frame in first if "sr" in frame}, {24_000})
                self.assertFalse(any("word_timestamps" in frame for frame in first))
                socket.frames.clear()
                await socket.say(text="It costs $5.", context_id="one", flush=True)
                await socket.until("final", context_id="one")
                self.assertEqual({frame["sr"] for frame in socket.frames if "sr" in frame}, {8000})
                self.assertEqual([word["word"] for word in socket.words], ["It", "costs", "$5"])
                said = next(frame for frame in socket.frames if "chunk_complete" in frame)
                self.assertLess(
                    said["audio_seconds"], 0.9, "as long as it is written, and not as five dollars"
                )
                await socket.say(text=" ", context_id="three")
                await socket.say(text=SHORT, context_id="three", flush=True)
                self.assertEqual((await socket.until("audio", context_id="three"))["sr"], 8000)

        self.talk(talking())

    def test_what_belongs_to_the_session_is_never_refused_in_mid_turn(self) -> None:
        async def talking() -> None:
            async with self.multi() as socket:
                await socket.say(text="This is the beginning. And it", context_id="one", **TONE)
                await socket.until("audio")
                await socket.say(text=" goes on.", context_id="one", sample_rate=16_000, flush=True)
                await socket.until("final")
                self.assertEqual({frame["sr"] for frame in socket.frames if "sr" in frame}, {24_000})
                await socket.say(text=SHORT, context_id="one", flush=True)
                self.assertEqual((await socket.until("audio"))["sr"], 16_000)
                self.assertFalse([frame for frame in socket.frames if "error" in frame])

        self.talk(talking())

    def test_updated_settings_are_for_contexts_to_come(self) -> None:
        async def talking() -> None:
            async with self.multi() as socket:
                await socket.say(text=" ", context_id="old", **TONE)
                await socket.say(update_settings={"speed": 0.8})
                settings = (await socket.until("settings_updated"))["settings"]
                self.assertEqual(settings["speed"], 0.8)
                lengths = []
                for name in ("old", "new"):
                    await socket.say(text=SHORT, context_id=name, flush=True)
                    lengths.append((await socket.until("chunk_complete", context_id=name))["audio_seconds"])
                self.assertAlmostEqual(lengths[1] / lengths[0], 1.25, delta=0.1)

        self.talk(talking())

    def test_what_was_refused_in_mid_turn_does_not_come_back(self) -> None:
        async def talking() -> None:
            async with Socket("/ws/tts/stream", self.alice_key, sdk="test") as socket:
                await socket.say(text="This is the beginning. And it", speed=0.9, **TONE)
                await socket.until("audio")
                await socket.say(text=" goes", sample_rate=8000)
                error = await socket.until("error")
                self.assertIn("sample_rate", error["error"])
                await socket.say(text=" on.", flush=True)
                await socket.until("session_closed")
                socket.frames.clear()
                await socket.say(text="This is another. And", flush=False)
                await socket.say(text=" it goes on.", flush=True)
                await socket.until("session_closed")
                self.assertEqual({frame["sr"] for frame in socket.frames if "sr" in frame}, {24_000})
                self.assertFalse([frame for frame in socket.frames if "error" in frame])
                # A setting that came beside it is no part of what was refused before.
                await socket.say(update_settings={"temperature": 0.1})
                settings = (await socket.until("settings_updated"))["settings"]
                self.assertEqual((settings["speed"], settings["temperature"]), (0.9, 0.1))
                await socket.say(text=SHORT, sample_rate=8000, flush=True)
                self.assertEqual((await socket.until("audio"))["sr"], 8000)

        self.talk(talking())

    def test_a_cancel_forgets_what_was_to_be_said_and_not_how(self) -> None:
        async def talking() -> None:
            async with Socket("/ws/tts/stream", self.alice_key, sdk="test") as socket:
                await socket.say(text="This is spoken. " * 20, flush=True, **TONE)
                await socket.until("audio")
                # It waits behind the turn that is being spoken.
                await socket.say(text="And this is not.", sample_rate=8000)
                await socket.say(cancel=True)
                await socket.until("interrupted")
                await socket.say(text=SHORT, flush=True)
                self.assertEqual((await socket.until("audio"))["sr"], 8000)

        self.talk(talking(), FakeEngine(rtf=0.3))

    def test_a_speaker_prefix_is_taken_on_every_path(self) -> None:
        async def talking() -> None:
            wanted = {"text": SHORT, "speaker_prefix": True, **TONE}
            async with Socket("/ws/tts", self.alice_key) as socket:
                await socket.say(**wanted)
                await socket.until("final")
            async with Socket("/ws/tts/stream", self.alice_key, sdk="test") as socket:
                await socket.say(flush=True, **wanted)
                await socket.until("session_closed")
            async with self.multi() as socket:
                await socket.say(flush=True, context_id="one", **wanted)
                await socket.until("final")

        self.talk(talking())


class IdleContextsTest(PlatformTransactionTest):
    def test_a_context_that_has_just_spoken_is_not_idle(self) -> None:
        """Twenty seconds are one here, and the answer lasts as long as two."""

        async def talking() -> None:
            async with Socket("/ws/tts/multi", self.alice_key, sdk="test") as socket:
                await socket.say(text=" ", context_id="one", **TONE)
                await socket.say(
                    text="This takes two seconds and more to make. " * 2, context_id="one", flush=True
                )
                await socket.until("final")
                ended = time.monotonic()
                await socket.until("context_closed", timeout=5)
                self.assertGreater(time.monotonic() - ended, 0.9)
                self.assertLess(time.monotonic() - ended, 2.5)
                await socket.say(text=SHORT, context_id="one", flush=True)
                self.assertTrue(await socket.until("context_created"))

        with (
            patch.object(socket_multi, "INACTIVE_SECONDS", 1.0),
            patch.object(socket_multi, "_LOOK_SECONDS", 0.05),
            worker(FakeEngine(rtf=0.5)),
        ):
            asyncio.run(talking())
