"""What a worker does with steps: claim, beat, finish, fail.

A claim leases a step: the lease is a fencing token that every later write must name, so a worker that was
thought dead and comes back changes nothing. All times are the database's.
"""

from __future__ import annotations

import functools
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from workers.pipelines.base import Done, Fork, Outcome, PartDone
from workers.runtime.naming import unit_of

from . import closing, events
from .hints import hint
from .models import FINISHED, Job, JobStatus, Step, StepStatus


class LeaseLost(Exception):
    """The step is no longer this worker's: cancelled, or leased to another after a silence."""


@dataclass(frozen=True)
class Claim:
    """A leased step and what is needed to do it."""

    step_id: int
    job_id: uuid.UUID
    lease: uuid.UUID
    attempt: int
    kind: str
    name: str
    queue: str
    request: dict[str, Any]
    payload: dict[str, Any]
    request_id: str
    waited_seconds: float
    account_id: str
    """Whose job it is, for log lines; empty for callers without a key."""
    traceparent: str


# Whose turn is it? Of the lanes with something queued (found by hopping along the index, so a backlog of 10,000
# steps costs as much as one of 10), those below their limit; of these the one with the fewest running steps, then
# the one whose last turn is longest ago.
_PICK = """
WITH RECURSIVE lanes AS (
  (SELECT lane FROM jobs_step WHERE queue = %(queue)s AND status = 'queued' ORDER BY lane LIMIT 1)
  UNION ALL
  SELECT (SELECT s.lane FROM jobs_step s WHERE s.queue = %(queue)s AND s.status = 'queued' AND s.lane > lanes.lane
          ORDER BY s.lane LIMIT 1)
  FROM lanes WHERE lanes.lane IS NOT NULL
), busy AS (
  SELECT lane, count(*) AS running FROM jobs_step WHERE status = 'running' GROUP BY lane
)
SELECT head.id, head.job_id FROM lanes
LEFT JOIN busy ON busy.lane = lanes.lane
CROSS JOIN LATERAL (
  SELECT s.id, s.job_id, s.ordered_at, s.lane_limit FROM jobs_step s
  WHERE s.queue = %(queue)s AND s.status = 'queued' AND s.lane = lanes.lane AND s.available_at <= clock_timestamp()
  ORDER BY s.ordered_at, s.id LIMIT 1
) head
LEFT JOIN LATERAL (
  SELECT t.claimed_at FROM jobs_step t WHERE t.lane = lanes.lane AND t.claimed_at IS NOT NULL
  ORDER BY t.claimed_at DESC LIMIT 1
) turn ON true
WHERE lanes.lane IS NOT NULL AND coalesce(busy.running, 0) < head.lane_limit
  AND NOT EXISTS (SELECT 1 FROM jobs_pausedqueue WHERE queue = %(queue)s)
  AND NOT EXISTS (SELECT 1 FROM jobs_drainedworker WHERE name = %(unit)s)
ORDER BY coalesce(busy.running, 0), turn.claimed_at NULLS FIRST, head.ordered_at
LIMIT 1
"""

_TAKE = """
WITH taken AS (
  UPDATE jobs_step SET status = 'running', attempt = attempt + 1, lease = %(lease)s, worker = %(worker)s,
         claimed_at = clock_timestamp(), progress = 0,
         lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
  WHERE id = %(step)s AND status = 'queued'
  RETURNING id, job_id, attempt, name, payload, available_at
), begun AS (
  UPDATE jobs_job SET status = 'running', started_at = coalesce(started_at, clock_timestamp())
  FROM taken WHERE jobs_job.id = taken.job_id AND jobs_job.status = 'queued' RETURNING jobs_job.id
)
SELECT taken.attempt, taken.name, taken.payload::text, job.kind, job.request::text, job.request_id,
       extract(epoch FROM clock_timestamp() - taken.available_at)::float8, EXISTS (SELECT 1 FROM begun),
       coalesce(job.account_id::text, ''), job.traceparent
FROM taken JOIN jobs_job job ON job.id = taken.job_id
"""


