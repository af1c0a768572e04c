"""Voice clones: make one of a recording, speak with it, rename it, delete it, take it away and bring it back as a ZIP.

With a key they belong to its account; without one to the caller's network, where settings.OPEN_DIALECTS lets callers
without a key in at all.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.limits.door import door
from apps.live.answers import live_answer
from apps.live.whole import speak_whole
from apps.voices.models import Voice
from apps.voices.packing import pack, unpacked
from apps.voices.references import Recording
from apps.voices.removing import voice_delete
from apps.voices.selectors import voice_get, voices_of
from apps.voices.services import Wish, voice_create, voice_rename
from apps.voices.speaking import likeness_headers, to_speak, told
from apps.voices.uploads import checked_upload
from ttsplatform.cors import preflight
from ttsplatform.errors import ApiError
from ttsplatform.parsing import json_object
from workers.audio.reference import Limits

from .answers import attachment
from .fields import clone_fields
from .names import DIALECT, MODEL

LIMITS = Limits(min_seconds=1.0, max_seconds=120.0, min_speech=0.8, max_bytes=100 << 20)


@door("POST", kind="work", scope="voices")
async def create(request: HttpRequest, caller: Caller) -> HttpResponse:
    voice = await sync_to_async(_create)(request, caller)
    return _made(voice, "Voice clone created successfully")


def _create(request: HttpRequest, caller: Caller) -> Voice:
    demand_open(caller)
    fields = _form(request, {"cloneId"}, {"audio"})
    clone_id = fields.get("cloneId") or f"clone_{secrets.token_hex(8)}"
    upload = request.FILES.get("audio")
    recording = Recording(checked_upload(upload, LIMITS, param="audio"), getattr(upload, "name", "") or "")
    return _kept(request, caller, recording, clone_id)


@door("POST", kind="work", scope="voices")
async def bring(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Import: the ZIP that `download` gave, or one made by hand around a reference.wav."""
    voice = await sync_to_async(_bring)(request, caller)
    return _made(voice, "Voice clone imported successfully")


def _bring(request: HttpRequest, caller: Caller) -> Voice:
    demand_open(caller)
    fields = _form(request, {"cloneId"}, {"file"})
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        raise ApiError("bad_request", "file: send the ZIP file in this form field.", param="file")
    found = unpacked(upload, LIMITS)
    return _kept(request, caller, found.recording, fields.get("cloneId") or found.clone_id)


def _kept(request: HttpRequest, caller: Caller, recording: Recording, clone_id: str) -> Voice:
    wish = Wish(clone_id[:100], MODEL, "en", clone_id)
    request_id = str(request.request_id)  # type: ignore[attr-defined]
    return voice_create(caller, [recording], wish, request_id=request_id)


@door("POST", kind="work")
async def generate(request: HttpRequest, caller: Caller, clone_id: str) -> HttpResponseBase:
    wanted = clone_fields(request)
    voice, order = await sync_to_async(_order)(caller, clone_id, wanted.text)
    if wanted.format == "opus":
        live = await live_answer(request, caller, order, audio="opus", content_type="audio/opus")
        return attachment(live, "output.opus")
    spoken = await speak_whole(caller, order, request_id=request.request_id)  # type: ignore[attr-defined]
    response: HttpResponse
    if wanted.format == "buffer":
        response = JsonResponse(
            {
                "success": True,
                "audio": base64.b64encode(spoken.wav).decode(),
                "cloneId": voice.pocket_name,
                "format": "wav",
                "duration": round(spoken.seconds, 3),
                **told(voice),
            }
        )
    else:
        response = HttpResponse(spoken.wav, content_type="audio/wav")
        attachment(response, "output.wav")
    response["X-Served-Model"] = spoken.served_model
    response["Server-Timing"] = spoken.server_timing
    for name, value in likeness_headers(order.likeness).items():
        response[name] = value
    return response


