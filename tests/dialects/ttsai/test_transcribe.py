"""POST /v1/stt/ and /v1/transcribe/: shapes, options, refusals, price, and who sees what."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from django.test import override_settings
from django.test.client import MULTIPART_CONTENT

from apps.jobs.models import Job
from tests.base import CHARACTERS, ApiClient, PlatformTest
from tests.transcripts import TEXT, form, listening, upload, write_down
from tests.voices.recordings import mute_video
from workers.audio.encode import wav_header

WAITS = "apps.dialects.ttsai.working"


def send(client: ApiClient, path: str, fields: dict[str, Any], **headers: str) -> Any:
    return client.post(path, fields, MULTIPART_CONTENT, headers=headers or None)


class TranscribeTest(PlatformTest):
    def test_the_answer_is_the_documents(self) -> None:
        for path in ("/v1/stt/", "/api/v1/stt/"):
            with listening(WAITS) as orders:
                answer = send(self.as_alice, path, form(model="whisper"))
            body = answer.json()
            self.assertEqual((answer.status_code, body["text"], body["language"]), (200, TEXT, "en"))
            self.assertEqual(body["duration"], 2.0)
            first = {"start": 0.1, "end": 0.9, "text": "Good morning, everybody."}
            self.assertEqual(body["segments"][0], first)
            self.assertNotIn("words", body)
            self.assertEqual(answer["X-Credits-Used"], "67")
            self.assertEqual(answer["X-Served-Model"], "whisper")
            self.assertEqual(
                (orders[0]["language"], orders[0]["words"], orders[0]["diarize"]), (None, False, False)
            )

    def test_word_times_and_speakers_where_they_are_asked_for(self) -> None:
        with listening(WAITS) as orders:
            body = send(
                self.as_alice,
                "/v1/stt/",
                form(model="faster-whisper", timestamps="True", diarize="true", language="en-US"),
            ).json()
        self.assertEqual([each["speaker"] for each in body["segments"]], ["SPEAKER_00", "SPEAKER_01"])
        self.assertEqual(body["words"][0]["word"], "Good")
        self.assertEqual(body["segments"][1]["words"][-1]["speaker"], "SPEAKER_01")
        self.assertEqual((orders[0]["language"], orders[0]["model"]), ("en", "faster-whisper"))

    def test_a_job_and_its_result(self) -> None:
        job = send(self.as_alice, "/v1/transcribe/", form()).json()
        self.assertEqual((job["status"], job["credits_used"]), ("queued", 67))
        self.assertTrue(job["status_url"].endswith(f"/v1/transcribe/results/?uuid={job['uuid']}"))
        polled = self.as_nobody.get(job["status_url"]).json()
        self.assertEqual((polled["status"], "text" in polled), ("processing", False))
        write_down(job["uuid"])
        done = self.as_nobody.get(f"/api/v1/transcribe/results/?uuid={job['uuid']}").json()
        self.assertEqual((done["status"], done["text"]), ("completed", TEXT))
        self.assertIn("transcript.json", done["result_url"])
        whole = self.as_nobody.get(done["result_url"].removeprefix("http://testserver"))
        self.assertEqual((whole.status_code, whole["Content-Type"]), (200, "application/json"))

    def test_who_names_a_webhook_gets_the_job(self) -> None:
        with override_settings(WEBHOOK_ALLOW=["127.0.0.1"]):
            answer = send(self.as_alice, "/v1/stt/", form(webhook_url="http://127.0.0.1:9/told"))
        self.assertEqual(answer.json()["status"], "queued")
        self.assertEqual(Job.objects.get(pk=answer.json()["uuid"]).webhook_url, "http://127.0.0.1:9/told")

    def test_a_job_that_takes_longer_than_a_request_is_handed_over(self) -> None:
        with override_settings(JOB_MAX_WAIT_SECONDS=1):
            answer = send(self.as_alice, "/v1/stt/", form())
        body = answer.json()
        self.assertEqual((answer.status_code, body["status"]), (200, "processing"))
        self.assertIn("/v1/transcribe/results/", body["status_url"])

    def test_what_is_refused_costs_nothing_and_says_what_to_do(self) -> None:
        self.put_on_plan(self.account, "business")
        no_channels = (
            wav_header(16_000, 64_000)[:22] + b"\0\0" + wav_header(16_000, 64_000)[24:] + bytes(64_000)
        )
        fast = wav_header(655_350, 64_000) + bytes(64_000)
        refusals: list[tuple[dict[str, Any], int, str]] = [
            ({}, 400, "file: send the recording"),
            ({"file": "text"}, 400, "file: send the recording"),
            (form(file=upload(b"")), 400, "empty"),
            (form(file=upload(b"This is a text.\n" * 50)), 400, "no audio file"),
            (form(file=upload(mute_video(), "talk.mp4")), 400, "no audio"),
            (form(file=upload(b"#EXTM3U\nhttp://127.0.0.1:1/x.mp3\n")), 400, "no audio file"),
            (form(file=upload(b"ffconcat version 1.0\nfile /etc/passwd\n")), 400, "no audio file"),
            (form(file=upload(b"RIFF\xff\xff\xff\xffWAVEfmt " + bytes(40))), 400, "audio"),
            (form(file=upload(no_channels)), 400, "audio"),
            (form(file=upload(fast)), 400, "655350 Hz"),
            (form(model="nonsense"), 400, "Unknown model: nonsense"),
            (form(model="kokoro"), 400, "Unknown model: kokoro"),
            (form(model="sensevoice"), 503, "models pull sensevoice"),
            (form(language="klingon"), 400, "not a language code"),
            (form(language="vo"), 400, "does not know 'vo'"),
            (form(model="whisper-tiny.en", language="de"), 400, "It knows en"),
            (form(timestamps="perhaps"), 400, "timestamps: must be true or false"),
            (form(webhook_url="ftp://example.com"), 400, "webhook_url"),
        ]
        for fields, status, said in refusals:
            with self.subTest(said=said):
                began = time.monotonic()
                answer = send(self.as_alice, "/v1/stt/", fields)
                self.assertEqual(answer.status_code, status, answer.content)
                self.assertIn(said, answer.json()["error"]["message"])
                self.assertLess(time.monotonic() - began, 5)
        body = self.as_alice.post("/v1/stt/", {"file": "x"})
        self.assertEqual(body.status_code, 400)
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS)

    def test_ten_hours_of_silence_are_refused_at_the_door(self) -> None:
        path = silence(10 * 3600)
        began = time.monotonic()
        answer = send(self.as_alice, "/v1/stt/", form(file=upload(path, "meeting.flac")))
        self.assertEqual(answer.status_code, 400)
        self.assertIn("600 minutes long", answer.json()["error"]["message"])
        self.assertLess(time.monotonic() - began, 10)

    def test_it_needs_a_key_with_the_scope(self) -> None:
        self.assertEqual(send(self.as_nobody, "/v1/stt/", form()).status_code, 401)
        speaking = ApiClient(self.new_key(self.account, scopes=["speech"]))
        self.assertEqual(send(speaking, "/v1/transcribe/", form()).status_code, 403)
        hearing = ApiClient(self.new_key(self.account, scopes=["audio"]))
        self.assertEqual(send(hearing, "/v1/transcribe/", form()).status_code, 200)

    def test_too_few_characters(self) -> None:
        self.account.balance = 66
        self.account.save()
        answer = send(self.as_alice, "/v1/stt/", form())
        self.assertEqual((answer.status_code, answer.json()["credits_needed"]), (402, 67))

    def test_the_same_order_twice_is_one_job(self) -> None:
        first, second = (
            send(self.as_alice, "/v1/transcribe/", form(), **{"Idempotency-Key": "a"}).json()
            for _ in range(2)
        )
        self.assertEqual(first["uuid"], second["uuid"])
        other = send(self.as_alice, "/v1/transcribe/", form(diarize="true"), **{"Idempotency-Key": "a"})
        self.assertEqual(other.status_code, 422)

    def test_a_stranger_sees_no_job_and_speech_is_no_transcript(self) -> None:
        uuid = send(self.as_alice, "/v1/transcribe/", form()).json()["uuid"]
        self.assertEqual(self.as_charlie.get(f"/v1/jobs/{uuid}/").status_code, 404)
        self.assertEqual(self.as_alice.get(f"/v1/jobs/{uuid}/").json()["kind"], "transcript")
        self.assertEqual(self.as_alice.delete(f"/v1/jobs/{uuid}/").status_code, 204)
        self.assertEqual(self.as_nobody.get(f"/v1/transcribe/results/?uuid={uuid}").status_code, 410)
        speech = self.as_alice.post("/v1/tts/", {"text": "Hello.", "model": "kokoro"}).json()["uuid"]
        self.assertEqual(self.as_nobody.get(f"/v1/transcribe/results/?uuid={speech}").status_code, 404)


def silence(seconds: int) -> bytes:
    """FLAC of digital silence: 400 kB for ten hours."""
    import tempfile
    from pathlib import Path

    from workers.audio.ffmpeg import FFmpeg

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "silence.flac"
        source = f"anullsrc=r=4000:cl=mono:d={seconds}"
        made = FFmpeg(["-f", "lavfi", "-i", source, "-c:a", "flac", "-frame_size", "32768", str(path)])
        assert made.wait(120) == 0
        assert np.uint64(path.stat().st_size) > 0
        return path.read_bytes()
