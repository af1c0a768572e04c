"""POST /v1/audio/transcriptions, as KugelAudio's clients send it: a whole recording in, its text out."""

from __future__ import annotations

from django.conf import settings
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.jobs.recordings import received
from apps.jobs.transcription import DEFAULT_MODEL, MAX_BYTES, transcript_order
from apps.jobs.transcripts import transcript_of
from apps.jobs.working import worked
from ttsplatform.errors import ApiError

WAIT_SECONDS = 55
"""The SDK gives a request a minute."""


class Transcribe(APIView):
    """POST file[, model, language, boosted_phrases …, project_id, dictionary_ids …]."""

    scope = "audio"
    limit_kind = "work"

    def post(self, request: Request) -> Response:
        form = request.data
        if not isinstance(form, QueryDict):
            raise ApiError("bad_request", "The body must be a form (multipart/form-data).")
        phrases = [str(each) for each in form.getlist("boosted_phrases")]
        with received(request.FILES.get("file"), max_bytes=MAX_BYTES) as recording:
            order = transcript_order(
                recording,
                model=listener(str(form.get("model") or "")),
                language=form.get("language"),
                phrases=phrases,
            )
            job = worked(
                request._request,
                caller_of(request),
                order,
                recording,
                seconds=min(WAIT_SECONDS, settings.JOB_MAX_WAIT_SECONDS),
                idempotency_key=request.headers.get("Idempotency-Key"),
            )
        if not job.is_finished:
            message = (
                f"This recording takes longer than a request may wait. It is still being written down: "
                f"GET /v1/audio/transcriptions/{job.pk.hex} has it when it is done."
            )
            raise ApiError("service_unavailable", message, job_id=job.pk.hex, error_code="STILL_RUNNING")
        transcript = transcript_of(job)
        return Response(
            {
                "text": transcript.text,
                "transcript": transcript.text,
                "language": transcript.language,
                "duration_s": transcript.duration,
                "model": job.model,
                "served_model": job.served_model,
                "word_alternatives": [],
                "request_id": job.request_id,
            }
        )


def listener(name: str) -> str:
    """The model of ours that is meant: KugelAudio's names for its recognisers come and go."""
    return DEFAULT_MODEL if not name or name.lower().startswith("kugel") else name
