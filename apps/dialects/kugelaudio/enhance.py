"""POST /v1/audio/enhance: a recording in, mono PCM16 at 24 kHz without its noise out; or with one voice alone kept."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.jobs.models import Job
from apps.jobs.recordings import received
from apps.jobs.speakers import speaker_sample
from apps.jobs.tools import DENOISER, SPEECH_BYTES, enhance_order
from apps.jobs.working import worked
from apps.media.serving import in_threads
from apps.media.store import media_store
from ttsplatform.errors import ApiError

NOISE, SPEAKER = "noise_removal", "target_speaker_extraction"
TASKS = (NOISE, SPEAKER)
RATE = 24_000
LONGEST_SECONDS = 300
WAIT_SECONDS = 55
"""The SDK gives a request a minute."""


class Enhance(APIView):
    """POST file, model, task[, speaker]."""

    scope = "audio"
    limit_kind = "work"

    def post(self, request: Request) -> HttpResponseBase:
        fields = request.data
        if not hasattr(fields, "get"):
            raise ApiError("bad_request", "The body must be a form (multipart/form-data).")
        task = task_of(fields.get("task"), given="speaker" in request.FILES)
        sample = request.FILES.get("speaker")
        speaker = b""
        if task == SPEAKER:
            if not isinstance(sample, UploadedFile):
                raise ApiError(
                    "bad_request", f"speaker: {SPEAKER} needs a sample of the voice.", param="speaker"
                )
            speaker = speaker_sample(sample.read())
        with received(request.FILES.get("file"), max_bytes=SPEECH_BYTES) as recording:
            if recording.seconds > LONGEST_SECONDS:
                message = f"file: at most {LONGEST_SECONDS} seconds; this one has {recording.seconds:.0f}."
                raise ApiError("bad_request", message, param="file")
            order = enhance_order(
                recording,
                model=str(fields.get("model") or DENOISER),
                clarity=False,
                strength=3,
                format="wav",
                sample_rate=RATE,
                channels=1,
                speaker=speaker,
            )
            job = worked(
                request._request,
                caller_of(request),
                order,
                recording,
                seconds=min(WAIT_SECONDS, settings.JOB_MAX_WAIT_SECONDS),
                idempotency_key=request.headers.get("Idempotency-Key"),
            )
        return _wav(job)


class Warmup(APIView):
    """POST: nothing sleeps here, so there is nothing to wake."""

    scope = "audio"
    limit_kind = "read"

    def post(self, request: Request) -> Response:
        return Response({"status": "ready"})


def task_of(value: object, *, given: bool) -> str:
    """The task, where none is named by whether a speaker was `given`. Raises bad_request."""
    task = str(value or (SPEAKER if given else NOISE))
    if task not in TASKS:
        raise ApiError("bad_request", f"task: must be one of {', '.join(TASKS)}.", param="task")
    return task


def _wav(job: Job) -> HttpResponseBase:
    if not job.is_finished:
        message = (
            "This recording takes longer than a request may wait. It is still worked on: "
            f"GET /v1/speech/results/?uuid={job.pk.hex} links to it when it is done."
        )
        raise ApiError("service_unavailable", message, job_id=job.pk.hex, error_code="STILL_RUNNING")
    store, result = media_store(), job.result or {}
    try:
        size = store.size(result["key"])
    except (FileNotFoundError, KeyError):
        raise ApiError("gone") from None
    response = StreamingHttpResponse(
        in_threads(store.read_range(result["key"], 0, size)), content_type="audio/wav"
    )
    response["Content-Length"] = str(size)
    response["X-Sample-Rate"] = str(RATE)
    response["X-Served-Model"] = job.served_model
    response["X-Applied"] = ", ".join(result["applied"])
    response["X-Credits-Used"] = str(job.price)
    return response