def _order(caller: Caller, clone_id: str, text: str) -> tuple[Voice, Order]:
    voice = to_speak(_clone(caller, clone_id))
    # A voice made elsewhere in this house may speak another language; clones made here are English.
    order = speech_order(caller, text=text, language=voice.language, dialect=DIALECT, saved=voice)
    return voice, order


@door("GET", kind="read", scope="voices")
async def download(request: HttpRequest, caller: Caller, clone_id: str) -> HttpResponse:
    voice = await sync_to_async(_clone)(caller, clone_id)
    response = HttpResponse(await sync_to_async(pack)(voice), content_type="application/zip")
    attachment(response, f"pocket-tts-{voice.pocket_name}.zip")
    return response


@door("PATCH", kind="read", scope="voices")
async def rename(request: HttpRequest, caller: Caller, clone_id: str) -> HttpResponse:
    body = json_object(request)
    wanted = body.get("newCloneId")
    if set(body) != {"newCloneId"} or not isinstance(wanted, str):
        raise ApiError("bad_request", "newCloneId: is required, and the only field.", param="newCloneId")
    voice = await sync_to_async(_clone)(caller, clone_id)
    await sync_to_async(voice_rename)(voice, wanted)
    message = "Voice clone renamed successfully"
    return JsonResponse({"success": True, "oldCloneId": clone_id, "newCloneId": wanted, "message": message})


@door("DELETE", kind="read", scope="voices")
async def delete(request: HttpRequest, caller: Caller, clone_id: str) -> HttpResponse:
    voice = await sync_to_async(_clone)(caller, clone_id)
    await sync_to_async(voice_delete)(voice)
    message = "Voice clone deleted successfully"
    return JsonResponse({"success": True, "cloneId": clone_id, "message": message})


@csrf_exempt
async def one_clone(request: HttpRequest, clone_id: str) -> HttpResponseBase:
    """PATCH renames, DELETE deletes."""
    if request.method == "OPTIONS":
        return preflight(request, "PATCH, DELETE")
    view = rename if request.method == "PATCH" else delete
    answer: HttpResponseBase = await view(request, clone_id=clone_id)
    return answer


def clone_names(caller: Caller) -> list[str]:
    """What GET /pocket-tts/voices lists; nothing for callers who may not have any."""
    return [voice.pocket_name for voice in voices_of(caller)] if is_open(caller) else []


def is_open(caller: Caller) -> bool:
    return caller.account is not None or DIALECT in settings.OPEN_DIALECTS


def demand_open(caller: Caller) -> None:
    """Raises unauthorized for a caller without a key where clones need one."""
    if not is_open(caller):
        raise ApiError(
            "unauthorized", "Voice clones need an API key on this server: send X-API-Key: sk-tts-…"
        )


def _clone(caller: Caller, clone_id: str) -> Voice:
    """The caller's clone of that name."""
    demand_open(caller)
    try:
        return voice_get(caller, clone_id=clone_id)
    except ApiError as error:
        if error.code != "not_found":
            raise
        raise ApiError("not_found", f"Voice clone '{clone_id[:100]}' not found") from None


def _form(request: HttpRequest, texts: set[str], files: set[str]) -> dict[str, str]:
    """The form's text fields. Raises bad_request for a field that is not known, as the original does."""
    given: Any = {**request.POST.dict(), **dict.fromkeys(request.FILES)}
    for name in given:
        if name not in texts | files:
            known = ", ".join(sorted(texts | files))
            message = f"{str(name)[:64]}: is not a field of this call. It takes {known}."
            raise ApiError("bad_request", message, param=str(name)[:64])
    return {name: str(value) for name, value in request.POST.items()}


def _made(voice: Voice, message: str) -> HttpResponse:
    """The document's three fields, and how like the speaker the voice is."""
    return JsonResponse({"success": True, "cloneId": voice.pocket_name, "message": message, **told(voice)})
