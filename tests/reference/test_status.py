"""The status page: what works, in words; nothing of anybody's account, and no more work for the database than a little."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.jobs.models import Step
from apps.jobs.pausing import queue_pause
from apps.reference import state
from tests.console.base import ConsoleTest, words
from tests.jobs.orders import submitted
from workers.runtime.presence import Presence

QUEUES = ("speech-cpu", "tools", "io")


@contextlib.contextmanager
def workers(*queues: str) -> Iterator[None]:
    """A worker of these queues, as far as its presence goes."""
    with Presence("worker", queues):
        client = redis.Redis.from_url(settings.REDIS_URL)
        until = time.monotonic() + 10
        while not list(client.scan_iter("presence:worker:*")) and time.monotonic() < until:
            time.sleep(0.01)
        yield


class StatusTest(ConsoleTest):
    def setUp(self) -> None:
        super().setUp()
        client = redis.Redis.from_url(settings.REDIS_URL)
        for key in client.scan_iter("presence:*"):
            client.delete(key)
        state.forget()
        self.addCleanup(state.forget)

    def now(self) -> dict[str, Any]:
        """The components by id, and `status`, looked up anew."""
        state.forget()
        told = self.nobodys.get("/status.json").json()
        return {"status": told["status"], **{each["id"]: each for each in told["components"]}}

    def test_without_workers_it_says_so(self) -> None:
        told = self.now()
        self.assertEqual(told["status"], "down")
        self.assertEqual({told[name]["status"] for name in ("api", "database", "storage")}, {"working"})
        for name in ("live", "speech", "tools", "webhooks"):
            self.assertEqual(told[name]["status"], "down", name)
        page = self.nobodys.get("/status")
        self.assertEqual(page.status_code, 200)
        self.assertIn("No worker is there", words(page))

    def test_with_workers_it_works_and_a_paused_queue_is_told_of(self) -> None:
        with workers(*QUEUES):
            told = self.now()
            self.assertEqual({told[name]["status"] for name in ("speech", "tools", "webhooks")}, {"working"})
            self.assertEqual(told["tools"]["about"], "Work begins at once.")
            queue_pause("tools", by="somebody@example.com", reason="a secret reason")
            submitted(self.alice_key, queue="tools")
            Step.objects.filter(queue="tools").update(available_at="2020-01-01T00:00:00Z")
            told = self.now()
            self.assertEqual((told["tools"]["status"], told["speech"]["status"]), ("degraded", "working"))
            self.assertGreater(told["tools"]["wait_seconds"], 3600)
            self.assertIn("Paused by the operator", told["tools"]["about"])
            page = words(self.nobodys.get("/status"))
            self.assertIn("hours", page)
            for secret in ("somebody", "secret", "alice"):
                self.assertNotIn(secret, page)

    def test_it_names_models_and_no_addresses(self) -> None:
        answer = self.nobodys.get("/status.json")
        models = {each["id"]: each["served_by"] for each in answer.json()["models"]}
        self.assertEqual(models["kokoro"], "kokoro")
        for body in (answer.content.decode(), self.nobodys.get("/status").content.decode()):
            self.assertNotRegex(body, r"127\.0\.0\.1|postgres|redis|/tmp|/var/")
            self.assertNotRegex(body, re.escape(str(settings.VAR_DIR)))

    def test_whoever_asks_again_and_again_is_not_noticed_by_the_database(self) -> None:
        self.nobodys.get("/status")
        with CaptureQueriesContext(connection) as asked:
            for _ in range(20):
                self.assertEqual(self.nobodys.get("/status").status_code, 200)
                self.alices.get("/status.json")
        self.assertEqual(len(asked), 0)

    def test_waits_are_told_in_words(self) -> None:
        self.assertEqual(state.waited(0.2), "Work begins at once.")
        self.assertIn("1 minute.", state.waited(61))
        self.assertEqual(state.in_words(7200), "2 hours")
        self.assertEqual(state.in_words(59.9), "59 seconds")