def claim(queue: str, worker: str) -> Claim | None:
    """Lease the next step of `queue`, fairly between lanes; None where nothing may run now.

    Claims of one queue go one after another (an advisory lock for about two milliseconds), which is what makes
    the turns exact and keeps a lane from passing its limit by a race.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"claim:{queue}"])
        while True:
            cursor.execute(_PICK, {"queue": queue, "unit": unit_of(worker)})
            row = cursor.fetchone()
            if row is None:
                return None
            step_id, job_id = row
            # The job first, as everywhere, so that a cancellation at this moment cannot deadlock with us.
            cursor.execute("SELECT 1 FROM jobs_job WHERE id = %s FOR UPDATE", [job_id])
            lease = uuid.uuid4()
            values = {
                "lease": lease,
                "worker": worker,
                "seconds": settings.JOB_LEASE_SECONDS,
                "step": step_id,
            }
            cursor.execute(_TAKE, values)
            taken = cursor.fetchone()
            if taken is not None:
                break
    attempt, name, payload, kind, request, request_id, waited, begun, account_id, traceparent = taken
    if begun:
        events.tell(job_id, JobStatus.RUNNING, 0.0)
    return Claim(
        step_id=step_id,
        job_id=job_id,
        lease=lease,
        attempt=attempt,
        kind=kind,
        name=name,
        queue=queue,
        request=json.loads(request),
        payload=json.loads(payload),
        request_id=request_id,
        waited_seconds=waited,
        account_id=account_id,
        traceparent=traceparent,
    )


def beat(claim: Claim, progress: float) -> bool:
    """Prolong the lease and note the progress. False: stop, the step is no longer ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_step SET lease_until = clock_timestamp() + make_interval(secs => %s), progress = %s"
            " WHERE id = %s AND lease = %s AND status = 'running'",
            [settings.JOB_LEASE_SECONDS, progress, claim.step_id, claim.lease],
        )
        return bool(cursor.rowcount == 1)


def finish(claim: Claim, outcome: Outcome) -> None:
    """Record what the step achieved, and carry the job on or settle it. Raises LeaseLost."""
    with transaction.atomic():
        job = _lock_mine(claim)
        result = outcome.result if isinstance(outcome, PartDone) else None
        Step.objects.filter(pk=claim.step_id).update(
            status=StepStatus.DONE, lease=None, lease_until=None, progress=1.0, result=result
        )
        if isinstance(outcome, Done):
            job.parts_done = job.parts_total
            closing.complete(job, outcome.result)
        elif isinstance(outcome, Fork):
            _fork(job, claim, outcome)
        else:
            _part_done(job, claim)


def fail(claim: Claim, code: str, message: str, *, retry: bool) -> None:
    """The step failed: try again after a pause where that may help, else fail the job. Raises LeaseLost."""
    with transaction.atomic():
        job = _lock_mine(claim)
        if retry and claim.attempt < settings.JOB_MAX_ATTEMPTS:
            pause = min(30.0, 0.5 * 2**claim.attempt)
            requeue(claim.step_id, pause)
        else:
            closing.fail(job, code, message)


def requeue(step_id: int, pause_seconds: float = 0.0) -> None:
    """Make a step claimable again after a pause."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_step SET status = 'queued', lease = NULL, lease_until = NULL, progress = 0, hinted_at = now(),"
            " available_at = clock_timestamp() + make_interval(secs => %s) WHERE id = %s",
            [pause_seconds, step_id],
        )


def _lock_mine(claim: Claim) -> Job:
    job = closing.lock(claim.job_id)
    mine = Step.objects.select_for_update().filter(
        pk=claim.step_id, lease=claim.lease, status=StepStatus.RUNNING
    )
    if job is None or job.status in FINISHED or not mine.exists():
        raise LeaseLost
    return job


def _fork(job: Job, claim: Claim, fork: Fork) -> None:
    template = Step.objects.get(pk=claim.step_id)
    job.parts_total, job.after_parts = len(fork.payloads), fork.then
    job.save(update_fields=["parts_total", "after_parts"])
    Step.objects.bulk_create(
        _follow_up(template, fork.part, index, dict(payload)) for index, payload in enumerate(fork.payloads)
    )
    transaction.on_commit(functools.partial(hint, claim.queue, len(fork.payloads) - 1))


def _part_done(job: Job, claim: Claim) -> None:
    job.parts_done = F("parts_done") + 1
    job.save(update_fields=["parts_done"])
    job.refresh_from_db(fields=["parts_done"])
    done, total = job.parts_done, job.parts_total
    if done == total:
        _follow_up(Step.objects.get(pk=claim.step_id), job.after_parts, 0, {"parts": total}).save()
    transaction.on_commit(lambda: events.tell(job.pk, JobStatus.RUNNING, done / (total + 1)))


def _follow_up(template: Step, name: str, index: int, payload: dict[str, Any]) -> Step:
    return Step(
        job_id=template.job_id,
        name=name,
        index=index,
        payload=payload,
        queue=template.queue,
        lane=template.lane,
        lane_limit=template.lane_limit,
        ordered_at=template.ordered_at,
    )
