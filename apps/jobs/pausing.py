"""Queues that staff have paused: orders are taken and wait, and no worker begins a step until they are resumed.

What a worker has in hand goes on. Jobs that wait for longer than JOB_QUEUE_TTL_SECONDS expire as ever.
"""

from __future__ import annotations

from django.db import transaction

from .hints import MOST_AT_ONCE, hint
from .models import PausedQueue, Step, StepStatus


def queue_pause(queue: str, *, by: str, reason: str = "") -> bool:
    """From the next claim on. False where it was paused already."""
    _, made = PausedQueue.objects.get_or_create(queue=queue, defaults={"by": by, "reason": reason})
    return made


def queue_resume(queue: str) -> bool:
    """Workers begin at once. False where it was not paused."""
    deleted, _ = PausedQueue.objects.filter(queue=queue).delete()
    waiting = Step.objects.filter(queue=queue, status=StepStatus.QUEUED)[:MOST_AT_ONCE].count()
    transaction.on_commit(lambda: hint(queue, waiting))
    return bool(deleted)


def queues_paused() -> dict[str, PausedQueue]:
    """By name."""
    return {row.queue: row for row in PausedQueue.objects.all()}
