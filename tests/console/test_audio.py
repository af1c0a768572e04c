"""The audio tools in the browser: every one orders its work from a plain form, and says what is wrong at its field."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.console.tools import TOOLS
from apps.jobs.models import Job
from apps.media.store import media_store

from .base import ConsoleTest, words

RECORDING = (Path(__file__).parents[1] / "recordings" / "austen-0870.opus").read_bytes()
FIELDS: dict[str, dict[str, Any]] = {
    "transcribe": {"diarize": "on"},
    "enhance": {"strength": 2},
    "remove-echo": {"intensity": 3},
    "separate": {"stems": 2, "format": "mp3"},
    "change-voice": {"voice": "am_michael", "format": "mp3"},
    "translate": {"language": "en", "format": "mp3"},
    "analyse": {},
    "convert": {"format": "flac"},
}


class AudioTest(ConsoleTest):
    def send(self, name: str, data: bytes = RECORDING, **fields: Any) -> Any:
        file = SimpleUploadedFile("said.opus", data, "audio/ogg")
        return self.alices.post(f"/console/audio/{name}/", {"file": file, **FIELDS[name], **fields})

    def test_every_tool_orders_its_work(self) -> None:
        self.assertEqual(set(FIELDS), set(TOOLS))
        for name in TOOLS:
            with self.subTest(name):
                self.assertEqual(self.alices.get(f"/console/audio/{name}/").status_code, 200)
                answer = self.send(name)
                job = Job.objects.order_by("-created_at").first()
                assert job is not None, words(answer)
                self.assertRedirects(answer, f"/console/jobs/{job.pk}/")
        self.assertEqual(Job.objects.filter(account=self.account).count(), len(TOOLS))

    def test_what_is_wrong_is_said_at_its_field(self) -> None:
        for name, data, fields, said in (
            ("enhance", b"no sound at all", {}, "file:"),
            ("transcribe", b"", {}, "empty"),
            ("transcribe", RECORDING, {"language": "Klingon"}, "language"),
            ("change-voice", RECORDING, {"voice": "nobody"}, "not one of the available choices"),
        ):
            with self.subTest(said):
                answer = self.send(name, data, **fields)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(said, words(answer))
                self.assertIn('class="problem"', answer.content.decode())
        self.assertEqual(self.alices.get("/console/audio/nothing/").status_code, 404)
        self.assertFalse(Job.objects.exists())

    def test_work_counts_against_the_plans_requests(self) -> None:
        self.put_on_plan(self.account, "free")
        most = self.account.plan.requests_per_minute
        said = [words(self.send("analyse", b"no sound at all")) for _ in range(most + 1)]
        self.assertNotIn("Too many requests", said[0])
        self.assertIn("Too many requests", said[-1])

    def test_a_transcript_is_read_with_its_times_and_speakers(self) -> None:
        self.send("transcribe")
        job = Job.objects.get()
        segment = {"start": 61.0, "end": 62.5, "text": " Hello there.", "speaker": "SPEAKER_00"}
        segment["words"] = [
            {"word": "Hello", "start": 61.0, "end": 61.5},
            {"word": "there.", "start": 61.6, "end": 62.5},
        ]
        stored = {"text": "Hello there.", "language": "en", "language_probability": 0.9, "duration": 63.0}
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump({**stored, "segments": [segment], "speakers": ["SPEAKER_00"]}, file)
        key = f"jobs/{job.pk.hex}/transcript.json"
        media_store().put(key, Path(file.name))
        result = {"key": key, "filename": "transcript.json", "content_type": "application/json"}
        Job.objects.filter(pk=job.pk).update(status="completed", result=result)
        path = f"/console/jobs/{job.pk}/"
        said = words(self.alices.get(path))
        for expected in ("1:01", "SPEAKER_00", "there."):
            self.assertIn(expected, said)
        answer = self.alices.get(f"{path}subtitles.srt")
        self.assertIn("00:01:01,000 --> ", answer.content.decode())
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertEqual(
            self.alices.get(f"{path}subtitles.txt").content.decode(), "SPEAKER_00: Hello there.\n"
        )
        self.assertEqual(self.alices.get(f"{path}subtitles.exe").status_code, 404)
        self.assertEqual(self.charlies.get(f"{path}subtitles.srt").status_code, 404)
