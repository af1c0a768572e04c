"""POST /v1/audio/transcriptions and /v1/audio/translations, and a transcription that took longer than a request may."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase, JsonResponse, QueryDict
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.jobs.models import Job, JobStatus
from apps.jobs.recordings import received
from apps.jobs.selectors import job_by_capability, parse_job_id, progress_of
from apps.jobs.transcription import MAX_BYTES, transcript_order
from apps.jobs.transcripts import transcript_of
from apps.jobs.working import failure_of, worked
from ttsplatform.errors import ApiError

from .names import LISTENERS
from .transcript_formats import FORMATS, GRANULARITIES, STREAMED, dressed
from .transcript_stream import streamed

_SUBTITLES = ("srt", "vtt")


class Transcriptions(APIView):
    """POST file, model[, language, prompt, response_format, temperature, timestamp_granularities[], stream]."""

    scope = "audio"
    limit_kind = "work"
    translates = False

    def post(self, request: Request) -> HttpResponseBase:
        form = request.data
        if not isinstance(form, QueryDict):
            raise ApiError("bad_request", "The body must be a form (multipart/form-data).")
        format = _one_of(form, "response_format", FORMATS, "json")
        granularities = listed(form, "timestamp_granularities")
        for each in granularities:
            if each not in GRANULARITIES:
                message = "timestamp_granularities: must be segment, word or both."
                raise ApiError("bad_request", message, param="timestamp_granularities")
        for name in ("known_speaker_names", "known_speaker_references"):
            if listed(form, name):
                message = f"{name}: this server names speakers by number only. Leave it out."
                raise ApiError("bad_request", message, param=name)
        if self.translates and format == "diarized_json":
            message = "response_format: translations have no speakers. Take verbose_json."
            raise ApiError("bad_request", message, param="response_format")
        stream = _flag(form, "stream") and not self.translates
        if stream and format not in STREAMED:
            message = f"stream: works with the formats {', '.join(STREAMED)}. Leave one of the two out."
            raise ApiError("bad_request", message, param="stream")
        model = str(form.get("model") or "")
        with received(request.FILES.get("file"), max_bytes=MAX_BYTES) as recording:
            order = transcript_order(
                recording,
                model=LISTENERS.get(model, model) or None,
                language=None if self.translates else form.get("language"),
                words="word" in granularities or (format in _SUBTITLES and not self.translates),
                diarize=format == "diarized_json",
                translate=self.translates,
                prompt=str(form.get("prompt") or ""),
                temperature=_number(form, "temperature"),
            )
            caller, http = caller_of(request), request._request
            key = request.headers.get("Idempotency-Key")
            if stream:
                return streamed(http, caller, order, recording, format, idempotency_key=key)
            seconds = settings.JOB_MAX_WAIT_SECONDS
            job = worked(http, caller, order, recording, seconds=seconds, idempotency_key=key)
        if not job.is_finished:
            return later(request, job)
        made = dressed(transcript_of(job), format, granularities=granularities, translated=self.translates)
        return told(made, job)


class Transcription(APIView):
    """GET one that took longer than its request could wait, ?response_format= as in the order. Its id is the key."""

    open_to_anonymous = True

    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        job = job_by_capability(parse_job_id(job_id))
        if job.kind != "transcript":
            raise ApiError("not_found", f"The job {job.pk.hex} is no transcription.")
        if job.status == JobStatus.COMPLETED:
            query = request.query_params
            format = _one_of(query, "response_format", FORMATS, "json")
            transcript = transcript_of(job)
            if format == "diarized_json" and not transcript.speakers:
                message = "response_format: the speakers were not asked for when this was ordered."
                raise ApiError("bad_request", message, param="response_format")
            made = dressed(transcript, format, granularities=listed(query, "timestamp_granularities"))
            return told(made, job)
        if job.is_finished:
            raise failure_of(job)
        state = {"id": job.pk.hex, "object": "transcription.job", "status": job.status}
        return told(JsonResponse({**state, "progress": round(progress_of(job), 3)}), job)


def later(request: Request, job: Job) -> HttpResponseBase:
    """The error that says where to ask; it tells the SDK not to order all of it again."""
    address = request.build_absolute_uri(f"/v1/audio/transcriptions/{job.pk.hex}")
    message = (
        f"This recording takes longer than a request may wait ({settings.JOB_MAX_WAIT_SECONDS} s). It is still being "
        f"written down as job {job.pk.hex}: ask for it at {address}"
    )
    error = {"code": "still_running", "type": "api_error", "message": message, "param": None}
    body = {"error": {**error, "job_id": job.pk.hex, "poll_url": address}, "message": message}
    response = told(JsonResponse(body, status=504), job)
    response["x-should-retry"] = "false"
    return response


def told(response: HttpResponseBase, job: Job) -> HttpResponseBase:
    response["X-Job-Id"] = job.pk.hex
    response["X-Served-Model"] = job.served_model
    return response


def listed(form: QueryDict, name: str) -> list[str]:
    """A field that may come several times; the SDK writes its name with [] at the end."""
    return [str(each) for each in [*form.getlist(f"{name}[]"), *form.getlist(name)] if each != ""]


def _one_of(form: QueryDict, name: str, allowed: tuple[str, ...], otherwise: str) -> str:
    given = form.get(name) or otherwise
    if given not in allowed:
        raise ApiError("bad_request", f"{name}: must be one of {', '.join(allowed)}.", param=name)
    return str(given)


def _flag(form: QueryDict, name: str) -> bool:
    given = str(form.get(name, "")).lower()
    if given not in {"", "true", "false", "1", "0"}:
        raise ApiError("bad_request", f"{name}: must be true or false.", param=name)
    return given in {"true", "1"}


def _number(form: QueryDict, name: str) -> float:
    given: Any = form.get(name) or 0
    try:
        return float(given)
    except ValueError:
        raise ApiError("bad_request", f"{name}: must be a number.", param=name) from None
