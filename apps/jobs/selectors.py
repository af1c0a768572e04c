"""Reading jobs. Every look-up on behalf of a customer names whose jobs may be seen."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Avg, QuerySet

from apps.accounts.models import Account
from ttsplatform.errors import ApiError
from ttsplatform.keyset import page_of

from .models import UNFINISHED, Job, JobStatus, Step, StepStatus


def parse_job_id(text: str) -> uuid.UUID:
    """A job's id from its hex or dashed form; ApiError not_found for anything else."""
    try:
        if len(text) in (32, 36):
            return uuid.UUID(text)
    except ValueError:
        pass
    raise ApiError("not_found", f"There is no job {text[:64]!r}.")


def jobs_of(account: Account) -> QuerySet[Job]:
    """The account's jobs, newest first, without their texts."""
    return Job.objects.filter(account=account).defer("request").order_by("-created_at", "-id")


def jobs_page(
    account: Account,
    *,
    size: int,
    before: str = "",
    status: str = "",
    service: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> tuple[list[Job], str | None]:
    """A page of the account's jobs, newest first, and the `before` of the page that follows; None where none does.

    Raises bad_request for a `before` that is none.
    """
    jobs = jobs_of(account)
    if status:
        jobs = jobs.filter(status=status)
    if service:
        jobs = jobs.filter(service=service)
    if since is not None:
        jobs = jobs.filter(created_at__gte=since)
    if until is not None:
        jobs = jobs.filter(created_at__lt=until)
    return page_of(jobs, size=size, before=before)


def unfinished_of(account: Account) -> int:
    """How many of the account's jobs wait or run."""
    return Job.objects.filter(lane=f"account:{account.pk}", status__in=UNFINISHED).count()


def job_of(account: Account, job_id: uuid.UUID) -> Job:
    """One of the account's jobs; not_found for a stranger's as for one that never was."""
    job = Job.objects.filter(account=account, pk=job_id).defer("request").first()
    if job is None:
        raise ApiError("not_found", f"There is no job {job_id.hex}.")
    return job


def job_by_capability(job_id: uuid.UUID) -> Job:
    """Any job, for whoever knows its unguessable id: results may be read without a key.

    Raises not_found, or gone where the result was deleted or its time was over.
    """
    job = Job.objects.filter(pk=job_id).defer("request").first()
    if job is None:
        raise ApiError("not_found", f"There is no job {job_id.hex}.")
    if job.purged_at is not None:
        raise ApiError("gone", "This result has been deleted, or its retention time is over.")
    return job


def progress_of(job: Job) -> float:
    """How much of the job is done, 0…1: its parts, and what the running steps said last."""
    if job.status == JobStatus.COMPLETED:
        return 1.0
    if job.is_finished or job.status == JobStatus.QUEUED:
        return 0.0
    running = job.steps.filter(status=StepStatus.RUNNING)
    if not job.parts_total:
        return float(running.aggregate(mean=Avg("progress"))["mean"] or 0.0)
    begun = sum(running.values_list("progress", flat=True))
    return min(1.0, (job.parts_done + begun) / (job.parts_total + 1))


def queue_position(job: Job) -> int | None:
    """How many of the same customer's jobs go first, counting from 1; None unless it waits."""
    if job.status != JobStatus.QUEUED:
        return None
    ahead = Job.objects.filter(lane=job.lane, status=JobStatus.QUEUED, created_at__lt=job.created_at)
    return ahead.count() + 1


def queue_size() -> int:
    """How many steps wait for a worker, of everybody."""
    return Step.objects.filter(status=StepStatus.QUEUED).count()


def describe(job: Job) -> dict[str, Any]:
    """A job as our own API shows it (links are added by the view, which knows the host)."""
    return {
        "id": str(job.pk),
        "object": "job",
        "kind": job.kind,
        "status": job.status,
        "progress": round(progress_of(job), 4),
        "queue_position": queue_position(job),
        "model": job.model,
        "served_model": job.served_model,
        "voice": job.voice,
        "language": job.language,
        "characters": job.characters,
        "credits_used": job.price if job.status == JobStatus.COMPLETED else 0,
        "duration": (job.result or {}).get("duration"),
        "error": {"code": job.error_code, "message": job.error_message} if job.error_code else None,
        "request_id": job.request_id,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "purged": job.purged_at is not None,
    }
