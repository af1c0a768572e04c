"""GET /api/models, /api/voices, /api/health and /api/stats."""

from __future__ import annotations

from typing import Any

from apps.dialects.kittentts import statistics
from tests.base import PlatformTest
from tests.live.helpers import eventually
from workers.runtime.presence import Presence, memory_mb

IDS = ["kitten-tts-nano", "kitten-tts-mini", "kitten-tts-micro", "kitten-tts-nano-int8"]
VOICES = ["Bella", "Jasper", "Luna", "Bruno", "Rosie", "Hugo", "Kiki", "Leo"]


class InformationTest(PlatformTest):
    def test_models_are_the_documents_and_say_who_speaks(self) -> None:
        models = self.as_nobody.get("/api/models").json()["models"]
        self.assertEqual([model["id"] for model in models], IDS)
        nano = dict(models[0])
        served = nano.pop("served_by")
        self.assertEqual(served, "kitten-tts-nano" if nano.pop("installed") else "kokoro")
        self.assertEqual(
            nano,
            {
                "id": "kitten-tts-nano",
                "name": "Nano (FP32)",
                "params": "15M",
                "size": "56MB",
                "description": "⭐ Best quality - Full 32-bit precision",
                "quality": "best",
                "precision": "FP32",
            },
        )

    def test_voices_are_the_documents(self) -> None:
        voices = self.as_nobody.get("/api/voices").json()["voices"]
        self.assertEqual([voice["id"] for voice in voices], VOICES)
        self.assertEqual([voice["gender"] for voice in voices], ["female", "male"] * 4)
        jasper = {"id": "Jasper", "name": "Jasper", "gender": "male", "description": "Clear & professional"}
        self.assertEqual(voices[1], jasper)

    def test_health_has_the_documents_fields(self) -> None:
        health = self.as_nobody.get("/api/health").json()
        self.assertEqual(set(health), {"status", "loaded_models", "cache_dir", "cache_size_mb"})
        self.assertIn(health["status"], {"healthy", "degraded"})
        self.assertGreater(health["cache_size_mb"], 10)
        self.assertNotIn("/", health["cache_dir"])

    def test_stats_count_everything_and_show_the_last_ten(self) -> None:
        before = self.as_nobody.get("/api/stats").json()["generation_stats"]
        for number in range(55):
            statistics.record(
                model="kitten-tts-nano",
                voice="Leo",
                text_length=number,
                preparing=0.001,
                load=0.25,
                generation=0.5,
                audio=2.0,
            )
        body = self.as_nobody.get("/api/stats").json()
        after = body["generation_stats"]
        self.assertEqual(after["total_requests"], before["total_requests"] + 55)
        self.assertAlmostEqual(after["total_audio_generated"], before["total_audio_generated"] + 110, 1)
        self.assertEqual(
            [entry["text_length"] for entry in after["recent_requests"]], list(range(54, 44, -1))
        )
        self.assertEqual(after["recent_requests"][0]["rtf"], 4.0)
        self.assertEqual(after["recent_requests"][0]["load_time"], 0.25)
        self.assertEqual((body["available_models"], body["available_voices"]), (IDS, VOICES))
        self.assertEqual(
            set(body["system"]),
            {
                "cache_directory",
                "cache_size_mb",
                "loaded_models",
                "model_load_times",
                "python_version",
                "memory_usage_mb",
            },
        )

    def test_stats_tell_what_workers_say_of_their_models(self) -> None:
        def system() -> Any:
            return self.as_nobody.get("/api/stats").json()["system"]

        self.assertGreater(system()["memory_usage_mb"], 10)
        with Presence("live", ["live"], lambda: {"kitten-tts-nano": 2.34}):
            told = eventually(system, lambda seen: seen["model_load_times"])
            own = memory_mb()
        self.assertEqual(told["model_load_times"], {"kitten-tts-nano": 2.34})
        self.assertEqual(told["loaded_models"], ["kitten-tts-nano"])
        self.assertAlmostEqual(told["memory_usage_mb"], own, delta=own / 5)
