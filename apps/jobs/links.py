"""Absolute, expiring links to a finished job's file."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest

from apps.media.links import sign, signed_path
from apps.media.store import media_store

from .models import Batch, Job, JobStatus

BATCH_ZIP = "batch.zip"
"""What links to a batch's ZIP are signed for."""


def origin_of(request: HttpRequest) -> str:
    """Scheme and host by which the customer reached us, without a slash at the end."""
    return request.build_absolute_uri("/").rstrip("/")


def result_url(request: HttpRequest, job: Job) -> str | None:
    """A link to the job's audio that works for LINK_TTL_SECONDS; None where there is none (yet, or any more)."""
    return link_to(job, origin_of(request))


def file_links(job: Job, origin: str) -> dict[str, str]:
    """Links to the single files in a job's result, by their names; none where it is one file."""
    files = (job.result or {}).get("files", ()) if job.status == JobStatus.COMPLETED else ()
    return {file["name"]: origin + signed_path(job.pk, file["filename"]) for file in files}


def links_of(job_ids: Sequence[uuid.UUID | str], origin: str) -> dict[str, str]:
    """Links to those of these jobs that have audio, by the hex of their ids."""
    jobs = Job.objects.filter(pk__in=job_ids).only("status", "result")
    links = {job.pk.hex: link_to(job, origin) for job in jobs}
    return {job_hex: link for job_hex, link in links.items() if link}


def link_to(job: Job, origin: str) -> str | None:
    """As result_url, for whoever reads without a request. None also where the host is not known."""
    if job.status != JobStatus.COMPLETED or "key" not in (job.result or {}):
        return None
    result = job.result or {}
    direct = media_store().link(
        result["key"],
        filename=result["filename"],
        content_type=result["content_type"],
        seconds=settings.LINK_TTL_SECONDS,
    )
    return direct or (origin + signed_path(job.pk, result["filename"]) if origin else None)


def batch_zip_path(batch: Batch) -> str:
    """The path and query of a link to the batch's sound in one ZIP, which works for LINK_TTL_SECONDS."""
    expires = int(time.time()) + settings.LINK_TTL_SECONDS
    signature = sign(batch.pk, BATCH_ZIP, expires)
    return f"/v1/tts/batch/{batch.pk.hex}/zip/?expires={expires}&signature={signature}"
