"""From a queued job to stored audio in one process: the real runner, pipeline and encoder, with the fake engine."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.db import OperationalError
from django.test import override_settings

from apps.jobs import services, steps
from apps.jobs.models import Job, Step
from apps.jobs.speech import SpeechRequest
from apps.jobs.subtitles import subtitles, words_of
from apps.media.store import media_store
from tests.base import CHARACTERS, PlatformTransactionTest
from tests.jobs.orders import QUEUE, submitted
from workers.audio.decode import probe
from workers.engines import registry
from workers.pipelines import speech
from workers.pipelines.base import Engines
from workers.runtime.host import ModelHost
from workers.runtime.runner import Runner

SENTENCES = [f"This is sentence number {n}, and it is just long enough to count." for n in range(80)]


class RunnerTest(PlatformTransactionTest):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        settings = override_settings(
            VAR_DIR=self.folder, MEDIA_DIR=self.folder / "media", MEDIA_STORE="local", JOB_BEAT_SECONDS=0.2
        )
        settings.enable()
        self.addCleanup(settings.disable)
        media_store.cache_clear()
        self.addCleanup(media_store.cache_clear)
        self.runner = self.new_runner("test", ModelHost(lambda model_id: registry.load(model_id)))

    def new_runner(self, name: str, engines: Engines) -> Runner:
        runner = Runner(name, engines)
        self.addCleanup(runner.close)
        return runner

    def order(self, text: str, **changes: Any) -> Job:
        request = SpeechRequest(text, "fake", "tone", "en", "wav", 1.0)
        return submitted(self.alice_key, len(text), request={**asdict(request), **changes})

    def run_all(self) -> None:
        while self.runner.run_next(QUEUE):
            pass

    def finished(self, job: Job) -> Job:
        job.refresh_from_db()
        self.assertEqual(job.status, "completed", job.error_message)
        return job

    def test_a_short_text(self) -> None:
        job = self.order("Hello there. How are you?")
        self.run_all()
        result = self.finished(job).result
        assert result is not None
        path = Path(media_store().storage.path(result["key"]))  # type: ignore[attr-defined]
        self.assertEqual(path.stat().st_size, result["bytes"])
        self.assertAlmostEqual(probe(path).duration_seconds, result["duration"], delta=0.01)
        self.assertEqual(list((self.folder / "scratch").iterdir()), [])

    def test_a_long_text_is_spoken_in_parts_joined_in_order_with_its_words_in_place(self) -> None:
        text = " ".join(SENTENCES)
        job = self.order(text)
        self.run_all()
        job = self.finished(job)
        self.assertGreater(job.parts_total, 3)
        self.assertEqual(job.steps.filter(name="join").count(), 1)
        words = words_of(job)
        spoken = [text[word.char_start : word.char_end] for word in words]
        self.assertEqual(spoken, text.replace(",", "").replace(".", "").split())
        self.assertEqual(spoken, [word.text for word in words])
        starts = [word.start for word in words]
        self.assertEqual(starts, sorted(starts))
        assert job.result is not None
        self.assertLessEqual(words[-1].end, job.result["duration"] + 0.01)
        files = [path for path in (self.folder / "media").rglob("*") if path.is_file()]
        self.assertEqual(
            sorted(path.name for path in files), ["output.wav", "words.json"], "no parts are left"
        )

    def test_two_workers_share_the_parts_of_one_text(self) -> None:
        job = self.order(" ".join(SENTENCES))
        self.runner.run_next(QUEUE)
        others = [self.new_runner(f"w{n}", self.runner.engines) for n in range(2)]
        threads = [threading.Thread(target=self.drain, args=[other]) for other in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.run_all()
        self.finished(job)
        workers = set(job.steps.filter(name="segment").values_list("worker", flat=True))
        self.assertEqual(workers, {"w0", "w1"})

    @staticmethod
    def drain(runner: Runner) -> None:
        from django.db import connection

        while runner.run_next(QUEUE):
            pass
        connection.close()

    def test_every_format(self) -> None:
        for name in ("mp3", "wav", "flac", "ogg", "opus", "aac", "pcm"):
            with self.subTest(format=name):
                job = self.order("One two three.", format=name)
                self.run_all()
                result = self.finished(job).result
                assert result is not None
                self.assertGreater(result["bytes"], 500)
                self.assertTrue(result["filename"].startswith("output."))

    def test_speed_changes_the_length(self) -> None:
        slow, fast = (
            self.order("One two three four.", speed=0.5),
            self.order("One two three four.", speed=2.0),
        )
        self.run_all()
        lengths = [(self.finished(job).result or {})["duration"] for job in (slow, fast)]
        self.assertGreater(lengths[0], 2.5 * lengths[1])

    def test_subtitles_carry_the_words(self) -> None:
        job = self.order("One two three. Four five six.")
        self.run_all()
        for name, beginning in (("srt", "1\n00:00:00,"), ("vtt", "WEBVTT")):
            made = subtitles(self.finished(job), name)
            self.assertTrue(made.content.startswith(beginning), made.content)
            self.assertIn("One two three.", made.content)

    def test_numbers_are_said_in_words_and_shown_as_written(self) -> None:
        text = "It costs $12.50 on 3 May."
        job = self.order(text)
        self.run_all()
        words = words_of(self.finished(job))
        self.assertEqual([word.text for word in words], ["It", "costs", "$12.50", "on", "3 May"])
        price = words[2]
        # The fake engine takes as long as what is said: "twelve dollars and fifty cents".
        self.assertGreater(price.end - price.start, 4 * (words[1].end - words[1].start))
        self.assertIn("costs $12.50 on", subtitles(job, "srt").content)

    def test_an_engine_that_fails_is_tried_again_and_then_the_job_fails_and_is_refunded(self) -> None:
        job = self.order("This one will [fail] always.")
        with override_settings(JOB_MAX_ATTEMPTS=2):
            for _ in range(2):
                self.runner.run_next(QUEUE)
                Step.objects.update(available_at=job.created_at)
        job.refresh_from_db()
        self.account.refresh_from_db()
        self.assertEqual(
            (job.status, job.error_code, self.account.balance), ("failed", "internal_error", CHARACTERS)
        )
        self.assertEqual([path for path in (self.folder / "media").rglob("*") if path.is_file()], [])

    def test_cancelling_stops_the_engine_in_the_middle(self) -> None:
        job = self.order(" ".join(SENTENCES[:18]), voice="tone")
        began = threading.Event()
        real = speech.speak_piece

        def slow(*args: Any) -> Any:
            began.set()
            time.sleep(0.2)
            return real(*args)

        with patch.object(speech, "speak_piece", slow):
            worker = threading.Thread(target=self.drain, args=[self.runner])
            worker.start()
            self.assertTrue(began.wait(10))
            services.job_cancel(job.pk)
            worker.join(15)
        self.assertFalse(worker.is_alive())
        job.refresh_from_db()
        self.account.refresh_from_db()
        self.assertEqual((job.status, self.account.balance), ("canceled", CHARACTERS))
        self.assertEqual([path for path in (self.folder / "media").rglob("*") if path.is_file()], [])

    def test_the_heart_keeps_a_long_step_alive(self) -> None:
        with override_settings(JOB_LEASE_SECONDS=1):
            job = self.order("One two three.")
            claim = steps.claim(QUEUE, "w")
            assert claim is not None
            with self.runner.heart.follow(claim) as pulse:
                time.sleep(2.2)
                from apps.jobs import reaper

                self.assertEqual(reaper.recover_expired_leases(), 0)
                self.assertFalse(pulse.lost)
        self.assertEqual(Job.objects.get(pk=job.pk).status, "running")

    def test_a_database_that_is_briefly_away_costs_no_job(self) -> None:
        job = self.order("One two three.")
        real, failures = steps.finish, [OperationalError("away"), OperationalError("away")]

        def flaky(*args: Any) -> None:
            if failures:
                raise failures.pop()
            real(*args)

        with patch.object(steps, "finish", flaky):
            self.run_all()
        self.finished(job)

    def test_a_full_disk_is_our_failure_and_refunded(self) -> None:
        job = self.order("One two three.")
        with (
            override_settings(JOB_MAX_ATTEMPTS=1),
            patch("workers.pipelines.speech.output", side_effect=OSError(28, "No space left on device")),
        ):
            self.runner.run_next(QUEUE)
        job.refresh_from_db()
        self.account.refresh_from_db()
        self.assertEqual((job.status, self.account.balance), ("failed", CHARACTERS))
        self.assertNotIn("space", json.dumps(job.error_message))
