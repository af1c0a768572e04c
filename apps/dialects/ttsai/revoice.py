"""/v1/voice-convert/, /v1/speech-to-speech/, /v1/speech-translate/: a recording in, another voice out.

The first two answer with the audio, the third with JSON that links to it.
"""

from __future__ import annotations

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import Caller, caller_of
from apps.jobs.links import result_url
from apps.jobs.models import Job
from apps.jobs.recordings import Recording, received
from apps.jobs.revoicing import convert_order, restyle_order, translate_order
from apps.jobs.services import Order
from ttsplatform.errors import ApiError

from .speech import audio_answer
from .user_voices import form_of
from .working import work_answer

MAX_BYTES = 50 << 20
MAX_TRANSLATED_BYTES = 100 << 20
_YES = {"1", "true", "yes", "on"}


class VoiceConvert(APIView):
    """POST file, target_voice[, model, format, webhook_url] → the audio."""

    scope = "audio"
    limit_kind = "work"

    def post(self, request: Request) -> HttpResponseBase:
        fields = form_of(request)
        with received(request.FILES.get("file"), max_bytes=MAX_BYTES) as recording:
            order = convert_order(
                caller_of(request),
                recording,
                target_voice=_required(fields, "target_voice"),
                model=fields.get("model"),
                format=(fields.get("format") or "wav").lower(),
            )
            return work_answer(request, caller_of(request), order, recording, _audio)


class SpeechToSpeech(APIView):
    """POST file, voice[, model, emotion, speed, format, webhook_url] → the audio."""

    scope = "audio"
    limit_kind = "work"

    def post(self, request: Request) -> HttpResponseBase:
        caller, fields = caller_of(request), form_of(request)
        with received(request.FILES.get("file"), max_bytes=MAX_BYTES) as recording:
            return work_answer(request, caller, self._order(caller, fields, recording), recording, _audio)

    @staticmethod
    def _order(caller: Caller, fields: dict[str, str], recording: Recording) -> Order:
        try:
            speed = float(fields.get("speed") or 1.0)
        except ValueError:
            raise ApiError("bad_request", "speed: must be a number.", param="speed") from None
        return restyle_order(
            caller,
            recording,
            voice=_required(fields, "voice"),
            model=fields.get("model"),
            emotion=(fields.get("emotion") or "neutral").lower(),
            speed=speed,
            format=(fields.get("format") or "wav").lower(),
        )


class SpeechTranslate(APIView):
    """POST file, target_language[, voice, preserve_voice, format, webhook_url] → both texts and a link to the audio."""

    scope = "audio"
    limit_kind = "work"

    def post(self, request: Request) -> HttpResponseBase:
        caller, fields = caller_of(request), form_of(request)
        with received(request.FILES.get("file"), max_bytes=MAX_TRANSLATED_BYTES) as recording:
            order = translate_order(
                caller,
                recording,
                target_language=_required(fields, "target_language"),
                voice=fields.get("voice"),
                preserve_voice=(fields.get("preserve_voice") or "").lower() in _YES,
                format=(fields.get("format") or "mp3").lower(),
            )
            return work_answer(request, caller, order, recording, _translation)


def _audio(request: Request, job: Job) -> HttpResponseBase:
    response = audio_answer(job)
    if note := (job.result or {}).get("note"):
        response["X-Note"] = str(note).encode("ascii", "ignore").decode()
    return response


def _translation(request: Request, job: Job) -> Response:
    result = job.result or {}
    return Response(
        {
            "original_text": result["original_text"],
            "translated_text": result["translated_text"],
            "source_language": result["source_language"],
            "target_language": job.language,
            "audio_url": result_url(request._request, job),
            "duration": result["duration"],
            "credits_used": job.price,
            "served_model": job.served_model,
            "note": result.get("note", ""),
            "uuid": job.pk.hex,
        }
    )


def _required(fields: dict[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise ApiError("bad_request", f"{name}: is required.", param=name)
    return value
