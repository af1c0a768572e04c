"""POST /v1/tts/, its result, and its subtitles.

The document shows the same call answered by a job and by audio. A job is the rule (every SDK needs it); the audio
itself comes when `Accept` names an audio type, or with `?wait=true`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import Caller, caller_of
from apps.jobs.links import origin_of, result_url
from apps.jobs.models import Job, JobStatus
from apps.jobs.selectors import job_by_capability, parse_job_id, progress_of, queue_position
from apps.jobs.services import Submission, submit
from apps.jobs.speech import speech_order
from apps.jobs.subtitles import subtitles
from apps.jobs.waiting import wait_for
from apps.limits import gate
from apps.media.store import media_store
from apps.voices.selectors import voice_get
from apps.voices.speaking import likeness_headers, to_speak
from apps.webhooks.services import url_checked
from ttsplatform.errors import ApiError

from .serializers import SpeakRequest
from .streaming import stream_answer
from .tool_fields import tool_fields

_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*(\d{1,4})\s*(?:,|;|$)")


class Speak(APIView):
    """POST: order speech."""

    scope = "speech"
    open_to_anonymous = True
    limit_kind = "work"
    always_streams = False

    def post(self, request: Request) -> HttpResponseBase:
        if not isinstance(request.data, dict):
            raise ApiError("bad_request", "The body must be a JSON object with at least a text.")
        fields = SpeakRequest(data=request.data)
        fields.is_valid(raise_exception=True)
        wanted = fields.validated_data
        caller = caller_of(request)
        saved = None
        if wanted.get("user_voice_id"):
            saved = to_speak(voice_get(caller, public_id=wanted["user_voice_id"]))
        order = speech_order(
            caller,
            text=wanted["text"],
            model=wanted.get("model"),
            voice=wanted.get("voice"),
            language=wanted.get("language"),
            format=wanted["format"].lower(),
            speed=wanted["speed"],
            saved=saved,
        )
        http = request._request
        webhook_url = url_checked(caller.account, wanted.get("webhook_url"))
        if self.always_streams or wanted["stream"]:
            if webhook_url:
                message = (
                    "webhook_url: a streamed answer is told of by its own end. Leave one of the two out."
                )
                raise ApiError("bad_request", message, param="webhook_url")
            return stream_answer(http, caller, order)
        seconds, as_audio = waiting_wanted(http)
        # A request that waits is work at once, so it takes one of the plan's slots, before anything is ordered.
        with waiting_slot(caller, http.request_id, seconds):  # type: ignore[attr-defined]
            submission = submit(
                caller,
                order,
                request_id=http.request_id,  # type: ignore[attr-defined]
                idempotency_key=request.headers.get("Idempotency-Key"),
                webhook_url=webhook_url,
                origin=origin_of(http),
            )
            if not seconds:
                return with_headers(Response(job_answer(http, submission)), submission.job)
            job = wait_for(submission.job.pk, seconds)
        if as_audio and job.is_finished:
            return with_headers(audio_answer(job), job)
        response = Response({**job_answer(http, submission), **result_answer(http, job)})
        response["Preference-Applied"] = f"wait={seconds}"
        return with_headers(response, job)


class Result(APIView):
    """GET ?uuid=: readable by anyone who knows the uuid, as in the document's example."""

    open_to_anonymous = True

    def get(self, request: Request) -> HttpResponseBase:
        uuid = request.query_params.get("uuid", "")
        if not uuid:
            raise ApiError("bad_request", "uuid: which job? Send ?uuid=…", param="uuid")
        job = job_by_capability(parse_job_id(uuid))
        return with_headers(Response(result_answer(request._request, job)), job)


class Subtitles(APIView):
    """GET ?uuid=&format=srt|vtt."""

    open_to_anonymous = True

    def get(self, request: Request) -> Response:
        job = job_by_capability(parse_job_id(request.query_params.get("uuid", "")))
        format = request.query_params.get("format", "srt")
        made = subtitles(job, format)
        return Response(
            {
                "format": format,
                "content": made.content,
                "cached": False,
                "segment_count": made.count,
                "language": job.language,
                "duration": (job.result or {})["duration"],
            }
        )


