"""The ways a job ends. Each runs inside the caller's transaction with the job's row locked.

The order of locks is the same everywhere: job, then steps, then batch, then account. The ledger's own unique
constraint is the second line of defence: whatever is retried, a job is settled once. Whoever wants to be told of the
end is written down in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.selectors import free_plan
from apps.limits.anonymous import anonymous_refund
from apps.usage import services as usage
from apps.webhooks import services as webhooks
from ttsplatform.counting import count

from . import batch_ends, events, recordings
from .models import FINISHED, Job, JobStatus, StepStatus


def lock(job_id: uuid.UUID) -> Job | None:
    """The job's row, locked until the transaction ends; None where it is gone."""
    return Job.objects.select_for_update().filter(pk=job_id).first()


def complete(job: Job, result: Mapping[str, Any]) -> None:
    """The result is stored: charge for it."""
    job.result = dict(result)
    _close(job, JobStatus.COMPLETED)
    if job.account_id:
        usage.commit(job.pk, job.price)


def fail(job: Job, code: str, message: str) -> None:
    """Given up: say why, refund."""
    job.error_code, job.error_message = code, message[:2000]
    _close(job, JobStatus.FAILED)
    _refund(job, code)


def cancel(job: Job) -> None:
    job.error_code, job.error_message = "canceled", "The job was cancelled."
    _close(job, JobStatus.CANCELED)
    _refund(job, "canceled")


def expire(job: Job) -> None:
    job.error_code = "expired"
    job.error_message = "No worker took the job in time. Nothing was charged; please try again."
    _close(job, JobStatus.EXPIRED)
    _refund(job, "expired")


def _close(job: Job, status: JobStatus) -> None:
    assert job.status not in FINISHED
    now = timezone.now()
    job.status, job.finished_at = status, now
    job.purge_at = now + dt.timedelta(days=retention_days(job))
    # What it spoke with is the voice's own, and is deleted with the voice.
    spoke_with = (job.request.get("options") or {}).pop("voice_data", None)
    job.save(
        update_fields=[
            "status",
            "finished_at",
            "purge_at",
            *(["request"] if spoke_with else []),
            "result",
            "error_code",
            "error_message",
            "parts_done",
        ]
    )
    job.steps.filter(status__in=[StepStatus.QUEUED, StepStatus.RUNNING]).update(
        status=StepStatus.CANCELED, lease=None, lease_until=None
    )
    webhooks.job_ended(job)
    if job.batch_id is not None:
        batch_ends.item_ended(job.batch_id)
    progress = 1.0 if status == JobStatus.COMPLETED else 0.0
    if "source" in job.request:
        transaction.on_commit(lambda: recordings.forget(job.pk))
    transaction.on_commit(lambda: events.tell(job.pk, status, progress))
    transaction.on_commit(lambda: count("tts_jobs_ended", kind=job.kind, status=status.value))


def _refund(job: Job, reason: str) -> None:
    if job.account_id:
        usage.refund(job.pk, reason)
    elif job.lane.startswith("network:"):
        network, job_id, price = job.lane.removeprefix("network:"), job.pk, job.price
        transaction.on_commit(lambda: anonymous_refund(network, job_id, price))


def retention_days(job: Job) -> int:
    """How long the plan keeps results; anonymous callers have the Free plan's."""
    plan = job.account.plan if job.account else free_plan()
    return plan.retention_days
