"""POST /v1/stt/ (answers with the transcript) and /v1/transcribe/ (answers with a job), and the job's result."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.jobs.models import Job, JobStatus
from apps.jobs.recordings import received
from apps.jobs.selectors import job_by_capability, parse_job_id
from apps.jobs.transcription import MAX_BYTES, transcript_order
from apps.jobs.transcripts import transcript_of
from ttsplatform.errors import ApiError

from .speech import result_answer, with_headers
from .user_voices import form_of
from .working import work_answer

_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off", "none", "null"}


class Transcribe(APIView):
    """POST file[, model, language, timestamps, diarize, webhook_url]. `waits`: answer with the transcript itself."""

    scope = "audio"
    limit_kind = "work"
    waits = True

    def post(self, request: Request) -> HttpResponseBase:
        fields = form_of(request)
        with received(request.FILES.get("file"), max_bytes=MAX_BYTES) as recording:
            order = transcript_order(
                recording,
                model=fields.get("model"),
                language=fields.get("language"),
                words=flag(fields, "timestamps"),
                diarize=flag(fields, "diarize"),
            )
            made = work_answer(request, caller_of(request), order, recording, answer, waits=self.waits)
        if isinstance(made, Response) and "status_url" in made.data:
            address = f"/v1/transcribe/results/?uuid={made.data['uuid']}"
            made.data["status_url"] = request._request.build_absolute_uri(address)
        return made


class TranscribeResult(APIView):
    """GET ?uuid=: the job's state, and its transcript once it is completed. As with speech, the uuid is the key."""

    open_to_anonymous = True

    def get(self, request: Request) -> HttpResponseBase:
        uuid = request.query_params.get("uuid", "")
        if not uuid:
            raise ApiError("bad_request", "uuid: which job? Send ?uuid=…", param="uuid")
        job = job_by_capability(parse_job_id(uuid))
        if job.kind != "transcript":
            raise ApiError("not_found", f"The job {job.pk.hex} is no transcription. See /v1/speech/results/.")
        state = result_answer(request._request, job)
        if job.status == JobStatus.COMPLETED:
            state |= transcript_shown(job)
        return with_headers(Response(state), job)


def answer(request: Request, job: Job) -> HttpResponseBase:
    """A completed job as the document's response."""
    return Response({**result_answer(request._request, job), **transcript_shown(job)})


def transcript_shown(job: Job) -> dict[str, Any]:
    """The document's fields, with word times where the order asked for them."""
    transcript = transcript_of(job)
    with_words = any(segment.get("words") for segment in transcript.segments)
    shown = {
        "text": transcript.text,
        "language": transcript.language,
        "language_probability": transcript.language_probability,
        "duration": transcript.duration,
        "segments": [segment_shown(segment) for segment in transcript.segments],
    }
    return {**shown, "words": transcript.words} if with_words else shown


def segment_shown(segment: dict[str, Any]) -> dict[str, Any]:
    shown = {"start": segment["start"], "end": segment["end"], "text": segment["text"].strip()}
    for name in ("speaker", "words"):
        if name in segment:
            shown[name] = segment[name]
    return shown


def flag(fields: dict[str, str], name: str) -> bool:
    """A yes or no of a form. Raises bad_request for anything else."""
    given = fields.get(name, "").strip().lower()
    if given not in _YES | _NO:
        raise ApiError("bad_request", f"{name}: must be true or false.", param=name)
    return given in _YES
