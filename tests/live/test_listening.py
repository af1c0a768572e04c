"""The listening socket from outside: what it takes, what it refuses, how it ends, and what it costs."""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from unittest.mock import patch

import numpy as np

from apps.dialects.kugelaudio import socket_listen
from apps.live import listening
from apps.live.models import LiveSession
from tests.base import PlatformTransactionTest
from tests.listening import RATE, VOICES, Scripted, sound
from tests.live.inside import Frame, Socket, worker
from workers.audio.encode import to_int16
from workers.engines.base import Audio

PATH = "/v1/audio/transcriptions/stream"
QUIET = np.zeros(2 * RATE, np.float32)
SPEECH = sound(VOICES["reader"][1])


def chunks(samples: Audio, seconds: float = 0.5) -> list[Frame]:
    step = round(seconds * RATE)
    return [
        {
            "type": "audio_chunk",
            "audio_b64": base64.b64encode(to_int16(samples[at : at + step]).tobytes()).decode(),
        }
        for at in range(0, len(samples), step)
    ]


async def closed(socket: Socket, timeout: float = 10.0) -> int:
    while "close" not in (frame := await socket.next(timeout)):
        pass
    return int(frame["close"])


class ListeningTest(PlatformTransactionTest):
    def talk(self, *frames: Frame, engine: Any = None, **config: Any) -> tuple[list[Frame], int]:
        """All frames of a stream, and its close code."""

        async def talked() -> tuple[list[Frame], int]:
            async with Socket(PATH, self.alice_key) as socket:
                await socket.say(type="config", sample_rate=RATE, **config)
                for frame in frames:
                    await socket.say(**frame)
                return socket.frames, await closed(socket)

        with worker(engine or Scripted("He was not.")):
            return asyncio.run(talked())

    def spent(self) -> int:
        before = 100_000
        self.account.refresh_from_db()
        return before - self.account.balance

    def test_turns_come_while_sound_goes_in_and_it_costs_what_was_sent(self) -> None:
        samples = np.concatenate([SPEECH, QUIET, SPEECH, QUIET])
        frames, code = self.talk(
            *chunks(samples), {"type": "end_of_speech"}, turn_detection="vad", language="en"
        )
        finals = [frame for frame in frames if frame.get("is_final")]
        self.assertEqual([frame["partial_text"] for frame in finals], ["He was not."] * 2)
        self.assertEqual({frame["turn_end_reason"] for frame in finals}, {"vad"})
        self.assertEqual((finals[0]["model"], finals[0]["language"], code), ("whisper", "en", 1000))
        self.assertFalse([frame for frame in frames if "error" in frame])
        tenths = -(-len(samples) * 10 // RATE)
        self.assertAlmostEqual(self.spent(), tenths * 2000 / 600, delta=1)
        self.assertFalse(LiveSession.objects.filter(closed_at=None).exists())

    def test_silence_alone_says_nothing_and_costs_its_time(self) -> None:
        frames, code = self.talk(*chunks(QUIET), {"type": "end_of_speech"})
        self.assertEqual((frames, code), ([{"close": 1000}], 1000))
        self.assertEqual(self.spent(), 67)

    def test_what_is_wrong_is_said_and_the_socket_stays(self) -> None:
        wrong: list[tuple[Frame, str]] = [
            ({"type": "audio_chunk", "audio_b64": ""}, "config frame first"),
            ({"type": "hello"}, "type: must be"),
            ({"type": "config"}, "sample_rate"),
            ({"type": "config", "sample_rate": 655_350}, "sample_rate"),
            ({"type": "config", "sample_rate": RATE, "language": "klingon"}, "not a language code"),
            ({"type": "config", "sample_rate": RATE, "language": ["de", 3]}, "language"),
            ({"type": "config", "sample_rate": RATE, "turn_detection": "magic"}, "turn_detection"),
            ({"type": "config", "sample_rate": RATE, "model": "nonsense"}, "Unknown model"),
            ({"type": "config", "sample_rate": RATE, "boosted_phrases": "one"}, "boosted_phrases"),
        ]
        later: list[tuple[Frame, str]] = [
            ({"type": "config", "sample_rate": RATE}, "configured already"),
            ({"type": "audio_chunk", "audio_b64": "*"}, "base64"),
            ({"type": "audio_chunk"}, "audio_b64"),
            ({"type": "audio_chunk", "audio_b64": base64.b64encode(b"abc").decode()}, "half a sample"),
            (
                {"type": "audio_chunk", "audio_b64": base64.b64encode(bytes(3 * RATE)).decode()},
                "more than a second",
            ),
        ]

        async def talked() -> int:
            async with Socket(PATH, self.alice_key) as socket:
                for frame, said in wrong:
                    await socket.say(**frame)
                    told = await socket.next()
                    self.assertIn(said, told["error"])
                    self.assertEqual(told["code"], 400)
                await socket.say(type="config", sample_rate=RATE)
                for frame, said in later:
                    await socket.say(**frame)
                    self.assertIn(said, (await socket.next())["error"])
                await socket.say(type="end_of_speech")
                return await closed(socket)

        with worker(Scripted("No.")):
            self.assertEqual(asyncio.run(talked()), 1000)
        self.assertEqual(self.spent(), 0)

    def test_where_the_characters_are_gone_it_ends(self) -> None:
        self.account.balance = 20
        self.account.save()
        frames, code = self.talk(*chunks(np.concatenate([SPEECH, QUIET])))
        self.assertEqual(
            ([frame["error_code"] for frame in frames if "error" in frame], code),
            (["INSUFFICIENT_CREDITS"], 4003),
        )
        self.account.refresh_from_db()
        self.assertGreaterEqual(self.account.balance, 0)

    def test_a_worker_that_is_lost_ends_it_and_only_what_it_heard_is_charged(self) -> None:
        async def talked(live: Any) -> tuple[Frame, int]:
            async with Socket(PATH, self.alice_key) as socket:
                await socket.say(type="config", sample_rate=RATE)
                for frame in chunks(SPEECH):
                    await socket.say(**frame)
                await socket.until("partial_text")
                live.stop()
                error = await socket.until("error", 15)
                return error, await closed(socket)

        with worker(Scripted("He was")) as live:
            error, code = asyncio.run(talked(live))
        self.assertIn("lost", error["error"])
        self.assertEqual(code, 1011)
        self.assertLessEqual(self.spent(), len(SPEECH) / RATE * 2000 / 60 + 4)

    def test_an_engine_that_fails_is_an_error(self) -> None:
        class Broken(Scripted):
            def hear(self, *_: Any) -> Any:
                raise RuntimeError("no")

        frames, code = self.talk(*chunks(SPEECH), engine=Broken(""))
        self.assertEqual(
            ([frame["error_code"] for frame in frames if "error" in frame], code), (["INTERNAL_ERROR"], 1011)
        )

    def test_no_workers_and_no_scope(self) -> None:
        async def configured() -> Frame:
            async with Socket(PATH, self.alice_key) as socket:
                await socket.say(type="config", sample_rate=RATE)
                return await socket.next()

        self.assertEqual(asyncio.run(configured())["error_code"], "MODEL_UNAVAILABLE")
        speaking = self.new_key(self.account, scopes=["speech"])

        async def refused() -> None:
            async with Socket(PATH, speaking):
                pass

        with self.assertRaises(AssertionError):
            asyncio.run(refused())

    def test_whoever_sends_faster_than_is_heard_waits_and_nothing_is_lost(self) -> None:
        samples = np.concatenate([SPEECH, QUIET] * 4)
        with patch.object(listening, "AHEAD_SECONDS", 3.0):
            frames, code = self.talk(*chunks(samples), {"type": "end_of_speech"}, turn_detection="vad")
        self.assertEqual((sum(bool(frame.get("is_final")) for frame in frames), code), (4, 1000))

    def test_a_silent_client_is_sent_away(self) -> None:
        with patch.object(socket_listen, "IDLE_SECONDS", 0.5):
            frames, code = self.talk()
        self.assertIn("Nothing came", frames[0]["error"])
        self.assertEqual(code, 1011)
