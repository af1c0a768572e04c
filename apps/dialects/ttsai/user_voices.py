"""/api/v1/user-voices/: a recording uploaded once, a voice to speak with ever after."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.voices.families import demand_spoken, family, language_code
from apps.voices.links import reference_url
from apps.voices.models import Voice
from apps.voices.references import Recording
from apps.voices.removing import voice_delete
from apps.voices.selectors import quota_of, storable, voice_get, voices_of
from apps.voices.services import Wish, voice_archive, voice_create, voice_reactivate
from apps.voices.speaking import told
from apps.voices.uploads import SAVED_VOICE, checked_upload
from ttsplatform.errors import ApiError

_NO = {"", "0", "false", "no", "off", "none", "null"}


class UserVoices(APIView):
    """GET the caller's voices and quota; POST a recording; DELETE ?public_id=."""

    scope = "voices"

    def get(self, request: Request) -> Response:
        caller = caller_of(request)
        listed = [voice_shown(request._request, voice) for voice in voices_of(caller)]
        quota = quota_of(caller)
        counted = {"used": quota.used, "limit": quota.limit, "remaining": quota.remaining}
        return Response({"voices": listed, "total": len(listed), "quota": counted})

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        fields = form_of(request)
        name = fields.get("name", "").strip()
        if not 0 < len(name) <= 100 or not storable(name):
            raise ApiError("bad_request", "name: is required, 1 to 100 characters.", param="name")
        if fields.get("consent_confirmed", "").strip().lower() in _NO:
            message = "consent_confirmed: confirm that the speaker agrees to this by sending true."
            raise ApiError("bad_request", message, param="consent_confirmed")
        language = language_code(fields.get("language", ""))
        model = family(fields.get("model"), language)
        demand_spoken(model, [language])
        wish = Wish(name, model, language, consent=True)
        upload = request.FILES.get("file")
        recording = Recording(
            checked_upload(upload, SAVED_VOICE, param="file"), getattr(upload, "name", "") or ""
        )
        voice = voice_create(caller, [recording], wish, request_id=request_id_of(request))
        return Response(voice_shown(request._request, voice))

    def delete(self, request: Request) -> Response:
        public_id = request.query_params.get("public_id", "")
        if not public_id:
            raise ApiError("bad_request", "public_id: which voice? Send ?public_id=uv_…", param="public_id")
        voice = voice_get(caller_of(request), public_id=public_id)
        status = "deleted" if voice_delete(voice) else "deleting"
        return Response({"success": True, "public_id": voice.public_id, "storage_status": status})


class Archive(APIView):
    """POST: keep the voice, but let nobody speak with it."""

    scope = "voices"
    limit_kind = "read"

    def post(self, request: Request, public_id: str) -> Response:
        voice = voice_get(caller_of(request), public_id=public_id)
        voice_archive(voice)
        return Response(voice_shown(request._request, voice))


class Reactivate(APIView):
    """POST: an archived voice may speak again."""

    scope = "voices"
    limit_kind = "read"

    def post(self, request: Request, public_id: str) -> Response:
        voice = voice_get(caller_of(request), public_id=public_id)
        voice_reactivate(voice)
        return Response(voice_shown(request._request, voice))


def voice_shown(request: HttpRequest, voice: Voice) -> dict[str, Any]:
    """The document's fields, and how like the speaker the voice is."""
    return {
        "public_id": voice.public_id,
        "id": voice.number,
        "name": voice.name,
        "model_name": voice.model,
        "language": voice.language,
        "reference_audio_url": reference_url(request, voice),
        "storage_status": voice.status,
        "created_at": voice.created_at.isoformat(),
        "duration": round(voice.reference_seconds, 3),
        "ready": voice.built is not None,
        **told(voice),
    }


def form_of(request: Request) -> dict[str, str]:
    """The form's text fields. Raises bad_request for a body that is none."""
    data = request.data
    if not hasattr(data, "items"):
        raise ApiError("bad_request", "The body must be a form (multipart/form-data).")
    return {str(name): value for name, value in data.items() if isinstance(value, str)}


def request_id_of(request: Request) -> str:
    return str(request._request.request_id)  # type: ignore[attr-defined]
