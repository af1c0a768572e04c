"""The queue: who is next, who holds a step, what a job costs whatever happens on the way."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter
from unittest.mock import patch

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import Plan
from apps.jobs import reaper, services, steps
from apps.jobs.models import IdempotencyKey, Job, JobStatus, Step, StepStatus
from apps.jobs.steps import Claim, LeaseLost
from apps.usage.models import LedgerEntry
from apps.usage.selectors import ledger_check
from tests.base import CHARACTERS, ApiClient, PlatformTest, PlatformTransactionTest
from ttsplatform.errors import ApiError
from workers.pipelines.base import Done, Fork, PartDone

from .orders import QUEUE, caller, order, submitted

RESULT = {
    "key": "jobs/x/y/output.mp3",
    "filename": "output.mp3",
    "content_type": "audio/mpeg",
    "duration": 1.0,
}


def claim(worker: str = "w") -> Claim:
    found = steps.claim(QUEUE, worker)
    assert found is not None
    return found


class QueueTest(PlatformTest):
    def balance(self) -> int:
        self.account.refresh_from_db()
        self.assertEqual(ledger_check(), [])
        return self.account.balance

    def status(self, job: Job) -> str:
        job.refresh_from_db()
        return job.status

    def let_leases_run_out(self) -> None:
        Step.objects.filter(status=StepStatus.RUNNING).update(
            lease_until=timezone.now() - dt.timedelta(seconds=1)
        )

    def test_a_job_goes_from_queued_over_running_to_completed_and_is_charged(self) -> None:
        job = submitted(self.alice_key, 30)
        self.assertEqual((self.status(job), self.balance()), ("queued", CHARACTERS - 30))
        mine = claim()
        self.assertEqual((mine.job_id, mine.request, mine.attempt), (job.pk, {"text": "x" * 30}, 1))
        self.assertEqual(self.status(job), "running")
        self.assertIsNone(steps.claim(QUEUE, "another"))
        steps.finish(mine, Done(RESULT))
        self.assertEqual((self.status(job), self.balance()), ("completed", CHARACTERS - 30))
        self.assertEqual(LedgerEntry.objects.get(job_id=job.pk, kind="commit").charged, 30)
        assert job.purge_at is not None
        self.assertEqual((job.purge_at - timezone.now()).days + 1, self.account.plan.retention_days)

    def test_lanes_take_turns(self) -> None:
        for _ in range(6):
            submitted(self.alice_key)
        charlies = [submitted(self.charlie_key).pk for _ in range(2)]
        order_of_work = []
        for _ in range(8):
            mine = claim()
            steps.finish(mine, Done(RESULT))
            order_of_work.append("charlie" if mine.job_id in charlies else "alice")
        self.assertEqual(order_of_work[:4].count("charlie"), 2, order_of_work)

    def test_a_lane_with_less_running_goes_first(self) -> None:
        for _ in range(5):
            submitted(self.alice_key)
        claim(), claim()
        charlies = submitted(self.charlie_key)
        self.assertEqual(claim().job_id, charlies.pk)

    def test_a_plan_runs_only_so_many_at_once(self) -> None:
        self.put_on_plan(self.account, "free")
        for _ in range(3):
            submitted(self.alice_key)
        first, _second = claim(), claim()
        self.assertIsNone(steps.claim(QUEUE, "w"))
        steps.finish(first, Done(RESULT))
        self.assertIsNotNone(steps.claim(QUEUE, "w"))

    def test_a_lease_that_ran_out_is_given_to_another_and_the_first_can_change_nothing(self) -> None:
        job = submitted(self.alice_key)
        late = claim("late")
        self.let_leases_run_out()
        self.assertEqual(reaper.recover_expired_leases(), 1)
        second = claim("second")
        self.assertEqual((second.job_id, second.attempt), (job.pk, 2))
        self.assertFalse(steps.beat(late, 0.5))
        for outcome in (Done(RESULT), PartDone({}), Fork("segment", [{}], "join")):
            with self.assertRaises(LeaseLost):
                steps.finish(late, outcome)
        with self.assertRaises(LeaseLost):
            steps.fail(late, "internal_error", "", retry=True)
        self.assertTrue(steps.beat(second, 0.5))
        steps.finish(second, Done(RESULT))
        with self.assertRaises(LeaseLost):
            steps.finish(second, Done(RESULT))
        self.assertEqual((self.status(job), self.balance()), ("completed", CHARACTERS - 10))

    @override_settings(JOB_MAX_ATTEMPTS=2)
    def test_attempts_are_used_up_and_then_the_job_fails_and_is_refunded(self) -> None:
        job = submitted(self.alice_key)
        for _ in range(2):
            claim()
            self.let_leases_run_out()
            reaper.recover_expired_leases()
        self.assertEqual(
            (self.status(job), job.error_code, self.balance()), ("failed", "internal_error", CHARACTERS)
        )
        self.assertIsNone(steps.claim(QUEUE, "w"))

    def test_a_failed_step_is_tried_again_after_a_pause(self) -> None:
        job = submitted(self.alice_key)
        steps.fail(claim(), "internal_error", "boom", retry=True)
        self.assertEqual(self.status(job), "running")
        self.assertIsNone(steps.claim(QUEUE, "w"))
        Step.objects.update(available_at=timezone.now() - dt.timedelta(seconds=1))
        self.assertEqual(claim().attempt, 2)

    def test_a_hopeless_step_fails_its_job_at_once(self) -> None:
        job = submitted(self.alice_key)
        steps.fail(claim(), "cannot_speak", "Nothing in it can be spoken.", retry=False)
        self.assertEqual((self.status(job), job.error_message), ("failed", "Nothing in it can be spoken."))
        self.assertEqual(self.balance(), CHARACTERS)

    def test_a_long_job_forks_and_joins_and_costs_once(self) -> None:
        job = submitted(self.alice_key, 50)
        steps.finish(claim(), Fork("segment", [{"start": 0}, {"start": 1}, {"start": 2}], "join"))
        self.assertEqual((self.status(job), job.parts_total), ("running", 3))
        parts = [claim() for _ in range(3)]
        self.assertEqual([part.payload["start"] for part in parts], [0, 1, 2])
        for number in (2, 0, 1):
            self.assertIsNone(steps.claim(QUEUE, "w"), "the join must wait for all parts")
            steps.finish(parts[number], PartDone({"n": number}))
        last = claim()
        self.assertEqual((last.name, last.payload), ("join", {"parts": 3}))
        steps.finish(last, Done(RESULT))
        self.assertEqual((self.status(job), self.balance()), ("completed", CHARACTERS - 50))

    def test_the_parts_of_a_job_go_before_the_same_customers_later_jobs(self) -> None:
        first = submitted(self.alice_key)
        later = submitted(self.alice_key)
        steps.finish(claim(), Fork("segment", [{}, {}], "join"))
        self.assertEqual([claim().job_id, claim().job_id, claim().job_id], [first.pk, first.pk, later.pk])

    def test_cancelling_refunds_and_stops_the_worker(self) -> None:
        waiting, running = submitted(self.alice_key), submitted(self.alice_key)
        self.assertTrue(services.job_cancel(waiting.pk))
        mine = claim()
        self.assertEqual(mine.job_id, running.pk)
        self.assertTrue(services.job_cancel(running.pk))
        self.assertFalse(services.job_cancel(running.pk))
        self.assertFalse(steps.beat(mine, 0.1))
        with self.assertRaises(LeaseLost):
            steps.finish(mine, Done(RESULT))
        self.assertEqual((self.status(running), self.balance()), ("canceled", CHARACTERS))
        self.assertIsNone(steps.claim(QUEUE, "w"))

    def test_a_job_nobody_takes_expires_and_is_refunded(self) -> None:
        job = submitted(self.alice_key)
        Job.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
        self.assertEqual(reaper.expire_waiting_jobs(), 1)
        self.assertEqual((self.status(job), self.balance()), ("expired", CHARACTERS))

    def test_lost_hints_are_repeated_for_waiting_steps_only(self) -> None:
        submitted(self.alice_key)
        broker_has = patch.object(reaper, "hints_waiting", return_value=0)
        with patch.object(reaper, "hint") as sent, broker_has as waiting:
            reaper.repeat_hints()
            sent.assert_not_called()
            Step.objects.update(
                hinted_at=timezone.now() - dt.timedelta(minutes=1),
                available_at=timezone.now() - dt.timedelta(minutes=1),
            )
            reaper.repeat_hints()
            sent.assert_called_once_with(QUEUE, 1)
            reaper.repeat_hints()
            sent.assert_called_once()
            long_ago = timezone.now() - dt.timedelta(minutes=1)
            Step.objects.update(hinted_at=long_ago, available_at=long_ago)
            waiting.return_value = 1
            reaper.repeat_hints()
            sent.assert_called_with(QUEUE, 0)

    def test_results_past_their_time_lose_text_files_and_result_but_not_their_cost(self) -> None:
        job = submitted(self.alice_key)
        steps.finish(claim(), Done(RESULT))
        Job.objects.update(purge_at=timezone.now() - dt.timedelta(seconds=1))
        self.assertEqual(reaper.purge_old_jobs(), 1)
        job.refresh_from_db()
        self.assertEqual((job.request, job.result, job.status), ({}, None, "completed"))
        self.assertEqual(self.balance(), CHARACTERS - 10)

    def test_an_unaffordable_job_leaves_nothing_behind(self) -> None:
        with self.assertRaises(ApiError) as refused:
            submitted(self.alice_key, CHARACTERS + 1)
        self.assertEqual(refused.exception.code, "insufficient_credits")
        self.assertFalse(Job.objects.exists())
        self.assertEqual(self.balance(), CHARACTERS)

    def test_only_so_many_jobs_may_wait(self) -> None:
        Plan.objects.filter(slug="pro").update(max_queued_jobs=2)
        submitted(self.alice_key), submitted(self.alice_key)
        with self.assertRaises(ApiError) as refused:
            submitted(self.alice_key)
        self.assertEqual(refused.exception.code, "too_many_concurrent")
        self.assertEqual(Job.objects.count(), 2)
        submitted(self.charlie_key)

    def test_a_broker_that_is_away_does_not_refuse_jobs(self) -> None:
        away = patch("apps.jobs.hints.app.send_task", side_effect=OSError("away"))
        with away, self.captureOnCommitCallbacks(execute=True):
            job = submitted(self.alice_key)
        self.assertEqual(self.status(job), "queued")


class IdempotencyTest(PlatformTest):
    def test_the_same_key_gives_the_same_job_and_charges_once(self) -> None:
        who = caller(self.alice_key)
        first = services.submit(who, order(20), request_id="r1", idempotency_key="k1")
        again = services.submit(who, order(20), request_id="r2", idempotency_key="k1")
        self.assertEqual((again.job.pk, again.credits_remaining), (first.job.pk, first.credits_remaining))
        self.assertTrue(again.replayed)
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS - 20)

    def test_another_body_under_the_same_key_is_refused(self) -> None:
        who = caller(self.alice_key)
        services.submit(who, order(20), request_id="r", idempotency_key="k1")
        with self.assertRaises(ApiError) as refused:
            services.submit(who, order(21), request_id="r", idempotency_key="k1")
        self.assertEqual(refused.exception.status, 422)

    def test_keys_of_different_customers_have_nothing_to_do_with_each_other(self) -> None:
        one = services.submit(caller(self.alice_key), order(), request_id="r", idempotency_key="k1")
        two = services.submit(caller(self.charlie_key), order(), request_id="r", idempotency_key="k1")
        self.assertNotEqual(one.job.pk, two.job.pk)

    def test_a_key_is_forgotten_after_a_day(self) -> None:
        who = caller(self.alice_key)
        one = services.submit(who, order(), request_id="r", idempotency_key="k1")
        IdempotencyKey.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
        self.assertNotEqual(
            services.submit(who, order(5), request_id="r", idempotency_key="k1").job.pk, one.job.pk
        )


class RacesTest(PlatformTransactionTest):
    def in_threads(self, count: int, work: object) -> list[object]:
        results: list[object] = []
        start = threading.Barrier(count)

        def run(number: int) -> None:
            start.wait()
            try:
                results.append(work(number))  # type: ignore[operator]
            except Exception as exc:
                results.append(exc)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=[n]) for n in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_eight_workers_at_once_never_take_the_same_step_nor_pass_the_limit(self) -> None:
        for _ in range(8):
            submitted(self.alice_key)
        taken = self.in_threads(8, lambda n: steps.claim(QUEUE, f"w{n}"))
        claims = [item for item in taken if isinstance(item, Claim)]
        self.assertEqual(len(claims), self.account.plan.concurrency, taken)
        self.assertEqual(len({item.step_id for item in claims}), len(claims))

    def test_twins_with_one_idempotency_key_make_one_job(self) -> None:
        who = caller(self.alice_key)
        answers = self.in_threads(
            6, lambda n: services.submit(who, order(20), request_id=f"r{n}", idempotency_key="twin").job.pk
        )
        self.assertEqual(len(set(answers)), 1, answers)
        self.account.refresh_from_db()
        self.assertEqual(self.account.balance, CHARACTERS - 20)

    def test_finishing_and_cancelling_at_once_settle_the_job_once(self) -> None:
        for _ in range(10):
            job = submitted(self.alice_key)
            mine = claim()
            self.in_threads(
                2, lambda n, j=job, m=mine: steps.finish(m, Done(RESULT)) if n else services.job_cancel(j.pk)
            )
            kinds = Counter(LedgerEntry.objects.filter(job_id=job.pk).values_list("kind", flat=True))
            self.assertEqual(kinds["commit"] + kinds["refund"], 1)
            job.refresh_from_db()
            self.assertEqual(kinds["commit"], job.status == JobStatus.COMPLETED)
        self.assertEqual(ledger_check(), [])

    def test_a_forgotten_job_id_is_simply_unknown(self) -> None:
        answer = ApiClient(self.alice_key).get(f"/v1/jobs/{uuid.uuid4()}")
        self.assertEqual(answer.status_code, 404)
