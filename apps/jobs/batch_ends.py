"""How far a batch is, and its end: whoever ends the last job writes the message."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from apps.webhooks import services as webhooks

from .models import FINISHED, Batch, Job, JobStatus


@dataclass(frozen=True)
class BatchState:
    """A batch as it is now: its jobs in order (without their texts), and how many have ended which way."""

    batch: Batch
    jobs: list[Job]
    completed: int
    failed: int

    @property
    def is_finished(self) -> bool:
        return self.completed + self.failed == self.batch.total

    @property
    def progress(self) -> float:
        """The share of the items that have ended, 0…1."""
        return (self.completed + self.failed) / self.batch.total

    @property
    def credits_charged(self) -> int:
        """What the completed items cost; the others cost nothing."""
        return sum(credits_of(job) for job in self.jobs)


def batch_state(batch: Batch) -> BatchState:
    """How far a batch is; two queries."""
    jobs = list(jobs_in(batch))
    completed = sum(job.status == JobStatus.COMPLETED for job in jobs)
    failed = sum(job.status in FINISHED for job in jobs) - completed
    return BatchState(batch, jobs, completed, failed)


def item_ended(batch_id: uuid.UUID) -> None:
    """Called in the transaction that ends a job of a batch. Whoever ends the last one writes the message."""
    with connection.cursor() as cursor:
        # The row stays locked until the commit, so that two jobs that end at once count one after the other.
        cursor.execute(
            "UPDATE jobs_batch SET ended = ended + 1,"
            " finished_at = CASE WHEN ended + 1 = total THEN clock_timestamp() END"
            " WHERE id = %s RETURNING ended = total",
            [batch_id],
        )
        (last,) = cursor.fetchone()
    if last:
        _announce(batch_state(Batch.objects.get(pk=batch_id)))


def _announce(state: BatchState) -> None:
    """The document tells of batches as of any other task; `object` and the counts say that it is one."""
    batch = state.batch
    origin = settings.PUBLIC_URL or batch.origin
    event = "task.completed" if state.completed else "task.failed"
    payload = {
        "event": event,
        "object": "batch",
        "task_id": batch.pk.hex,
        "status": "success" if not state.failed else "partial" if state.completed else "failed",
        "result_url": f"{origin}/v1/tts/batch/result/?batch_id={batch.pk.hex}" if origin else None,
        "credits_used": state.credits_charged,
        "created_at": webhooks.moment(batch.created_at),
        "completed_at": webhooks.moment(batch.finished_at),
        "total": batch.total,
        "completed": state.completed,
        "failed": state.failed,
        # The sender adds each one's url.
        "items": [
            {
                "index": job.batch_index,
                "uuid": job.pk.hex,
                "status": "completed" if job.status == JobStatus.COMPLETED else "failed",
                "error": job.error_message,
                "credits": credits_of(job),
            }
            for job in state.jobs
        ],
    }
    webhooks.announce(batch.account_id, event, batch.pk, payload, url=batch.webhook_url, origin=batch.origin)


def jobs_in(batch: Batch) -> QuerySet[Job]:
    """A batch's jobs in the order they were ordered in, without their texts."""
    return Job.objects.filter(batch=batch).defer("request").order_by("batch_index")


def credits_of(job: Job) -> int:
    """What a job has cost: nothing, unless it was completed."""
    return job.price if job.status == JobStatus.COMPLETED else 0
