"""Voices under whole numbers, as KugelAudio's clients know them: the catalogue's, and customers' own."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any, TypeGuard

from django.http import HttpRequest

from apps.accounts.callers import Caller
from apps.catalog.selectors import find_model
from apps.jobs.previews import SENTENCES
from apps.voices.models import Voice as Own
from apps.voices.selectors import FIRST_CATALOGUE_NUMBER, voice_get
from ttsplatform.errors import ApiError
from workers.engines.catalogue import Voice, catalogue

FIRST_NUMBER = FIRST_CATALOGUE_NUMBER
"""Numbers below this one are left to voices that customers make."""


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


def is_own(number: int | None) -> TypeGuard[int]:
    """Whether the number is one of customers' own voices (or none at all), and not of the catalogue's."""
    return number is not None and number < FIRST_NUMBER


def own_voice(caller: Caller, number: int) -> Own:
    """A voice of the caller's account; not_found for a stranger's. Raises not_found, too, without a key."""
    if caller.account is None:
        raise unknown_voice(number)
    return _found(caller, number)


def usable_voice(caller: Caller, number: int) -> Own:
    """A voice to look at or to speak with: the caller's own, or one that was published. Raises not_found."""
    return _found(caller, number, or_published=True)


def _found(caller: Caller, number: int, *, or_published: bool = False) -> Own:
    try:
        return voice_get(caller, number=number, or_published=or_published)
    except ApiError as error:
        raise (unknown_voice(number) if error.code == "not_found" else error) from None


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
