"""Finds again what was lost: dead workers' steps, lost hints, jobs that waited too long, results past their time.

Every sweep is safe to run twice at once (SKIP LOCKED, conditional updates) and after any crash.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.webhooks import services as webhooks
from ttsplatform.counting import count as count_event

from . import closing, services, switched_off
from .hints import MOST_AT_ONCE, hint, hints_waiting
from .idempotency import KEPT
from .models import IdempotencyKey, Job, JobStatus, Step, StepStatus
from .steps import requeue

logger = logging.getLogger(__name__)

# A queued step whose hint is older than this gets another one; well above the usual wait of a hint itself.
HINT_AGAIN_SECONDS = 5.0
# What the store refused to delete is tried again after so long.
PURGE_AGAIN = dt.timedelta(minutes=1)


def sweep() -> dict[str, int]:
    """One round; returns how much each part did."""
    return {
        "recovered": recover_expired_leases(),
        "hinted": repeat_hints(),
        "expired": expire_waiting_jobs(),
        "switched_off": switched_off.cancel_work(),
        "purged": purge_old_jobs(),
        "webhooks_due": webhooks.sweep(),
    }


def recover_expired_leases() -> int:
    """Steps whose worker fell silent become claimable again, or fail their job once the attempts are used up."""
    count = 0
    silent = Step.objects.filter(status=StepStatus.RUNNING, lease_until__lt=_database_now())
    for step_id, job_id in silent.values_list("pk", "job_id")[:500]:
        with transaction.atomic():
            job = closing.lock(job_id)
            step = (
                Step.objects.select_for_update()
                .filter(pk=step_id, status=StepStatus.RUNNING, lease_until__lt=_database_now())
                .first()
            )
            if job is None or step is None or job.is_finished:
                continue
            if step.attempt >= settings.JOB_MAX_ATTEMPTS:
                message = f"The job was started {step.attempt} times and never finished. Nothing was charged."
                closing.fail(job, "internal_error", message)
            else:
                requeue(step.pk)
                transaction.on_commit(functools.partial(hint, step.queue))
            count_event("tts_leases_lost")
            logger.warning(
                "lease ran out", extra={"job": str(job_id), "step": step_id, "worker": step.worker}
            )
            count += 1
    return count


def repeat_hints() -> int:
    """Wake workers for steps that are due and whose hint may have been lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_step SET hinted_at = clock_timestamp() WHERE id IN ("
            "  SELECT id FROM jobs_step WHERE status = 'queued' AND available_at <= clock_timestamp()"
            "  AND greatest(hinted_at, available_at) < clock_timestamp() - make_interval(secs => %s)"
            "  ORDER BY ordered_at LIMIT 1000 FOR UPDATE SKIP LOCKED) RETURNING queue",
            [HINT_AGAIN_SECONDS],
        )
        queues = [row[0] for row in cursor.fetchall()]
        # A step put back with a pause gets its hint when the pause is over, without waiting for the above.
        cursor.execute(
            "SELECT DISTINCT queue FROM jobs_step WHERE status = 'queued' AND attempt > 0"
            " AND available_at BETWEEN clock_timestamp() - make_interval(secs => %s) AND clock_timestamp()",
            [settings.REAPER_INTERVAL_SECONDS],
        )
        queues += [row[0] for row in cursor.fetchall()]
    for queue in set(queues):
        hint(queue, min(queues.count(queue), MOST_AT_ONCE) - hints_waiting(queue))
    return len(queues)


def expire_waiting_jobs() -> int:
    """Jobs no worker began in time: expired and refunded."""
    count = 0
    waiting = Job.objects.filter(status=JobStatus.QUEUED, expires_at__lt=timezone.now())
    for job_id in waiting.values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            job = closing.lock(job_id)
            if job is not None and job.status == JobStatus.QUEUED:
                closing.expire(job)
                count += 1
    return count


def purge_old_jobs() -> int:
    """Results past the plan's retention are deleted with their text; old idempotency keys go too."""
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    due = Job.objects.filter(purged_at=None, purge_at__lt=timezone.now()).values_list("pk", flat=True)[:200]
    count = 0
    for job_id in due:
        try:
            services.job_purge(job_id)
            count += 1
        except Exception:  # whatever the store raises; the others are not to wait for this one
            logger.exception("a job could not be purged yet", extra={"job": str(job_id)})
            Job.objects.filter(pk=job_id).update(purge_at=timezone.now() + PURGE_AGAIN)
    return count


def _database_now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now
