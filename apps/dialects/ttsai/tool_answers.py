"""What tools answer with when their job is completed."""

from __future__ import annotations

from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.jobs.models import Job
from apps.jobs.tools import STEMS
from apps.media.serving import in_threads
from apps.media.store import media_store
from ttsplatform.errors import ApiError

from .speech import result_answer
from .user_voices import form_of

REST, ZIP = "accompaniment", "zip"


def as_file(request: Request, job: Job) -> HttpResponseBase:
    """The file that was made, streamed out of the store."""
    result = job.result or {}
    response = _stretch(job, 0, None, result["content_type"], result["filename"])
    if "applied" in result:
        response["X-Applied"] = ", ".join(result["applied"]) or "nothing"
    return response


def as_analysis(request: Request, job: Job) -> Response:
    """The document's fields first."""
    return Response({**(job.result or {})["analysis"], **result_answer(request._request, job)})


def as_stems(request: Request, job: Job) -> HttpResponseBase:
    """JSON with links; the ZIP where `Accept` asks for one; a stem's audio where `stem` names it, or `Accept` asks.

    Audio without a name is the accompaniment: the recording without its vocals.
    """
    stems = {file["name"]: file for file in (job.result or {})["files"]}
    wanted = stem_wanted(request, len(stems))
    if wanted in stems:
        file = stems[wanted]
        return _stretch(job, file["offset"], file["bytes"], file["content_type"], file["filename"])
    if wanted == ZIP:
        return as_file(request, job)
    return Response(result_answer(request._request, job))


def stem_wanted(request: Request, count: int) -> str:
    """The stem that the answer is to be, ZIP for all in one, "" for JSON. Raises bad_request where there is none."""
    accept = request.headers.get("Accept", "").lower()
    named = str(form_of(request).get("stem") or request.query_params.get("stem") or "").strip().lower()
    if not named:
        if "application/zip" in accept:
            return ZIP
        if "audio/" not in accept or "json" in accept:
            return ""
    names = STEMS.get(count, ())
    if (named or REST) not in names and names:
        raise ApiError("bad_request", f"stem: name one of {', '.join(names)}.", param="stem")
    return named or REST


def _stretch(
    job: Job, start: int, length: int | None, content_type: str, filename: str
) -> StreamingHttpResponse:
    """Part of a job's file, or all of it; never all in memory. Raises gone."""
    store, result = media_store(), job.result or {}
    try:
        size = store.size(result["key"])
    except FileNotFoundError:
        raise ApiError("gone") from None
    end = size if length is None else start + length
    response = StreamingHttpResponse(
        in_threads(store.read_range(result["key"], start, end)), content_type=content_type
    )
    response["Content-Length"] = str(end - start)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
