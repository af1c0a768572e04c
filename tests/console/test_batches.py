"""A table of texts is ordered in the browser: all of it, or nothing, and what is wrong names its row."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.jobs.batches import MAX_ITEMS
from apps.jobs.models import Batch, Job

from .base import ConsoleTest, words


class BatchesTest(ConsoleTest):
    def order(self, content: bytes | str, choice: str = "kokoro/af_heart") -> Any:
        data = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile("texts.csv", data, "text/csv")
        return self.alices.post("/console/batches/", {"file": file, "choice": choice})

    def test_a_spreadsheet_becomes_jobs(self) -> None:
        answer = self.order('\ufeffText;Voice\r\n"One; and\nmore.";kokoro/am_adam\r\n;\r\nTwo.;\r\n')
        batch = Batch.objects.get(account=self.account)
        self.assertRedirects(answer, f"/console/batches/{batch.pk}/")
        jobs = list(batch.jobs.order_by("batch_index"))
        self.assertEqual([job.voice for job in jobs], ["am_adam", "af_heart"])
        self.assertEqual(jobs[1].request["text"], "Two.")
        self.assertIn("am_adam", words(self.alices.get(f"/console/batches/{batch.pk}/")))
        self.alices.post(f"/console/batches/{batch.pk}/cancel/")
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, 100_000)
        self.assertIn(
            "Deleted".lower(), words(self.alices.post(f"/console/batches/{batch.pk}/delete/", follow=True))
        )
        self.assertEqual(Job.objects.get(pk=jobs[0].pk).request, {})

    def test_all_of_its_sound_comes_in_one_file(self) -> None:
        self.order("text\nOne.\nTwo.\n")
        batch = Batch.objects.get(account=self.account)
        path = f"/console/batches/{batch.pk}/"
        self.assertNotIn("ZIP", words(self.alices.get(path)))
        result = {"key": "x/y.mp3", "content_type": "audio/mpeg", "filename": "y.mp3"}
        batch.jobs.update(status="completed", result=result)
        Batch.objects.filter(pk=batch.pk).update(ended=2, finished_at=timezone.now())
        page = self.alices.get(path).content.decode()
        self.assertRegex(page, rf'href="/v1/tts/batch/{batch.pk.hex}/zip/[?]expires=\d+&amp;signature=\w+"')

    def test_what_is_wrong_is_said_and_nothing_is_ordered(self) -> None:
        for content, said in (
            ("words\nOne.\n", "must name the columns"),
            ("text\n\n", "no text"),
            ("text,voice\nOne.,\nTwo.,kokoro/nobody\n", "Row 3"),
            ("text\n" + "One.\n" * (MAX_ITEMS + 1), "Send it in parts"),
            (b"\xff\xfet\x00e\x00x\x00t\x00", "UTF-8"),
            (b"text\nOne.\x00\n", "no text"),
            ("text\n" + "x" * 1_000_001, "larger"),
            ("", "empty"),
            ("text\n" + "Long. " * 20_000, "allows"),
        ):
            with self.subTest(said):
                answer = self.order(content)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(said, words(answer))
        self.assertFalse(Batch.objects.exists())

    def test_a_table_that_is_too_dear_is_refused_whole(self) -> None:
        self.stranger_account.refresh_from_db()
        type(self.account).objects.filter(pk=self.account.pk).update(balance=5)
        self.assertIn("enough characters", words(self.order("text\nOne.\nTwo.\n")))
        self.assertFalse(Job.objects.exists())

    def test_a_stranger_finds_no_batch(self) -> None:
        self.order("text\nOne.\n")
        path = f"/console/batches/{Batch.objects.get().pk}/"
        for answer in (
            self.charlies.get(path),
            self.charlies.post(f"{path}cancel/"),
            self.charlies.post(f"{path}delete/"),
        ):
            self.assertEqual(answer.status_code, 404)
        self.assertNotIn(path, self.charlies.get("/console/batches/").content.decode())
        self.assertEqual(Job.objects.get().status, "queued")
