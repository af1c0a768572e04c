"""Speech in the voice of a recording that comes with the request, or of one sent before (`embed_id`).

`/v1/tts/clone/` answers with the audio, `/v1/voice-clone/` with a job, `/v1/tts/embed/` prepares a recording.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import Caller, caller_of
from apps.jobs.links import origin_of
from apps.jobs.services import Submission, earlier_submission, submit
from apps.jobs.speech import speech_check, speech_order
from apps.jobs.waiting import wait_for
from apps.usage.pricing import characters_for_text
from apps.usage.services import too_few
from apps.voices.families import demand_spoken, family, language_code
from apps.voices.models import Voice, VoiceKind
from apps.voices.references import Recording
from apps.voices.removing import voice_delete
from apps.voices.selectors import embedding_get
from apps.voices.services import Wish, voice_create
from apps.voices.speaking import SAMPLE, to_speak, told
from apps.voices.uploads import checked_upload
from apps.webhooks.services import url_checked
from ttsplatform.errors import ApiError
from workers.audio.reference import Limits

from .speech import audio_answer, job_answer, result_answer, waiting_slot, with_headers
from .user_voices import form_of, request_id_of

LIMITS = Limits(min_seconds=1.5, max_seconds=60, min_speech=1.2, max_bytes=20 << 20)
DEFAULT_MODEL = "chatterbox"
SERVICE = "voice_clone"


@dataclass(frozen=True)
class CloneOrder:
    """What Idempotency-Key compares: the fields as they came, and the digests of the files."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


class Clone(APIView):
    """POST reference_audio or embed_id, text[, model, format, language, speed] → the audio, or a job."""

    scope = "speech"
    limit_kind = "work"
    answers_audio = False

    def post(self, request: Request) -> HttpResponseBase:
        caller, fields = caller_of(request), form_of(request)
        key = request.headers.get("Idempotency-Key")
        compared = (
            ordered(request, fields, "bytes" if self.answers_audio else "job") if key is not None else None
        )
        if (
            key is not None
            and compared is not None
            and (earlier := earlier_submission(caller, key, compared))
        ):
            return self._answer(caller, request, earlier)
        text, format = self._text(fields), (fields.get("format") or "mp3").lower()
        speed = _speed(fields.get("speed"))
        language = fields.get("language") or None
        # Everything that can be refused is refused before a worker listens to the recording.
        speech_check(caller, text=text, format=format, speed=speed)
        price = characters_for_text(len(text), SERVICE)
        if caller.account is not None and caller.account.balance < price:
            raise too_few(price, caller.account.balance)
        webhook_url = url_checked(caller.account, fields.get("webhook_url"))
        with voice_for(caller, request, fields) as voice:
            order = speech_order(
                caller, text=text, language=language, format=format, speed=speed, saved=voice, service=SERVICE
            )
            submission = submit(
                caller,
                order,
                request_id=request_id_of(request),
                idempotency_key=key,
                compared=compared,
                webhook_url=webhook_url,
                origin=origin_of(request._request),
            )
        return self._answer(caller, request, submission)

    def _answer(self, caller: Caller, request: Request, submission: Submission) -> HttpResponseBase:
        http, job = request._request, submission.job
        seconds = settings.JOB_MAX_WAIT_SECONDS if self.answers_audio else 0
        if seconds:
            with waiting_slot(caller, request_id_of(request), seconds):
                job = wait_for(job.pk, seconds)
            if job.is_finished:
                return with_headers(audio_answer(job), job)
        # A job that takes longer than a request may wait is polled like any other.
        answer = {**job_answer(http, submission), "url": ""}
        if seconds:
            answer |= result_answer(http, job)
        return with_headers(Response(answer), job)

    def _text(self, fields: dict[str, str]) -> str:
        text = fields.get("text") or ""
        if not text and not self.answers_audio:
            # The SDK sends a name and no text where a customer only wants to hear the voice.
            return SAMPLE
        return text


class Embed(APIView):
    """POST file[, model] → {embed_id, model, duration_ms}: a recording made ready for clone requests.

    DELETE ?embed_id=: for good.
    """

    scope = "voices"

    def post(self, request: Request) -> Response:
        began = time.monotonic()
        caller, fields = caller_of(request), form_of(request)
        voice = _made(caller, request, fields, "file", VoiceKind.EMBEDDING)
        took = round((time.monotonic() - began) * 1000)
        assert voice.expires_at is not None
        answer = {"embed_id": voice.public_id, "model": voice.model, "duration_ms": took}
        return Response({**answer, "expires_at": voice.expires_at.isoformat(), **told(voice)})

    def delete(self, request: Request) -> Response:
        embed_id = request.query_params.get("embed_id", "")
        if not embed_id:
            message = "embed_id: which embedding? Send ?embed_id=emb_…"
            raise ApiError("bad_request", message, param="embed_id")
        voice = embedding_get(caller_of(request), embed_id)
        status = "deleted" if voice_delete(voice) else "deleting"
        return Response({"success": True, "embed_id": voice.public_id, "storage_status": status})


def ordered(request: Request, fields: dict[str, str], kind: str) -> CloneOrder:
    """What was ordered, for Idempotency-Key."""
    files = [
        (str(name), digest_of(file)) for name, file in request.FILES.items() if isinstance(file, UploadedFile)
    ]
    return CloneOrder(kind, tuple(sorted(fields.items())), tuple(sorted(files)))


def digest_of(file: UploadedFile) -> str:
    """SHA-256 of an upload, in hex."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@contextmanager
def voice_for(caller: Caller, request: Request, fields: dict[str, str]) -> Iterator[Voice]:
    """The voice of a clone request; one that was made for it alone is gone when it is no longer needed."""
    if fields.get("embed_id"):
        if request.FILES:
            message = "embed_id: send it or a recording, not both."
            raise ApiError("bad_request", message, param="embed_id")
        voice = embedding_get(caller, fields["embed_id"])
        if fields.get("model") and family(fields["model"], voice.language) != voice.model:
            message = f"model: this embedding was made for {voice.model}. Leave model out, or make another."
            raise ApiError("bad_request", message, param="model")
        if fields.get("language") and fields["language"] != "auto":
            demand_spoken(voice.model, [language_code(fields["language"])])
        yield to_speak(voice)
        return
    name = "reference_audio" if "reference_audio" in request.FILES or not request.FILES else "file"
    voice = _made(caller, request, fields, name, VoiceKind.PASSING)
    try:
        yield to_speak(voice)
    except BaseException:
        voice_delete(voice)
        raise
    if (voice.built or {}).get("kind") != "reference":
        # What speaks for it is in the order; the recording is of no more use. An engine that needs the recording
        # itself finds it until the voice's time is over.
        voice_delete(voice)


def _made(caller: Caller, request: Request, fields: dict[str, str], param: str, kind: VoiceKind) -> Voice:
    language = language_code(fields.get("language", "") if fields.get("language") != "auto" else "")
    model = family(fields.get("model"), language, DEFAULT_MODEL)
    demand_spoken(model, [language])
    checked = checked_upload(request.FILES.get(param), LIMITS, param=param)
    # Nobody sees its name, whatever the SDK calls it.
    wish = Wish("clone", model, language, kind=kind)
    return voice_create(caller, [Recording(checked)], wish, request_id=request_id_of(request))


def _speed(given: str | None) -> float:
    try:
        return float(given) if given else 1.0
    except ValueError:
        raise ApiError("bad_request", "speed: must be a number.", param="speed") from None
