"""What a voice is made of and shown by: its recordings, its sample, whether it asks to be public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import caller_of
from apps.voices.links import recording_url, sample_url
from apps.voices.models import VoiceReference
from apps.voices.references import Recording, reference_add, reference_delete
from apps.voices.sampling import sample_make
from apps.voices.selectors import reference_get, storable
from apps.voices.services import voice_publish
from apps.voices.uploads import checked_upload

from . import checks
from .voice_fields import demand_consent
from .voice_views import LIMITS, id_of, number_of, own_shown, sample_text, to_change

MAX_REFERENCE_TEXT = 2000


class References(APIView):
    """GET: all recordings of a voice (a bare array); POST `file`, `speaker_consent`[, `reference_text`]: one more."""

    scope = "voices"

    def get(self, request: Request, number: str) -> Response:
        voice = to_change(request, number)
        return Response([reference_shown(request._request, each) for each in voice.references.all()])

    def post(self, request: Request, number: str) -> Response:
        voice = to_change(request, number)
        fields: Any = request.data if isinstance(request.data, Mapping) else {}
        demand_consent(fields.get("speaker_consent"))
        text = fields.get("reference_text", "")
        if not isinstance(text, str) or len(text) > MAX_REFERENCE_TEXT or not storable(text):
            raise checks.bad(
                "reference_text", f"must be a string of at most {MAX_REFERENCE_TEXT} characters."
            )
        file = request.FILES.get("file")
        recording = Recording(
            checked_upload(file, LIMITS, param="file"), getattr(file, "name", "") or "", text
        )
        added = reference_add(caller_of(request), voice, recording, consent=True, request_id=id_of(request))
        return Response(reference_shown(request._request, added))


class ReferenceDetail(APIView):
    """DELETE one recording of a voice."""

    scope = "voices"

    def delete(self, request: Request, number: str, reference: str) -> Response:
        voice = to_change(request, number)
        found = reference_get(voice, number_of(reference))
        reference_delete(caller_of(request), voice, found, request_id=id_of(request))
        return Response(status=204)


class Publish(APIView):
    """POST: ask that everybody may use the voice. Nobody else sees it before it was verified."""

    scope = "voices"
    limit_kind = "read"

    def post(self, request: Request, number: str) -> Response:
        voice = to_change(request, number)
        voice_publish(voice)
        return Response(own_shown(request._request, voice))


class GenerateSample(APIView):
    """POST: speak the voice's sample text, as speech that is charged, and keep it with the voice."""

    scope = "voices"

    def post(self, request: Request, number: str) -> Response:
        caller = caller_of(request)
        caller.require("speech")
        voice = to_change(request, number)
        sample_make(caller, voice, sample_text(voice), request_id=id_of(request))
        url = sample_url(request._request, voice)
        return Response({"sample_s3_path": voice.sample_key, "sample_url": url})


def reference_shown(request: HttpRequest, reference: VoiceReference) -> dict[str, Any]:
    return {
        "id": reference.pk,
        "voice_id": reference.voice.number,
        "name": reference.name,
        "reference_text": reference.reference_text,
        "s3_path": reference.key,
        "audio_url": recording_url(request, reference),
        "is_generated": False,
        "duration": round(reference.seconds, 3),
    }
