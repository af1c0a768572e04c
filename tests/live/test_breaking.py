"""Streams of events that break off say so in an event: the status has long been sent."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.base import CHARACTERS, PlatformTransactionTest
from tests.live.inside import Request, events_of, worker
from workers.engines.fake import FakeEngine
from workers.runtime.live import LiveWorker

BEGINNING = "This is spoken well to its end. "
BODIES: dict[str, dict[str, Any]] = {
    "/v1/audio/speech": {
        "input": BEGINNING,
        "model": "kokoro",
        "voice": "alloy",
        "response_format": "pcm",
        "stream_format": "sse",
    },
    "/v1/tts/stream/": {"text": BEGINNING, "model": "kokoro", "voice": "af_bella", "format": "wav"},
}


def body_of(path: str, text: str) -> dict[str, Any]:
    return {name: text if value == BEGINNING else value for name, value in BODIES[path].items()}


class BreakingTest(PlatformTransactionTest):
    def test_an_engine_that_fails_in_mid_stream(self) -> None:
        for path in BODIES:
            with self.subTest(path), worker(FakeEngine()):
                body = body_of(path, f"{BEGINNING}This will [fail] then.")
                events = asyncio.run(events_of(path, self.alice_key, **body))
                self.assertGreaterEqual(len(events), 2)
                name, data = events[-1]
                self.assertEqual((name, data["error"]["code"]), ("error", "internal_error"))
                self.assertTrue(data["error"]["message"])
                self.assertFalse(any(name == "error" for name, _ in events[:-1]))

    def test_a_worker_that_is_lost_in_mid_stream(self) -> None:
        async def cut_off(path: str, live: LiveWorker) -> list[tuple[str, Any]]:
            request = Request(path, self.alice_key, **body_of(path, BEGINNING * 40))
            await request.start()
            self.assertEqual((await request.begun())[0], 200)
            live.stop()
            return await request.events()

        for path in BODIES:
            with self.subTest(path), worker(FakeEngine(rtf=0.5)) as live:
                name, data = asyncio.run(cut_off(path, live))[-1]
                self.assertEqual((name, data["error"]["code"]), ("error", "service_unavailable"))
                self.assertIn("worker", data["error"]["message"])
        self.account.refresh_from_db()
        spent = CHARACTERS - self.account.balance
        self.assertTrue(0 < spent < len(BEGINNING) * 40, spent)

    def test_events_of_audio_say_at_which_rate_it_is(self) -> None:
        for format, rate in (("wav", 24_000), ("opus", 48_000)):
            with worker(FakeEngine()):
                body = {**BODIES["/v1/tts/stream/"], "format": format}
                events = asyncio.run(events_of("/v1/tts/stream/", self.alice_key, **body))
            rates = {data["sample_rate"] for name, data in events if name == "audio"}
            self.assertEqual(rates, {rate})
