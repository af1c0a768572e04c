"""Jobs in the browser: found, followed, cancelled, ordered again, deleted; and quick, however many there are."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.jobs.models import Job, JobStatus
from apps.jobs.services import job_cancel

from .base import ConsoleTest, words


class JobsTest(ConsoleTest):
    def order(self, text: str = "Hello.") -> Job:
        answer = self.as_alice.post("/v1/tts/", {"model": "kokoro", "voice": "af_bella", "text": text})
        return Job.objects.get(pk=answer.json()["uuid"])

    def balance(self) -> int:
        self.account.refresh_from_db()
        return self.account.balance

    def test_followed_to_its_end(self) -> None:
        job = self.order("A sentence <b>of hers</b>.")
        path = f"/console/jobs/{job.pk}/"
        page = self.alices.get(path).content.decode()
        self.assertIn("A sentence &lt;b&gt;of hers&lt;/b&gt;.", page)
        self.assertIn("console/job.js", page)
        state = self.alices.get(f"{path}state/").json()
        self.assertEqual((state["status"], state["queue_position"], state["finished"]), ("queued", 1, False))
        job_cancel(job.pk)
        self.assertTrue(self.alices.get(f"{path}state/").json()["finished"])
        self.assertNotIn("console/job.js", self.alices.get(path).content.decode())

    def test_cancelled_ordered_again_and_deleted(self) -> None:
        before, job = self.balance(), self.order()
        path = f"/console/jobs/{job.pk}/"
        self.assertEqual(self.alices.post(f"{path}again/").status_code, 409)
        self.assertRedirects(self.alices.post(f"{path}cancel/"), path)
        self.assertEqual(self.balance(), before)
        self.assertIn("had ended already", words(self.alices.post(f"{path}cancel/", follow=True)))
        again = self.alices.post(f"{path}again/")
        second = Job.objects.exclude(pk=job.pk).get(account=self.account)
        self.assertRedirects(again, f"/console/jobs/{second.pk}/")
        self.assertEqual((second.request, second.price, second.status), (job.request, job.price, "queued"))
        self.assertEqual(self.balance(), before - job.price)
        self.assertRedirects(self.alices.post(f"{path}delete/"), "/console/jobs/")
        job.refresh_from_db()
        self.assertEqual(job.request, {})
        self.assertEqual(self.alices.post(f"{path}again/").status_code, 409)

    def test_what_can_not_be_ordered_again_says_why(self) -> None:
        job = self.order()
        path = f"/console/jobs/{job.pk}/"
        result = {"key": "x/y.wav", "content_type": "audio/wav", "filename": "y.wav"}
        for changes, said in (
            ({"kind": "enhance", "request": {"source": {"seconds": 2.0}}}, "the recording was deleted"),
            ({"kind": "chat", "request": {}}, "part of something else"),
            ({"kind": "speech", "likeness": {}, "voice": "uv_gone"}, "the voice that spoke it is gone"),
        ):
            with self.subTest(said):
                Job.objects.filter(pk=job.pk).update(status="completed", result=result, **changes)
                page = self.alices.get(path)
                self.assertIn(said, words(page))
                self.assertNotIn("Once more", words(page))
                answer = self.alices.post(f"{path}again/")
                self.assertEqual(answer.status_code, 409)
                self.assertIn(said, words(answer))
        Job.objects.filter(pk=job.pk).update(kind="enhance")
        # What was sent is heard beside it where the browser has it; here it is gone.
        shown = self.alices.get(path).content.decode()
        self.assertIn('href="/console/audio/enhance/"', shown)
        self.assertIn('<figure id="sent" hidden>', shown)
        self.assertIn("console/job.js", shown)

    def test_a_result_can_be_heard(self) -> None:
        job = self.order()
        result = {"key": f"jobs/{job.pk.hex}/a.mp3", "content_type": "audio/mpeg", "filename": "a.mp3"}
        Job.objects.filter(pk=job.pk).update(status="completed", result={**result, "duration": 61.2})
        page = self.alices.get(f"/console/jobs/{job.pk}/").content.decode()
        self.assertRegex(page, r'<audio controls[^>]* src="http://testserver/[^"]+a[.]mp3[^"]*"')
        self.assertIn("1:01", page)

    def test_a_stranger_finds_no_job_on_any_page(self) -> None:
        job = self.order()
        path = f"/console/jobs/{job.pk}/"
        for answer in (
            self.charlies.get(path),
            self.charlies.get(f"{path}state/"),
            self.charlies.post(f"{path}cancel/"),
            self.charlies.post(f"{path}again/"),
            self.charlies.post(f"{path}delete/"),
            self.alices.get(f"/console/jobs/{uuid.uuid4()}/"),
        ):
            self.assertEqual(answer.status_code, 404)
        self.assertNotIn(str(job.pk), self.charlies.get("/console/jobs/").content.decode())
        job.refresh_from_db()
        self.assertEqual(job.status, "queued")


class NonsenseTest(ConsoleTest):
    def test_it_is_said_and_breaks_nothing(self) -> None:
        self.assertEqual(self.alices.get("/console/jobs/?before=yesterday").status_code, 400)
        self.assertIn("valid choice", words(self.alices.get("/console/jobs/?status=lost")))
        self.assertIn("valid date", words(self.alices.get("/console/jobs/?since=yesterday")))


class ManyJobsTest(ConsoleTest):
    """Ten thousand jobs of hers, and some of somebody else's; made once, for making them takes the longest."""

    def rows(self, now: dt.datetime) -> Iterable[Job]:
        states = JobStatus.values
        for number in range(10_000):
            account = self.stranger_account if number % 50 == 49 else self.account
            yield Job(
                account=account,
                lane=f"account:{account.pk}",
                kind="speech",
                service="tts" if number % 2 else "speech_to_text",
                model="kokoro",
                served_model="kokoro",
                request={"text": "Hello."},
                characters=6,
                price=number,
                status=states[number % len(states)],
                # Ten in each moment, so that a page ends in the middle of one.
                created_at=now - dt.timedelta(minutes=number // 10),
                expires_at=now,
            )

    def read(self, path: str) -> Any:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = self.alices.get(path)
        self.assertEqual(answer.status_code, 200)
        self.assertLessEqual(len(asked), 10, [query["sql"][:100] for query in asked])
        return answer

    def test_lists_stay_whole_and_quick(self) -> None:
        Job.objects.bulk_create(self.rows(timezone.now()), batch_size=2000)
        for path in (
            "/console/",
            "/console/usage/",
            "/console/keys/",
            "/console/voices/",
            "/console/webhooks/",
        ):
            with self.subTest(path):
                self.read(path)
        self.page_by_page_every_job_is_seen_once()
        self.filters_hold_on_the_next_page()

    def page_by_page_every_job_is_seen_once(self) -> None:
        answer = self.read("/console/jobs/")
        seen = [job.pk for job in answer.context["jobs"]]
        for _ in range(7):
            answer = self.read(f"/console/jobs/?{answer.context['older']}")
            seen += [job.pk for job in answer.context["jobs"]]
        mine = Job.objects.filter(account=self.account).order_by("-created_at", "-id")
        self.assertEqual(seen, list(mine.values_list("pk", flat=True)[:200]))

    def filters_hold_on_the_next_page(self) -> None:
        answer = self.read("/console/jobs/?status=failed&service=tts")
        answer = self.read(f"/console/jobs/?{answer.context['older']}")
        found = answer.context["jobs"]
        self.assertEqual({(job.status, job.service) for job in found}, {("failed", "tts")})
        day = timezone.now().date().isoformat()
        for job in self.read(f"/console/jobs/?since={day}&until={day}").context["jobs"]:
            self.assertEqual(job.created_at.date().isoformat(), day)
