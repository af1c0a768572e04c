"""/v1/voices: the caller's own voices and the catalogue's; make, change, delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import Caller, caller_of
from apps.catalog.selectors import voices_on_offer
from apps.jobs.previews import SENTENCES
from apps.voices.families import demand_spoken
from apps.voices.links import sample_url
from apps.voices.models import Voice
from apps.voices.references import Recording
from apps.voices.removing import voice_delete
from apps.voices.selectors import published, voices_of
from apps.voices.services import Wish, voice_create, voice_update
from apps.voices.speaking import told
from apps.voices.uploads import checked_upload
from ttsplatform.errors import ApiError
from workers.audio.reference import Limits
from workers.text.language import normalise_code

from . import checks
from .names import DEFAULT_MODEL
from .voice_fields import demand_consent, metadata_of, voice_columns
from .voices import is_own, own_voice, unknown_voice, usable_voice, voice_of_number
from .voices import voice_shown as stock_shown

LIMITS = Limits(min_seconds=1.0, max_seconds=60.0, min_speech=0.8, max_bytes=50 << 20)
MAX_LIMIT, DEFAULT_LIMIT = 100, 20
MOST_FILES = 5


class Voices(APIView):
    """GET ?limit=&offset=&language=&include_public=: a page; the caller's own come first. POST: a new one."""

    open_to_anonymous = True

    def get(self, request: Request) -> Response:
        query, http = request.query_params, request._request
        limit = _whole(query.get("limit"), "limit", 1, MAX_LIMIT, otherwise=DEFAULT_LIMIT)
        offset = _whole(query.get("offset"), "offset", 0, 1_000_000, otherwise=0)
        language = query.get("language") or None
        stock = [voice for voice, _ in voices_on_offer(language=language)]
        if query.get("include_public", "true").lower() in {"false", "0"}:
            # The catalogue's are everybody's.
            stock = []
        own = _own_of(caller_of(request), language)
        if query.get("include_public", "true").lower() not in {"false", "0"}:
            own += _published_by_others(caller_of(request), language)
        page = [own_shown(http, voice) for voice in own[offset : offset + limit]]
        rest = max(0, offset - len(own))
        page += [stock_shown(http, voice) for voice in stock[rest : rest + limit - len(page)]]
        return Response({"voices": page, "total": len(own) + len(stock), "limit": limit, "offset": offset})

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        caller.require("voices")
        fields = metadata_of(request)
        demand_consent(fields.get("speaker_consent"))
        columns = voice_columns(fields)
        if "name" not in columns:
            raise checks.bad("name", "is required: 1 to 100 characters.")
        files = request.FILES.getlist("files")
        if len(files) > MOST_FILES:
            raise checks.bad("files", f"at most {MOST_FILES} recordings at once.")
        recordings = [
            Recording(checked_upload(file, LIMITS, param="files"), file.name or "") for file in files
        ]
        name, language = columns.pop("name"), columns.pop("language", "en")
        demand_spoken(DEFAULT_MODEL, [language, *columns.get("languages", ())], param="supported_languages")
        details = tuple(columns.items())
        wish = Wish(name, DEFAULT_MODEL, language, consent=True, details=details)
        return Response(
            own_shown(request._request, voice_create(caller, recordings, wish, request_id=id_of(request)))
        )


class VoiceDetail(APIView):
    """GET, PATCH or DELETE one voice."""

    open_to_anonymous = True

    def get(self, request: Request, number: str) -> Response:
        wanted = number_of(number)
        if is_own(wanted):
            return Response(own_shown(request._request, usable_voice(caller_of(request), wanted)))
        voice = voice_of_number(wanted)
        if voice is None or voice not in (on_offer for on_offer, _ in voices_on_offer(model=voice.model)):
            raise unknown_voice(number)
        return Response(stock_shown(request._request, voice))

    def patch(self, request: Request, number: str) -> Response:
        voice = to_change(request, number)
        if not isinstance(request.data, dict):
            raise ApiError("bad_request", "The body must be a JSON object.")
        columns = voice_columns(request.data)
        demand_spoken(voice.model, columns.get("languages", ()), param="supported_languages")
        voice_update(caller_of(request), voice, columns, request_id=id_of(request))
        return Response(own_shown(request._request, voice))

    def delete(self, request: Request, number: str) -> Response:
        voice_delete(to_change(request, number))
        return Response(status=204)


def to_change(request: Request, number: str) -> Voice:
    """The caller's own voice. Raises unauthorized, not_found; forbidden for the catalogue's voices."""
    caller = caller_of(request)
    caller.require("voices")
    wanted = number_of(number)
    if not is_own(wanted):
        if voice_of_number(wanted) is None:
            raise unknown_voice(number)
        message = f"The voice {wanted} comes with the server and can not be changed."
        raise ApiError("conflict", message, param="voice_id")
    return own_voice(caller, wanted)


def own_shown(request: HttpRequest, voice: Voice) -> dict[str, Any]:
    """A voice as the SDK reads it, and how like its speaker it is."""
    return {
        "id": voice.number,
        "voice_id": voice.number,
        "handle": voice.public_id,
        "public_id": voice.public_id,
        "name": voice.name,
        "description": voice.description,
        "generative_voice_description": "",
        "category": voice.category or "cloned",
        "sex": voice.sex or None,
        "age": voice.age or None,
        "quality": voice.quality or "mid",
        "supported_languages": voice.languages or [voice.language],
        "sample_text": sample_text(voice),
        "sample_url": sample_url(request, voice),
        "avatar_url": None,
        "is_public": voice.is_public,
        "verified": voice.verified_at is not None,
        "pending_verification": voice.is_public and voice.verified_at is None,
        "model": voice.model,
        "status": voice.status,
        "ready": voice.built is not None,
        **told(voice),
    }


def sample_text(voice: Voice) -> str:
    return voice.sample_text or SENTENCES.get(voice.language, SENTENCES["en"]).format(name=voice.name)


def _own_of(caller: Caller, language: str | None) -> list[Voice]:
    return _speaking(voices_of(caller), language) if caller.account is not None else []


def _published_by_others(caller: Caller, language: str | None) -> list[Voice]:
    return _speaking(published().exclude(lane=caller.lane), language)


def _speaking(voices: Iterable[Voice], language: str | None) -> list[Voice]:
    code = normalise_code(language) if language else None
    return [voice for voice in voices if code is None or code in (voice.languages or [voice.language])]


def number_of(given: str) -> int:
    """A number from a path; where it is none, one that no voice has."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 10 else 1 << 40


def _whole(given: str | None, name: str, low: int, high: int, *, otherwise: int) -> int:
    if given is None:
        return otherwise
    if not (given.isascii() and given.isdecimal() and len(given) <= 9 and low <= int(given) <= high):
        raise ApiError("bad_request", f"{name}: must be a whole number from {low} to {high}.", param=name)
    return int(given)


def id_of(request: Request) -> str:
    return str(request._request.request_id)  # type: ignore[attr-defined]
