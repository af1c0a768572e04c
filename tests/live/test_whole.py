"""Complete answers tell how long each part of them took, as answers that stream do."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from tests.base import PlatformTransactionTest
from tests.live.inside import Request, worker
from workers.engines.fake import FakeEngine

TEXT = "A complete answer. It is made of two sentences, and takes some time."
PATHS: dict[str, dict[str, Any]] = {
    "/pocket-tts": {"text": TEXT},
    "/pocket-tts?format=buffer": {"text": TEXT},
    "/pocket-tts?format=opus": {"text": TEXT},
    "/api/generate": {"text": TEXT},
}


class WholeTest(PlatformTransactionTest):
    async def ask(self, path: str) -> tuple[float, bytes]:
        """(milliseconds to the first sound, the body)."""
        request = Request(path, self.alice_key, **PATHS[path])
        await request.start()
        status, headers = await request.begun()
        body = await request.rest()
        self.assertEqual(status, 200, body)
        found = re.fullmatch(r"ttfa;dur=([\d.]+)", headers["server-timing"])
        assert found, headers
        return float(found[1]), body

    def test_every_answer_says_when_there_was_sound(self) -> None:
        # Half a second of sound is there after 0.1 s, all of it after more than half a second.
        with worker(FakeEngine(rtf=0.2)):
            for path in PATHS:
                first, _ = asyncio.run(self.ask(path))
                self.assertTrue(90 <= first < 500, (path, first))

    def test_what_loading_took_is_told_once_and_is_no_part_of_generation(self) -> None:
        with worker(FakeEngine(), load_seconds=0.7):
            bodies = [json.loads(asyncio.run(self.ask("/api/generate"))[1]) for _ in range(2)]
        first, second = (body["debug_info"] for body in bodies)
        self.assertTrue(0.7 <= first["model_load_time"] < 1.2, first)
        self.assertLess(first["generation_time"], 0.7)
        self.assertGreaterEqual(first["total_time"], 0.7 + first["generation_time"])
        self.assertEqual(second["model_load_time"], 0.0)
        recent = self.as_alice.get("/api/stats").json()["generation_stats"]["recent_requests"]
        self.assertEqual([entry["load_time"] for entry in recent[:2]], [0.0, first["model_load_time"]])
