"""`/static/downloads/<uuid>/<file>`: a job's audio, to whoever holds a signed link or the owner's key."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase

from apps.limits.admission import admit
from apps.media import links
from apps.media.serving import stored_audio
from ttsplatform.errors import ApiError, answers_errors

from . import selectors
from .models import Job, JobStatus

# The name under which an SDK looks for a file it was given no link to.
FALLBACK_NAME = "tts_output.wav"


@answers_errors
async def download(request: HttpRequest, job_id: str, filename: str) -> HttpResponseBase:
    if request.method not in {"GET", "HEAD"}:
        raise ApiError("method_not_allowed")
    job = await sync_to_async(_job)(job_id, filename)
    expires, signature = request.GET.get("expires", ""), request.GET.get("signature", "")
    if not links.is_valid(job.pk, filename, expires, signature):
        await _require_owner(request, job)
    result = job.result or {}
    inside = {file["filename"]: file for file in result.get("files", ())}.get(filename)
    described = inside or result
    try:
        return await stored_audio(
            request,
            result["key"],
            filename=described["filename"],
            content_type=described["content_type"],
            stretch=(inside["offset"], inside["bytes"]) if inside else None,
        )
    except FileNotFoundError:
        raise ApiError("gone") from None


def _job(job_id: str, filename: str) -> Job:
    job = selectors.job_by_capability(selectors.parse_job_id(job_id))
    if job.status != JobStatus.COMPLETED or not job.result or "filename" not in job.result:
        raise ApiError("not_found", "This job has no audio (yet). Poll its result first.")
    inside = {file["filename"] for file in job.result.get("files", ())}
    if filename not in {job.result["filename"], FALLBACK_NAME, *inside}:
        raise ApiError("not_found", f"This job's file is called {job.result['filename']}.")
    return job


async def _require_owner(request: HttpRequest, job: Job) -> None:
    caller = await admit(request, kind="read")
    if caller.account is None or caller.account.pk != job.account_id:
        raise ApiError(
            "forbidden", "This link is not valid, or no longer. Poll the job's result again for a fresh link."
        )
