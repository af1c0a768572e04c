"""Staff switch an account off: everything of it stops, nothing of others does, and all comes back when it is on again."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from apps.accounts.disabling import account_disable, account_enable
from apps.accounts.leaving import user_delete
from apps.accounts.models import Membership
from apps.accounts.services import account_create
from apps.accounts.tokens import speech_caller, speech_token
from apps.jobs import reaper, steps
from apps.jobs.batches import batch_submit
from apps.jobs.models import Batch, Job
from apps.jobs.services import submit
from apps.live import metering
from apps.usage.selectors import ledger_check
from apps.webhooks import queue
from apps.webhooks.models import Delivery, Endpoint
from tests.base import CHARACTERS
from tests.console.base import PASSWORD, ConsoleTest, browser, words
from tests.jobs.orders import QUEUE, caller, order, submitted
from ttsplatform.errors import ApiError


class DisablingTest(ConsoleTest):
    def disable(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            self.assertTrue(account_disable(self.account.pk))

    def test_the_keys_of_all_its_people_are_refused_and_nobody_elses(self) -> None:
        self.disable()
        self.assertFalse(account_disable(self.account.pk))
        for client in (self.as_alice, self.as_bob):
            answer = client.get("/v1/account/")
            self.assertEqual(answer.status_code, 401)
            self.assertIn("switched off", answer.content.decode())
        self.assertEqual(self.as_charlie.get("/v1/account/").status_code, 200)
        self.assertTrue(account_enable(self.account.pk))
        self.assertFalse(account_enable(self.account.pk))
        self.assertEqual(self.as_alice.get("/v1/account/").status_code, 200)

    def test_what_waits_and_what_runs_is_cancelled_and_refunded(self) -> None:
        running, waiting = submitted(self.alice_key), submitted(self.bob_key)
        claim = steps.claim(QUEUE, "w")
        assert claim is not None
        batch = batch_submit(caller(self.alice_key), [order(7), order(8)], request_id="r")
        strangers = submitted(self.charlie_key)
        self.disable()
        for job in (running, waiting, *Job.objects.filter(batch=batch)):
            job.refresh_from_db()
            self.assertEqual(job.status, "canceled")
        self.assertFalse(steps.beat(claim, 0.5), "the worker that has it is told to stop")
        self.assertIsNotNone(Batch.objects.get(pk=batch.pk).finished_at)
        self.account.refresh_from_db()
        self.assertEqual((self.account.balance, ledger_check()), (CHARACTERS, []))
        strangers.refresh_from_db()
        self.assertEqual(strangers.status, "queued")

    def test_an_order_that_was_let_in_before_is_refused_by_the_ledger(self) -> None:
        early = caller(self.alice_key)
        self.disable()
        for late in (lambda: submit(early, order(), request_id="r"), lambda: self.batch(early)):
            with self.assertRaisesMessage(ApiError, "switched off"):
                late()
        self.assertFalse(Job.objects.filter(account=self.account).exists())
        # Whoever can not pay is told so, as ever.
        with self.assertRaises(ApiError) as refused:
            submit(caller(self.charlie_key), order(CHARACTERS + 1), request_id="r")
        self.assertEqual(refused.exception.code, "insufficient_credits")

    @staticmethod
    def batch(early: Any) -> None:
        batch_submit(early, [order()], request_id="r")

    def test_where_the_cancelling_broke_off_the_reaper_goes_on(self) -> None:
        job, strangers = submitted(self.alice_key), submitted(self.charlie_key)
        account_disable(self.account.pk)  # and the process died before its commit was acted on
        self.assertEqual(reaper.sweep()["switched_off"], 1)
        for each, status in ((job, "canceled"), (strangers, "queued")):
            each.refresh_from_db()
            self.assertEqual(each.status, status)

    def test_live_speech_ends_with_the_next_look_with_a_key_and_from_a_page(self) -> None:
        token = speech_token(self.alice, self.account)
        for speaker in (caller(self.alice_key), speech_caller(token, "")):
            session = metering.session_open(speaker, order(), request_id="r")
            metering._seen([(session.pk, 3)], speaker)
            account_disable(self.account.pk)
            with self.assertRaisesMessage(ApiError, "switched off"):
                metering._seen([(session.pk, 4)], speaker)
            with self.assertRaisesMessage(ApiError, "switched off"):
                metering._open_with_key(speaker, order(), request_id="r")
            # What was spoken is paid for.
            self.assertEqual(metering.session_close(session.pk, 4), 4)
            account_enable(self.account.pk)
        account_disable(self.account.pk)
        with self.assertRaises(ApiError):
            speech_caller(token, "")

    def test_its_webhooks_fall_silent(self) -> None:
        for account in (self.account, self.stranger_account):
            there = Endpoint.objects.create(account=account, url="https://example.com/hook")
            for event in ("task.completed", "webhook.test"):
                Delivery.objects.create(
                    account=account, endpoint=there, event=event, task_id=uuid.uuid4(), payload={}
                )
        Delivery.objects.create(
            account=self.account, url="https://example.com/once", event="task.failed", payload={}
        )
        self.disable()
        Delivery.objects.update(next_at=timezone.now())
        self.assertEqual({one.account_id for one in queue.claim(10)}, {self.stranger_account.pk})
        mine = Delivery.objects.filter(account=self.account)
        self.assertEqual(set(mine.values_list("status", flat=True)), {"canceled"})

    def test_its_people_do_not_get_in_unless_they_belong_elsewhere_too(self) -> None:
        for user in (self.alice, self.bob):
            user.set_password(PASSWORD)
            user.save()
        self.alices, other = browser(self.alice), account_create(email="erin@example.com", name="Erin's")
        Membership.objects.create(user=self.bob, account=other)
        self.disable()
        answer = self.alices.get("/console/")
        self.assertEqual(answer.status_code, 403)
        self.assertIn("switched off", words(answer))
        self.assertRedirects(self.sign_in("alice@example.com"), "/accounts/inactive/")
        self.assertNotIn("switched off", words(self.sign_in("alice@example.com", "a wrong password")))
        self.assertNotEqual(self.sign_in("bob@example.com").url, "/accounts/inactive/")
        account_enable(self.account.pk)
        self.assertEqual(self.alices.get("/console/").status_code, 200)

    @staticmethod
    def sign_in(email: str, password: str = PASSWORD) -> Any:
        return browser().post("/accounts/login/", {"login": email, "password": password})

    def test_an_account_that_its_owner_deleted_stays_so(self) -> None:
        user_delete(self.charlie)
        with self.assertRaisesMessage(ApiError, "has left"):
            account_enable(self.stranger_account.pk)
