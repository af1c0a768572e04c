"""Absolute, expiring links to a finished job's file."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from apps.media.links import signed_path
from apps.media.store import media_store

from .models import Job, JobStatus


def result_url(request: HttpRequest, job: Job) -> str | None:
    """A link to the job's audio that works for LINK_TTL_SECONDS; None where there is none (yet, or any more)."""
    if job.status != JobStatus.COMPLETED or not job.result:
        return None
    result = job.result
    direct = media_store().link(
        result["key"],
        filename=result["filename"],
        content_type=result["content_type"],
        seconds=settings.LINK_TTL_SECONDS,
    )
    return direct or request.build_absolute_uri(signed_path(job.pk, result["filename"]))
