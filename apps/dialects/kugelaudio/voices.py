"""GET /v1/voices and /v1/voices/{id}: the catalogue's voices under whole numbers, as KugelAudio's clients know them."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog.selectors import find_model, voices_on_offer
from apps.jobs.previews import SENTENCES
from ttsplatform.errors import ApiError
from workers.engines.catalogue import Voice, catalogue

FIRST_NUMBER = 1 << 30
"""Numbers below this one are left to voices that customers make."""
MAX_LIMIT = 100


def voice_number(voice: Voice) -> int:
    """The number of a voice of the catalogue: from its model and id alone, so the same on every server, for ever.

    FIRST_NUMBER to 2³¹-1: it fits a signed 32-bit integer.
    """
    return FIRST_NUMBER | zlib.crc32(f"{voice.model}/{voice.id}".encode()) & (FIRST_NUMBER - 1)


def voice_of_number(number: int) -> Voice | None:
    """The voice of the catalogue with that number, installed or not; None where there is none."""
    voice = _numbered().get(number)
    return voice if voice is not None and find_model(voice.model) else None


@lru_cache(maxsize=1)
def _numbered() -> dict[int, Voice]:
    return {voice_number(voice): voice for voice in catalogue().voices()}


class Voices(APIView):
    """GET ?limit=&offset=&language=&include_public=: the installed voices, a page of them."""

    open_to_anonymous = True

    def get(self, request: Request) -> Response:
        query = request.query_params
        limit = _whole(query.get("limit"), "limit", 1, MAX_LIMIT, otherwise=20)
        offset = _whole(query.get("offset"), "offset", 0, 1_000_000, otherwise=0)
        found = [voice for voice, _ in voices_on_offer(language=query.get("language") or None)]
        if query.get("include_public", "true").lower() in {"false", "0"}:
            # The catalogue's are everybody's.
            found = []
        page = [voice_shown(request._request, voice) for voice in found[offset : offset + limit]]
        return Response({"voices": page, "total": len(found), "limit": limit, "offset": offset})


class VoiceDetail(APIView):
    """GET: one installed voice."""

    open_to_anonymous = True

    def get(self, request: Request, number: str) -> Response:
        wanted = int(number) if number.isascii() and number.isdecimal() and len(number) <= 10 else -1
        voice = voice_of_number(wanted)
        if voice is None or voice not in (on_offer for on_offer, _ in voices_on_offer(model=voice.model)):
            raise unknown_voice(number)
        return Response(voice_shown(request._request, voice))


def unknown_voice(number: object) -> ApiError:
    message = f"There is no voice {str(number)[:20]} here. GET /v1/voices lists the voices."
    return ApiError("not_found", message, param="voice_id")


def voice_shown(request: HttpRequest, voice: Voice) -> dict[str, Any]:
    """A voice as the SDK reads it; `category`, `sex` and `age` may only hold words that it knows."""
    number = voice_number(voice)
    sentence = SENTENCES.get(voice.language, SENTENCES["en"])
    return {
        "id": number,
        "voice_id": number,
        "handle": voice.id,
        "public_id": f"{voice.model}/{voice.id}",
        "name": voice.name,
        "description": voice.description or ", ".join((voice.language, voice.gender, *voice.tags)),
        "generative_voice_description": "",
        "category": "premade",
        "sex": voice.gender,
        "age": None,
        "quality": "mid",
        "supported_languages": [voice.language],
        "sample_text": sentence.format(name=voice.name),
        "sample_url": request.build_absolute_uri(f"/v1/voices/preview/{voice.id}.mp3"),
        "avatar_url": None,
        "is_public": True,
        "verified": True,
        "pending_verification": False,
        "model": voice.model,
    }


def _whole(given: str | None, name: str, low: int, high: int, *, otherwise: int) -> int:
    if given is None:
        return otherwise
    if not (given.isascii() and given.isdecimal() and len(given) <= 9 and low <= int(given) <= high):
        raise ApiError("bad_request", f"{name}: must be a whole number from {low} to {high}.", param=name)
    return int(given)
