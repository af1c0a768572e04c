"""`/media/user-voices/<voice>/<file>`: a voice's recordings, to whoever holds a signed link or the owner's key."""

from __future__ import annotations

import uuid

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase

from apps.limits.admission import admit
from apps.media.links import is_valid
from apps.media.serving import stored_audio
from ttsplatform.errors import ApiError, answers_errors

from .links import MP3, WAV, key_of
from .models import Voice


@answers_errors
async def recording(request: HttpRequest, voice_id: uuid.UUID, filename: str) -> HttpResponseBase:
    if request.method not in {"GET", "HEAD"}:
        raise ApiError("method_not_allowed")
    expires, signature = request.GET.get("expires", ""), request.GET.get("signature", "")
    lane = None
    if not is_valid(voice_id, filename, expires, signature):
        lane = (await admit(request, kind="read", scope="voices")).lane
    key = await sync_to_async(_key)(voice_id, filename, lane)
    content_type = MP3 if filename.endswith(".mp3") else WAV
    try:
        return await stored_audio(request, key, filename=filename, content_type=content_type)
    except FileNotFoundError:
        raise ApiError("gone") from None


def _key(voice_id: uuid.UUID, filename: str, lane: str | None) -> str:
    """`lane` None: the link was signed by us."""
    voice = Voice.objects.filter(pk=voice_id).first()
    key = key_of(voice, filename) if voice is not None and lane in {None, voice.lane} else None
    if key is None:
        raise ApiError("not_found", "There is no such recording, or the link has expired.")
    return key
