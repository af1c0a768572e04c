"""What is told when a job ends, how it is signed, and what happens when nobody listens."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from django.core import mail
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import account_create
from apps.jobs import closing, reaper, steps
from apps.jobs.models import Job, Step
from apps.webhooks import queue, services
from apps.webhooks.models import Attempt, Delivery, Endpoint
from apps.webhooks.sending import Sender
from tests.base import PlatformTest, PlatformTransactionTest
from tests.jobs.orders import submitted
from tests.live.helpers import eventually
from tests.receiver import Receiver
from workers.pipelines.base import Done

GOOD = {"text": "Hello from the tests.", "model": "kokoro", "voice": "af_bella"}
RESULT = {"key": "jobs/x/y/o.mp3", "filename": "o.mp3", "content_type": "audio/mpeg", "duration": 1.5}


@override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
class SendingTest(PlatformTest):
    def order(self, **fields: Any) -> Job:
        answer = self.as_alice.post("/v1/tts/", {**GOOD, **fields})
        self.assertEqual(answer.status_code, 200, answer.content)
        return Job.objects.get(pk=answer.json()["uuid"])

    def finish(self, job: Job) -> None:
        Step.objects.exclude(job=job).update(available_at=timezone.now() + dt.timedelta(days=1))
        claim = steps.claim(Step.objects.get(job=job).queue, "test")
        assert claim is not None
        steps.finish(claim, Done(RESULT))

    def make_due(self) -> None:
        Delivery.objects.filter(status="pending").update(next_at=timezone.now())

    def test_a_webhook_url_gets_the_documents_message_signed_with_the_accounts_secret(self) -> None:
        secret = self.as_alice.get("/v1/webhooks/secret/").json()["secret"]
        with Receiver() as receiver:
            job = self.order(webhook_url=receiver.url)
            self.assertEqual(Delivery.objects.count(), 0, "nothing is told before it is so")
            self.finish(job)
            self.assertEqual(Sender().drain(), 1)
        (got,) = receiver.got
        message = got.verified(secret)
        self.assertEqual(list(message)[:4], ["event", "task_id", "status", "result_url"])
        self.assertEqual((message["event"], message["status"]), ("task.completed", "success"))
        self.assertEqual((message["task_id"], message["credits_used"]), (job.pk.hex, job.price))
        for name in ("created_at", "completed_at"):
            self.assertRegex(message[name], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertTrue(
            message["result_url"].startswith(f"http://testserver/static/downloads/{job.pk.hex}/o.mp3?")
        )
        self.assertEqual(got.headers["content-type"], "application/json")
        self.assertNotIn(b"Hello", got.body, "the customer's text is not repeated")

    @override_settings(PUBLIC_URL="https://voice.example")
    def test_links_lead_to_the_public_address_where_the_operator_named_one(self) -> None:
        with Receiver() as receiver:
            self.finish(self.order(webhook_url=receiver.url))
            Sender().drain()
        message = json.loads(receiver.got[0].body)
        self.assertTrue(message["result_url"].startswith("https://voice.example/static/downloads/"))

    def test_failed_and_cancelled_jobs_are_told_of_and_only_to_those_who_asked(self) -> None:
        with Receiver() as receiver:
            for path, events in (("/all", []), ("/failed", ["task.failed"])):
                services.endpoint_create(
                    self.account, url=f"http://127.0.0.1:{receiver.port}{path}", events=events
                )
            services.endpoint_create(self.stranger_account, url=receiver.url)
            failed, cancelled = self.order(), self.order()
            closing.fail(failed, "cannot_speak", "Nothing in it can be spoken.")
            closing.cancel(cancelled)
            Sender().drain()
        told = sorted((got.path, json.loads(got.body)["event"]) for got in receiver.got)
        self.assertEqual(
            told, [("/all", "task.canceled"), ("/all", "task.failed"), ("/failed", "task.failed")]
        )
        message = next(json.loads(got.body) for got in receiver.got if got.path == "/failed")
        self.assertEqual(
            (message["status"], message["credits_used"], message["result_url"]), ("failed", 0, None)
        )
        self.assertEqual(
            message["error"], {"code": "cannot_speak", "message": "Nothing in it can be spoken."}
        )

    def test_a_job_that_is_not_ended_after_all_is_not_told_of(self) -> None:
        job = self.order(webhook_url="https://8.8.8.8/")
        try:
            with transaction.atomic():
                closing.cancel(job)
                raise RuntimeError
        except RuntimeError:
            pass
        self.assertEqual(Delivery.objects.count(), 0)

    def test_refusals_are_tried_again_later_under_the_same_id_until_accepted(self) -> None:
        with Receiver(statuses=[500, 302, 404, 200]) as receiver:
            self.finish(self.order(webhook_url=receiver.url))
            for tries, pause in ((1, 5), (2, 30), (3, 120)):
                self.assertEqual(Sender().drain(), 1)
                delivery = Delivery.objects.get()
                self.assertEqual((delivery.attempts, delivery.status), (tries, "pending"))
                assert delivery.next_at is not None
                wait = (delivery.next_at - timezone.now()).total_seconds()
                self.assertTrue(0.75 * pause < wait < 1.25 * pause, wait)
                self.assertEqual(Sender().drain(), 0, "not before its time")
                self.make_due()
            Sender().drain()
        self.assertEqual(Delivery.objects.get().status, "delivered")
        self.assertEqual((len(receiver.got), len(receiver.ids())), (4, 1))
        log = [(one.status_code, one.error) for one in Attempt.objects.all()]
        self.assertEqual(log, [(500, "status"), (302, "redirect"), (404, "status"), (200, "")])

    def test_after_about_a_day_it_is_given_up(self) -> None:
        self.assertTrue(20 < sum(queue.PAUSES) / 3600 < 30)
        with Receiver(statuses=[503]) as receiver:
            self.finish(self.order(webhook_url=receiver.url))
            for _ in range(len(queue.PAUSES) + 3):
                Sender().drain()
                self.make_due()
        self.assertEqual(Delivery.objects.get().status, "failed")
        self.assertEqual(len(receiver.got), len(queue.PAUSES) + 1)

    def test_gone_is_taken_at_its_word(self) -> None:
        with Receiver(statuses=[410]) as receiver:
            endpoint = services.endpoint_create(self.account, url=receiver.url)
            self.finish(self.order(webhook_url=receiver.url))
            Sender().drain()
            self.finish(self.order())
            Sender().drain()
        self.assertEqual(set(Delivery.objects.values_list("status", flat=True)), {"failed"})
        endpoint.refresh_from_db()
        self.assertFalse(endpoint.enabled)
        self.assertIn("410", endpoint.disabled_reason)
        self.assertEqual(len(receiver.got), 2, "one each, and none after it")

    @override_settings(WEBHOOK_DISABLE_DAYS=3)
    def test_a_webhook_that_fails_for_days_is_switched_off_with_a_notice(self) -> None:
        with Receiver(statuses=[500, 200, 500]) as receiver:
            endpoint = services.endpoint_create(self.account, url=receiver.url)

            def since() -> dt.datetime | None:
                endpoint.refresh_from_db()
                return endpoint.failing_since

            def days_pass() -> None:
                Endpoint.objects.update(failing_since=timezone.now() - dt.timedelta(days=3, minutes=1))
                self.make_due()

            self.finish(self.order())
            Sender().drain()
            self.assertIsNotNone(since())
            days_pass()
            Sender().drain()
            self.assertIsNone(since(), "one success, and all is well")
            self.finish(self.order())
            Sender().drain()
            days_pass()
            Sender().drain()
            self.finish(self.order())
            self.make_due()
            Sender().drain()
        shown = self.as_alice.get(f"/v1/webhooks/{endpoint.pk}/").json()
        self.assertFalse(shown["enabled"])
        self.assertIn("No delivery was accepted since", shown["disabled_reason"])
        self.assertIn("enabled = true", shown["disabled_reason"])
        self.assertEqual(len(receiver.got), 4)
        self.assertEqual(
            Delivery.objects.filter(status="canceled").count(), 1, "what was waiting is not sent"
        )

    @override_settings(WEBHOOK_DISABLE_DAYS=3)
    def test_what_a_try_found_out_is_judged_by_how_things_are_when_it_ends(self) -> None:
        endpoint = services.endpoint_create(self.account, url="https://8.8.8.8/")
        for _ in range(2):
            self.finish(self.order())
        good, bad = queue.claim(10)
        # Another sender has noted a failure since these two began.
        Endpoint.objects.update(failing_since=timezone.now() - dt.timedelta(days=4))
        queue.record([queue.Outcome(good, 200, "", 5)])
        endpoint.refresh_from_db()
        self.assertIsNone(endpoint.failing_since)
        assert bad.endpoint is not None
        bad.endpoint.failing_since = timezone.now() - dt.timedelta(days=4)
        queue.record([queue.Outcome(bad, 500, "status", 5)])
        endpoint.refresh_from_db()
        self.assertTrue(endpoint.enabled, "it has worked a moment ago")
        self.assertIsNotNone(endpoint.failing_since)

    def test_everybody_of_the_account_is_told_by_mail_when_a_webhook_is_switched_off(self) -> None:
        User.objects.filter(email="bob@example.com").update(is_active=False)
        with Receiver(statuses=[410]) as receiver:
            endpoint = services.endpoint_create(self.account, url=receiver.url)
            self.finish(self.order())
            with self.captureOnCommitCallbacks(execute=True):
                Sender().drain()
        eventually(lambda: mail.outbox, bool)
        (message,) = mail.outbox
        self.assertEqual((message.to, message.bcc), ([], ["alice@example.com"]))
        self.assertIn(endpoint.url, message.body)
        self.assertIn("410 Gone", message.body)
        self.assertIn("enabled = true", message.body)
        self.assertNotIn("whsec_", message.body)

    def test_what_a_request_waits_for_by_itself_is_no_task_that_is_told_of(self) -> None:
        services.endpoint_create(self.account, url="https://8.8.8.8/")
        for announced in (False, True):
            job = submitted(self.alice_key, announced=announced)
            locked = closing.lock(job.pk)
            assert locked is not None
            closing.complete(locked, RESULT)
        self.assertEqual([one.task_id for one in Delivery.objects.all()], [job.pk])

    def test_what_a_killed_sender_held_is_sent_by_the_next_and_its_late_word_counts_for_nothing(self) -> None:
        with Receiver() as receiver:
            self.finish(self.order(webhook_url=receiver.url))
            (held,) = queue.claim(10)
            self.assertEqual(queue.claim(10), [])
            self.make_due()  # its lease runs out
            self.assertEqual(Sender().drain(), 1)
            queue.record([queue.Outcome(held, None, "timeout", 10_000)])
        self.assertEqual(Delivery.objects.get().status, "delivered")
        self.assertEqual(Attempt.objects.count(), 1)

    def test_the_reaper_finds_what_is_due(self) -> None:
        self.finish(self.order(webhook_url="https://8.8.8.8/"))
        self.assertEqual(reaper.sweep()["webhooks_due"], 1)
        Delivery.objects.update(status="delivered", created_at=timezone.now() - dt.timedelta(days=31))
        self.assertEqual(reaper.sweep()["webhooks_due"], 0)
        self.assertEqual(Delivery.objects.count(), 0, "the log is not kept for ever")

    def test_one_account_with_much_to_tell_keeps_nobody_waiting(self) -> None:
        for _ in range(30):
            with transaction.atomic():
                services.announce(self.account.pk, "task.failed", Job().pk, {}, url="https://8.8.8.8/")
        services.announce(self.stranger_account.pk, "task.failed", Job().pk, {}, url="https://8.8.8.8/")
        first = queue.claim(16)
        self.assertEqual(len(first), queue.PER_ACCOUNT + 1)
        self.assertIn(self.stranger_account.pk, {one.account_id for one in first})
        self.assertEqual(queue.claim(16), [])

    def test_a_bad_webhook_url_orders_nothing(self) -> None:
        for url, says in (
            ("http://127.0.0.2/", "private"),
            ("http://[::ffff:a9fe:a9fe]/", "private"),
            ("not a url", "plain characters"),
            ("nonsense", "http://"),
        ):
            answer = self.as_alice.post("/v1/tts/", {**GOOD, "webhook_url": url})
            self.assertEqual((answer.status_code, answer.json()["error"]["param"]), (400, "webhook_url"), url)
            self.assertIn(says, answer.json()["message"])
        keyless = self.as_nobody.post("/v1/tts/", {**GOOD, "webhook_url": "https://8.8.8.8/"})
        self.assertEqual(keyless.status_code, 401)
        stream = self.as_alice.post("/v1/tts/stream/", {**GOOD, "webhook_url": "https://8.8.8.8/"})
        self.assertEqual(stream.status_code, 400)
        self.assertEqual(Job.objects.count(), 0)

    @override_settings(WEBHOOK_ALLOW=[])
    def test_a_receiver_that_is_inside_by_the_time_of_delivery_is_not_called(self) -> None:
        with Receiver() as receiver:
            with override_settings(WEBHOOK_ALLOW=["127.0.0.1"]):
                job = self.order(webhook_url=receiver.url)
            self.finish(job)
            Sender().drain()
        self.assertEqual(receiver.got, [])
        self.assertEqual(Attempt.objects.get().error, "blocked")


class RacesTest(PlatformTransactionTest):
    """With real commits."""

    @override_settings(WEBHOOK_ALLOW=["127.0.0.1"])
    def test_two_accounts_whose_receivers_hang_do_not_keep_a_third_waiting(self) -> None:
        other = account_create(email="dora@example.com", name="Dora", plan="pro", bonus=0)
        let_go = threading.Event()

        def hangs(handler: BaseHTTPRequestHandler) -> None:
            let_go.wait(20)
            handler.send_response(204)
            handler.end_headers()

        with Receiver(behave=hangs) as hanging, Receiver() as good:
            for account in (self.account, other):
                for _ in range(queue.PER_ACCOUNT):
                    with transaction.atomic():
                        services.announce(account.pk, "task.failed", Job().pk, {}, url=hanging.url)
            sender = Sender()
            sender.wake()
            eventually(lambda: len(hanging.got), lambda count: count == 2 * queue.PER_ACCOUNT)
            self.assertEqual(len(hanging.got), 2 * queue.PER_ACCOUNT, "all of them hang")
            began = time.monotonic()
            with transaction.atomic():
                services.announce(self.stranger_account.pk, "task.failed", Job().pk, {}, url=good.url)
            sender.wake()
            eventually(lambda: good.got, bool)
            self.assertLess(time.monotonic() - began, 2)
            self.assertTrue(good.got)
            let_go.set()
            pending = Delivery.objects.filter(status="pending")
            eventually(pending.count, lambda count: not count)
        self.assertEqual(pending.count(), 0)

    def test_a_webhook_that_is_deleted_as_a_job_ends_does_not_undo_the_end(self) -> None:
        endpoint = services.endpoint_create(self.account, url="https://8.8.8.8/")
        job = submitted(self.alice_key)
        deleted = threading.Event()

        def delete() -> None:
            services.endpoint_delete(Endpoint.objects.get(pk=endpoint.pk))
            deleted.set()
            connection.close()

        with transaction.atomic():
            locked = closing.lock(job.pk)
            assert locked is not None
            closing.cancel(locked)
            thread = threading.Thread(target=delete)
            thread.start()
            self.assertFalse(deleted.wait(0.3), "it waits for the end that is being written")
        thread.join(10)
        job.refresh_from_db()
        self.assertEqual((job.status, Delivery.objects.count()), ("canceled", 0))