def waiting_wanted(request: HttpRequest) -> tuple[int, bool]:
    """(seconds to wait, whether the answer is the audio): from ?wait, Accept and Prefer."""
    most = settings.JOB_MAX_WAIT_SECONDS
    accept = request.headers.get("Accept", "").lower()
    named_audio = "audio/" in accept or "application/octet-stream" in accept
    if request.GET.get("wait", "").lower() in {"1", "true", "yes"} or (named_audio and "json" not in accept):
        return most, True
    prefer = _WAIT.search(request.headers.get("Prefer", "").lower())
    return (min(int(prefer[1]), most), False) if prefer else (0, False)


@contextlib.contextmanager
def waiting_slot(caller: Caller, request_id: str, seconds: int) -> Iterator[None]:
    """Holds a slot while a request waits; nothing where it does not. Raises too_many_concurrent."""
    if not seconds:
        yield
        return
    gate.hold(caller, request_id, seconds + 10)
    try:
        yield
    finally:
        gate.leave(caller, request_id)


def job_answer(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """The answer to an accepted order; with a voice of the caller's own also how like its speaker it is."""
    job = submission.job
    answer: dict[str, Any] = {
        "uuid": job.pk.hex,
        "job_id": str(job.pk),
        "share_uuid": job.pk.hex,
        "status": "queued",
        "model": job.model,
        "served_model": job.served_model,
        "voice": job.voice,
        "language": job.language,
        "credits_used": job.price,
        "credits_remaining": submission.credits_remaining,
        "status_url": request.build_absolute_uri(f"/v1/speech/results/?uuid={job.pk.hex}"),
    }
    return {**answer, **(job.likeness or {})}


def result_answer(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What polling says: processing, completed or failed."""
    answer: dict[str, Any] = {"uuid": job.pk.hex, "job_id": str(job.pk), "job_status": job.status}
    if job.status == JobStatus.COMPLETED:
        url = result_url(request, job)
        result = job.result or {}
        return {
            **answer,
            **(job.likeness or {}),
            "status": "completed",
            "result_url": url,
            "url": url,
            "cdn_url": url,
            "progress": 1.0,
            "format": result.get("format"),
            "duration": result.get("duration"),
            "model": job.model,
            "served_model": job.served_model,
            "credits_used": job.price,
            **tool_fields(request, job),
        }
    if job.is_finished:
        return {
            **answer,
            "status": "failed",
            "error": job.error_message,
            "message": job.error_message,
            "error_code": job.error_code,
            "credits_used": 0,
        }
    return {
        **answer,
        "status": "processing",
        "progress": round(progress_of(job), 3),
        "queue_position": queue_position(job),
    }


def audio_answer(job: Job) -> HttpResponse:
    """The finished job's audio as the body; its failure as an error. Raises gone where it was deleted."""
    if job.purged_at is not None:
        raise ApiError("gone", "This result has been deleted, or its retention time is over.")
    if job.status != JobStatus.COMPLETED or not job.result:
        code = "bad_request" if job.error_code in {"cannot_speak", "cannot_process"} else "internal_error"
        raise ApiError(code, job.error_message)
    with media_store().open(job.result["key"]) as file:
        response = HttpResponse(file.read(), content_type=job.result["content_type"])
    response["Content-Disposition"] = f'attachment; filename="{job.result["filename"]}"'
    return response


def with_headers(response: HttpResponseBase, job: Job) -> HttpResponseBase:
    """The headers that go with every answer about a job."""
    response["X-Credits-Used"] = str(job.price if job.status not in {"failed", "canceled", "expired"} else 0)
    response["X-Job-Id"] = job.pk.hex
    response["X-Served-Model"] = job.served_model
    for name, value in likeness_headers(job.likeness).items():
        response[name] = value
    return response
