"""The staff's dashboard: who may see it, what it says, what it costs, and the samples behind it."""

from __future__ import annotations

import time
from unittest import mock

import redis
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.jobs.models import Job, Step
from apps.operations import series
from apps.operations.rates import Sample
from tests.base import PlatformTest
from tests.console.base import browser, words
from tests.jobs.orders import submitted
from ttsplatform.counting import count, flush
from workers.runtime.presence import Presence

PAGE, NOW = "/admin/dashboard/", "/admin/dashboard.json"


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


class DashboardTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        client().delete(series.KEY)
        self.staff = self.as_staff()

    def test_nobody_but_staff(self) -> None:
        for path in (PAGE, NOW):
            for visitor in (browser(), browser(self.alice)):
                answer = visitor.get(path)
                self.assertEqual(answer.status_code, 302, path)
                self.assertIn("login", answer["Location"])
            self.assertEqual(self.staff.post(path).status_code, 405)

    def test_it_tells_of_work_and_workers_and_of_no_text(self) -> None:
        job = submitted(self.alice_key, 25, request={"text": "a secret sentence"}, queue="tools")
        Step.objects.filter(job=job).update(ordered_at="2026-01-01T00:00Z")
        count("tts_errors", code="not_found")
        flush()
        with Presence("worker", ["tools"], lambda: {"kokoro": 1.0}):
            deadline = time.monotonic() + 20
            while "kokoro" not in (page := words(self.staff.get(PAGE))):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
        for said in (
            "Requests a minute",
            "First audio",
            "Real-time factor",
            "Errors by code",
            "Wait by queue",
            "Storage",
            "idle",
        ):
            self.assertIn(said, page)
        self.assertRegex(page, r"tools 1 0")
        self.assertIn("worker@", page)
        self.assertNotIn("a secret sentence", page)
        answer = self.staff.get(NOW)
        self.assertIn("no-store", answer["Cache-Control"])
        self.assertIn("panel-queues", answer.json()["html"])
        for markup in (self.staff.get(PAGE).content.decode().split('id="live"')[1], answer.json()["html"]):
            board = markup.split("<script")[0]
            self.assertNotIn("style=", board)

    def test_the_last_hour_is_drawn(self) -> None:
        now = time.time()
        past = [
            Sample(
                now - 60 * age,
                {"requests": {"2xx": 600.0 - 30 * age, "5xx": 0.0}},
                {"queued": {"tools": age}},
            )
            for age in (3, 2, 1)
        ]
        present = Sample(now, {"requests": {"2xx": 627.0, "5xx": 3.0}}, {"queued": {"tools": 0.0}})
        with (
            mock.patch.object(series, "kept", return_value=past),
            mock.patch.object(series, "look", return_value=present),
        ):
            page = self.staff.get(PAGE)
        self.assertIn("60.0 a minute, of which 5.0 % failed", words(page))
        self.assertIn('class="ops-line ops-line-0" d="M', page.content.decode())

    def test_ten_thousand_jobs_cost_no_more_queries(self) -> None:
        job = submitted(self.alice_key, 1)
        rows = [
            Job(**{f.attname: getattr(job, f.attname) for f in Job._meta.fields if f.name != "id"})
            for _ in range(10_000)
        ]
        Job.objects.bulk_create(rows)
        Step.objects.bulk_create(
            Step(job=row, name="speech", queue="tools", lane=row.lane, lane_limit=5) for row in rows
        )
        for path in (PAGE, NOW):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                began = time.monotonic()
                self.assertEqual(self.staff.get(path).status_code, 200)
                self.assertLess(time.monotonic() - began, 5)
            self.assertLessEqual(len(asked), 15, "\n".join(query["sql"] for query in asked))

    def test_accounts_are_for_those_who_may_see_accounts(self) -> None:
        clerk = User.objects.create_user("clerk@example.com", is_staff=True)
        self.assertNotIn("Top accounts", words(browser(clerk).get(PAGE)))
        clerk.user_permissions.add(Permission.objects.get(codename="view_account"))
        self.assertIn("Top accounts", words(browser(clerk).get(PAGE)))

    def test_without_valkey_it_says_so(self) -> None:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            page = self.staff.get(PAGE)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Not answering: Valkey", words(page))


class SeriesTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        client().delete(series.KEY)

    def test_a_minute_is_kept_once_however_many_reapers_there_are(self) -> None:
        with mock.patch.object(series.time, "time", return_value=60 * 29_000_000.0):
            self.assertEqual([series.keep(), series.keep(), series.keep()], [True, False, False])
            self.assertEqual(len(series.kept()), 1)

    def test_an_hour_is_kept_and_no_more(self) -> None:
        start = 29_000_000
        for minute in (start + 500, *range(start, start + 70)):
            with mock.patch.object(series.time, "time", return_value=60.0 * minute):
                self.assertTrue(series.keep())
                self.assertLessEqual(client().hlen(series.KEY), series.MINUTES)
                found = series.kept()
        self.assertEqual([each.at / 60 for each in found], list(range(start + 10, start + 70)))
        self.assertGreater(client().ttl(series.KEY), 0)

    def test_without_valkey_there_is_a_gap_and_no_error(self) -> None:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            self.assertFalse(series.keep())
