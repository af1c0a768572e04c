"""POST /v1/audio/transcriptions and /v1/audio/translations: every format, streaming, refusals, long ones, two APIs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.test import override_settings
from django.test.client import MULTIPART_CONTENT

from apps.dialects.openai.transcript_stream import _rest
from apps.jobs import steps
from apps.jobs.models import Job
from apps.jobs.transcripts import heard_so_far
from apps.media.store import media_store
from tests.base import CHARACTERS, ApiClient, PlatformTest
from tests.transcripts import SEGMENTS, TEXT, form, listening, upload, write_down
from workers.pipelines.base import Fork, PartDone

PATH, TRANSLATE = "/v1/audio/transcriptions", "/v1/audio/translations"
WAITS = "apps.jobs.working"


def send(client: ApiClient, path: str, fields: dict[str, Any], **headers: str) -> Any:
    return client.post(path, fields, MULTIPART_CONTENT, headers=headers or None)


class TranscriptionsTest(PlatformTest):
    def told(self, **fields: Any) -> Any:
        with listening(WAITS) as orders:
            answer = send(self.as_alice, PATH, form(**{"model": "whisper-1", **fields}))
        self.assertEqual(answer.status_code, 200, answer.content)
        self.asked = orders[0]
        return answer

    def test_json_and_text(self) -> None:
        self.assertEqual(self.told().json(), {"text": TEXT, "usage": {"type": "duration", "seconds": 2}})
        self.assertEqual(self.told(response_format="text").content.decode(), TEXT + "\n")
        self.assertEqual((self.asked["model"], self.asked["language"]), ("whisper", None))
        for model in ("gpt-4o-transcribe", "gpt-4o-mini-transcribe", "faster-whisper"):
            self.assertEqual(self.told(model=model, language="de").json()["text"], TEXT)
            self.assertEqual(self.asked["language"], "de")

    def test_subtitles(self) -> None:
        srt = self.told(response_format="srt").content.decode()
        self.assertTrue(srt.startswith("1\n00:00:00,100 --> "), srt)
        self.assertIn("Good morning, everybody.", srt)
        self.assertTrue(self.asked["words"])
        vtt = self.told(response_format="vtt")
        self.assertTrue(vtt.content.decode().startswith("WEBVTT\n\n00:00:00.100 --> "))
        self.assertTrue(vtt["Content-Type"].startswith("text/vtt"))

    def test_verbose_json(self) -> None:
        body = self.told(response_format="verbose_json").json()
        self.assertEqual((body["task"], body["language"], body["duration"]), ("transcribe", "english", 2.0))
        self.assertEqual(
            set(body["segments"][0]),
            {
                "id",
                "seek",
                "start",
                "end",
                "text",
                "tokens",
                "temperature",
                "avg_logprob",
                "compression_ratio",
                "no_speech_prob",
            },
        )
        self.assertNotIn("words", body)
        both = {"response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]}
        body = self.told(**both).json()
        self.assertEqual(body["words"][0]["word"], "Good")
        self.assertEqual(set(body["words"][0]), {"word", "start", "end"})
        self.assertTrue(body["segments"])
        only = self.told(response_format="verbose_json", **{"timestamp_granularities[]": "word"}).json()
        self.assertNotIn("segments", only)

    def test_diarized_json(self) -> None:
        body = self.told(
            model="gpt-4o-transcribe-diarize", response_format="diarized_json", chunking_strategy="auto"
        ).json()
        self.assertEqual([each["speaker"] for each in body["segments"]], ["SPEAKER_00", "SPEAKER_01"])
        self.assertEqual({each["type"] for each in body["segments"]}, {"transcript.text.segment"})
        self.assertEqual("".join(each["text"] for each in body["segments"]).strip(), body["text"])

    def test_prompt_and_temperature_reach_the_ear(self) -> None:
        self.told(prompt="Dashwood, Norland.", temperature="0.4")
        self.assertEqual((self.asked["prompt"], self.asked["temperature"]), ("Dashwood, Norland.", 0.4))

    def test_translations_are_english(self) -> None:
        with listening(WAITS) as orders:
            body = send(
                self.as_alice, TRANSLATE, form(model="whisper-1", response_format="verbose_json")
            ).json()
        self.assertEqual((body["task"], body["language"]), ("translate", "english"))
        self.assertTrue(orders[0]["translate"])

    def test_what_is_refused(self) -> None:
        self.put_on_plan(self.account, "business")
        for path, fields, said in (
            (PATH, {}, "file"),
            (PATH, form(file=upload(b"no sound")), "no audio file"),
            (PATH, form(response_format="docx"), "response_format"),
            (PATH, form(**{"timestamp_granularities[]": "letter"}), "timestamp_granularities"),
            (PATH, form(temperature="2"), "temperature"),
            (PATH, form(temperature="warm"), "temperature"),
            (PATH, form(stream="true", response_format="srt"), "stream"),
            (PATH, form(stream="maybe"), "stream"),
            (PATH, form(prompt="x" * 2001), "prompt"),
            (PATH, form(**{"known_speaker_names[]": "Ann"}), "known_speaker_names"),
            (PATH, form(model="gpt-9"), "Unknown model: gpt-9"),
            (PATH, form(language="xx"), "language"),
            (TRANSLATE, form(response_format="diarized_json"), "response_format"),
            (TRANSLATE, form(model="whisper-tiny.en"), "does not translate"),
        ):
            with self.subTest(said=said, fields=list(fields)):
                answer = send(self.as_alice, path, fields)
                self.assertEqual(answer.status_code, 400, answer.content)
                self.assertIn(said, answer.json()["error"]["message"])
        self.assertEqual(self.as_alice.post(PATH, {"model": "whisper-1"}).status_code, 400)
        self.assertEqual(send(self.as_nobody, PATH, form()).status_code, 401)
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS)

    def test_one_that_takes_too_long_says_where_to_ask_and_is_not_to_be_ordered_again(self) -> None:
        with override_settings(JOB_MAX_WAIT_SECONDS=1):
            answer = send(self.as_alice, PATH, form(response_format="srt"))
        error = answer.json()["error"]
        self.assertEqual(
            (answer.status_code, answer["x-should-retry"], error["code"]), (504, "false", "still_running")
        )
        self.assertIn(error["job_id"], error["message"])
        path = error["poll_url"].removeprefix("http://testserver")
        self.assertEqual(self.as_nobody.get(path).json()["status"], "queued")
        write_down(error["job_id"])
        self.assertEqual(self.as_nobody.get(path).json()["text"], TEXT)
        self.assertIn("-->", self.as_nobody.get(f"{path}?response_format=srt").content.decode())
        self.assertEqual(self.as_nobody.get(f"{path}?response_format=diarized_json").status_code, 400)

    def test_the_text_of_a_long_one_comes_part_by_part_in_order(self) -> None:
        with patch("apps.jobs.working.wait_for", lambda job_id, seconds: Job.objects.get(pk=job_id)):
            answer = send(self.as_alice, PATH, form(stream="true"))
        self.assertEqual(answer["Content-Type"], "text/event-stream")
        job = Job.objects.get(pk=answer["X-Job-Id"])
        claim = steps.claim("tools", "test")
        assert claim is not None
        steps.finish(claim, Fork("part", [{}, {}, {}], "join"))
        claims = [steps.claim("tools", "test") for _ in range(3)]
        for number in (1, 0):
            part = claims[number]
            assert part is not None
            key = f"jobs/{job.pk.hex}/{part.lease.hex}/heard.json"
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "heard.json"
                path.write_text(json.dumps([SEGMENTS[number]]))
                media_store().put(key, path)
            steps.finish(part, PartDone({"heard": key}))
            if number == 1:
                self.assertEqual(heard_so_far(job.pk, 0), [], "the first part is still missing")
        self.assertEqual(heard_so_far(job.pk, 0), [SEGMENTS[0]["text"], SEGMENTS[1]["text"]])
        self.assertEqual(heard_so_far(job.pk, 1), [SEGMENTS[1]["text"]])

    def test_what_was_told_and_the_rest_make_the_text(self) -> None:
        job = Job.objects.get(
            pk=send(self.as_alice, PATH.replace(PATH, "/v1/transcribe/"), form(diarize="true")).json()["uuid"]
        )
        write_down(job.pk)
        job.refresh_from_db()
        for told in ("", "Good morning, everybody.", TEXT):
            events = [json.loads(event.decode()[6:]) for event in _rest(job, told, "diarized_json")]
            deltas = [event["delta"] for event in events if event["type"] == "transcript.text.delta"]
            self.assertEqual(told + "".join(deltas), TEXT)
            self.assertEqual(events[-1]["type"], "transcript.text.done")
            self.assertEqual(sum(event["type"] == "transcript.text.segment" for event in events), 2)

    def test_kugelaudios_clients_are_told_apart_by_their_headers(self) -> None:
        for headers in ({"X-KugelAudio-SDK": "python"}, {"X-API-Key": self.alice_key}):
            with listening(WAITS) as orders:
                answer = send(
                    self.as_alice, PATH, form(boosted_phrases=["Norland", " Dash  wood "]), **headers
                )
            body = answer.json()
            self.assertEqual((body["transcript"], body["duration_s"], body["language"]), (TEXT, 2.0, "en"))
            self.assertEqual(orders[0]["phrases"], ["Norland", "Dash wood"])
            refused = send(self.as_alice, PATH, {}, **headers).json()
            self.assertIsInstance(refused["error"], str)
            self.assertEqual(refused["error_code"], "VALIDATION_ERROR")
        for model in ("kugel-asr-2", "whisper", ""):
            with listening(WAITS):
                answer = send(self.as_alice, PATH, form(model=model), **{"X-KugelAudio-SDK": "python"})
            self.assertEqual(answer.json()["model"], "whisper")
