"""Staff drain a worker: it takes nothing new, what it has in hand ends by itself, and resumed it works again."""

from __future__ import annotations

import asyncio
import time
import uuid
from unittest.mock import patch

import redis
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client, override_settings

from apps.accounts.models import User
from apps.jobs import steps
from apps.jobs.models import DrainedWorker
from apps.jobs.speech import speech_order
from apps.live import wire
from apps.live.hub import hub
from apps.live.turn import Turn
from apps.operations.draining import mirror, worker_drain, worker_resume
from apps.operations.fleet import Unit, fleet
from apps.webhooks.sending import Sender
from apps.webhooks.services import endpoint_create, endpoint_test
from tests.base import PlatformTest, PlatformTransactionTest
from tests.console.base import browser, words
from tests.jobs.orders import QUEUE, caller, submitted
from tests.live.inside import worker
from ttsplatform.errors import ApiError
from workers import tasks
from workers.engines.fake import FakeEngine
from workers.pipelines.base import Done
from workers.runtime.presence import Presence

ONE, TWO = "worker@one:11", "worker@two:22"


def copied() -> set[bytes]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return client.smembers(wire.DRAINED)


def unit(name: str) -> Unit:
    return next(each for each in fleet() if each.name == name)


class WorkersTest(PlatformTest):
    def setUp(self) -> None:
        super().setUp()
        self.staff = self.as_staff()

    def post(self, what: str, name: str, who: Client | None = None) -> int:
        with self.captureOnCommitCallbacks(execute=True):
            answer = (who or self.staff).post(f"/admin/workers/{what}/", {"worker": name})
        return int(answer.status_code)

    def test_it_begins_nothing_and_another_does(self) -> None:
        first, second = submitted(self.alice_key), submitted(self.alice_key)
        self.assertEqual(self.post("drain", "worker@one"), 302)
        self.assertIsNone(steps.claim(QUEUE, ONE))
        claimed = steps.claim(QUEUE, TWO)
        assert claimed is not None
        self.assertEqual(claimed.job_id, first.pk)
        self.assertEqual(self.post("resume", "worker@one"), 302)
        claimed = steps.claim(QUEUE, ONE)
        assert claimed is not None
        self.assertEqual(claimed.job_id, second.pk)

    def test_what_it_has_in_hand_it_finishes_and_then_it_is_safe_to_stop(self) -> None:
        job = submitted(self.alice_key)
        claimed = steps.claim(QUEUE, ONE)
        assert claimed is not None
        self.post("drain", "worker@one")
        self.assertEqual((unit("worker@one").state, unit("worker@one").in_hand), ("draining", 1))
        self.assertIn("draining : 1 in hand", words(self.staff.get("/admin/dashboard/")))
        self.assertTrue(steps.beat(claimed, 0.5))
        steps.finish(claimed, Done({"key": "none", "format": "wav"}))
        job.refresh_from_db()
        self.assertEqual(job.status, "completed")
        self.assertEqual(unit("worker@one").state, "drained")
        self.assertIn("drained : safe to stop", words(self.staff.get("/admin/dashboard/")))

    def test_the_log_names_who_did_it_and_twice_is_once(self) -> None:
        for _ in range(2):
            self.post("drain", "worker@one")
        self.assertEqual(DrainedWorker.objects.get().by, "staff@example.com")
        for _ in range(2):
            self.post("resume", "worker@one")
        said = LogEntry.objects.filter(object_repr="worker@one").order_by("pk")
        self.assertEqual([each.change_message for each in said], ["Drained.", "Resumed."])
        self.assertEqual({str(each.user) for each in said}, {"staff@example.com"})

    def test_who_may(self) -> None:
        clerk = browser(User.objects.create_user("clerk@example.com", is_staff=True))
        self.assertEqual(self.post("drain", "worker@one", clerk), 403)
        self.assertEqual(self.post("drain", "worker@one", browser(self.alice)), 302)
        for name in ("reaper@one", "worker@one:11", "worker@", "", "live@a b"):
            self.assertEqual(self.post("drain", name), 404, name)
        self.assertFalse(DrainedWorker.objects.exists())
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(User.objects.get(email="staff@example.com"))
        self.assertEqual(self.post("drain", "worker@one", strict), 403)
        with override_settings(WORKER_NAME="here"), Presence("worker", ["tools"]):
            deadline = time.monotonic() + 20
            while not any(each.name == "worker@here" for each in fleet()):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            self.assertIn("Drain worker@here", words(self.staff.get("/admin/dashboard/")))
            self.assertNotIn("Drain worker@here", words(clerk.get("/admin/dashboard/")))

    def test_a_hint_that_comes_to_it_is_passed_on_and_not_for_ever(self) -> None:
        with (
            override_settings(WORKER_NAME="one"),
            patch.object(tasks, "hint") as hint,
            patch.object(tasks, "PASS_SECONDS", 0),
        ):
            self.post("drain", "worker@one")
            tasks.run_steps(QUEUE)
            hint.assert_called_once_with(QUEUE, passed=1)
            tasks.run_steps(QUEUE, tasks.PASSES)
            hint.assert_called_once()

    def test_it_sends_no_webhooks(self) -> None:
        drained = True
        sender = Sender(lambda: drained)
        with override_settings(WEBHOOK_ALLOW=["127.0.0.1"]), patch("apps.webhooks.sending._try") as tried:
            endpoint_test(endpoint_create(self.account, url="http://127.0.0.1:9/hook"))
            self.assertEqual(sender.drain(), 0)
            tried.assert_not_called()

    def test_valkey_may_be_away_or_begin_anew(self) -> None:
        self.post("drain", "live@one")
        self.assertIn(b"live@one", copied())
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.delete(wire.DRAINED)
        self.assertTrue(mirror())
        self.assertEqual(copied(), {b"live@one"})
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            self.assertEqual(self.post("resume", "live@one"), 302)
        self.assertTrue(mirror())
        self.assertEqual(copied(), set())


class LiveTest(PlatformTransactionTest):
    def test_a_drained_live_worker_admits_nobody_and_ends_what_it_speaks(self) -> None:
        async def admitted() -> str:
            line = await hub().open(uuid.uuid4().hex)
            await line.close()
            return line.worker

        async def drain_amid_a_stream() -> None:
            who = await asyncio.to_thread(caller, self.alice_key)
            order = speech_order(who, text="One sentence. Another one.", model="kokoro", voice="af_bella")
            turn = Turn(who, request_id="r", audio="pcm")
            await turn.say(order, last=True)
            await asyncio.to_thread(worker_drain, "live@one", by="staff")
            self.assertIsNotNone(turn.totals)
            with self.assertRaises(ApiError) as refused:
                await admitted()
            self.assertEqual(refused.exception.code, "service_unavailable")
            async for _ in turn.events():
                pass
            await turn.close()
            self.assertGreater(turn.totals.seconds, 0.5)

        self.addCleanup(mirror)
        with override_settings(WORKER_NAME="one"), worker(FakeEngine(rtf=0.2)) as one:
            asyncio.run(drain_amid_a_stream())
            began = time.monotonic()
            with self.assertRaises(ApiError):
                asyncio.run(admitted())
            self.assertLess(time.monotonic() - began, 2)
            with override_settings(WORKER_NAME="two"), worker(FakeEngine()) as two:
                self.assertEqual({asyncio.run(admitted()) for _ in range(4)}, {two.name})
                worker_resume("live@one")
                worker_drain("live@two", by="staff")
                self.assertEqual({asyncio.run(admitted()) for _ in range(4)}, {one.name})
                worker_resume("live@two")
