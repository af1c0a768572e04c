"""POST /v1/watermark/detect says whether a recording was made here."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from apps.watermark import services
from tests.audio.signals import tone
from tests.base import ApiClient, PlatformTest
from workers.audio.encode import to_int16
from workers.audio.watermark import Marker
from workers.engines.base import Audio, Utterance
from workers.engines.registry import load

RATE = 22_050


def wav(samples: Audio, rate: int = RATE) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(to_int16(samples).tobytes())
    return out.getvalue()


class WatermarkDetectTest(PlatformTest):
    speech: Audio

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        engine = load("piper", threads=2)
        text = "The museum keeps its oldest maps in a dark room, because daylight would bleach the ink."
        chunks = engine.speak(Utterance(text, "en_US-joe-medium", "en"), lambda: False)
        cls.speech = np.concatenate([chunk.samples for chunk in chunks])
        engine.close()

    def ask(self, client: ApiClient, data: bytes, path: str = "/v1/watermark/detect") -> Any:
        file = SimpleUploadedFile("take.bin", data)
        return client.post(path, {"file": file}, content_type=MULTIPART_CONTENT)

    def test_our_own_speech_is_recognised_and_other_speech_is_not(self) -> None:
        marked = self.ask(self.as_alice, wav(Marker(RATE).mark(self.speech)))
        self.assertEqual(marked.status_code, 200, marked.content)
        body = marked.json()
        self.assertEqual((body["watermarked"], body["method"], body["truncated"]), (True, "perth", False))
        self.assertGreater(body["score"], 0.9)
        self.assertAlmostEqual(body["duration"], len(self.speech) / RATE, delta=0.01)
        plain = self.ask(self.as_alice, wav(self.speech), "/v1/watermark/detect/").json()
        self.assertFalse(plain["watermarked"])
        self.assertLess(plain["score"], 0.4)

    def test_of_a_long_recording_the_first_ten_minutes_are_examined_and_the_answer_says_so(self) -> None:
        hours = np.zeros(int((services.EXAMINED_SECONDS + 5) * 4_000), np.float32)
        body = self.ask(self.as_alice, wav(hours, 4_000)).json()
        self.assertEqual((body["duration"], body["truncated"]), (services.EXAMINED_SECONDS, True))
        self.assertEqual((body["watermarked"], body["score"]), (False, 0.0))

    def test_what_is_no_recording_is_refused_in_plain_words(self) -> None:
        nothing = self.as_alice.post("/v1/watermark/detect", {})
        self.assertEqual(nothing.status_code, 415)
        for data, word in (
            (b"this is not audio at all" * 20, "no audio file"),
            (b"RIFF\x00\x00\x00\x00WAVE", ""),
        ):
            answer = self.ask(self.as_alice, data)
            self.assertEqual(answer.status_code, 400, answer.content)
            self.assertIn(word, answer.json()["error"]["message"])

    def test_a_form_without_the_file_is_told_which_field_is_missing(self) -> None:
        answer = self.as_alice.post("/v1/watermark/detect", {"a": "b"}, content_type=MULTIPART_CONTENT)
        self.assertEqual((answer.status_code, answer.json()["error"]["param"]), (400, "file"))

    def test_a_key_is_needed(self) -> None:
        self.assertEqual(self.ask(self.as_nobody, wav(tone(1.0, RATE))).status_code, 401)
