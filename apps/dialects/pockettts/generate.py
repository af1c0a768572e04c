"""POST /pocket-tts: a text as a WAV file, as an Opus file, or as a WAV inside JSON; GET /pocket-tts/voices.

Opus is sent while it is spoken. A WAV tells its length in its first bytes, and players and browsers believe them: so it
is sent once it is complete.
"""

from __future__ import annotations

import base64

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.limits.door import door
from apps.live.answers import live_answer
from apps.live.whole import speak_whole

from .answers import attachment
from .clones import clone_names
from .fields import Wanted, generate_fields
from .names import DEFAULT_VOICE, DIALECT, MODEL, voices


@door("POST", kind="work")
async def generate(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    wanted = generate_fields(request)
    order = await sync_to_async(order_for)(caller, wanted)
    if wanted.format == "opus":
        return attachment(
            await live_answer(request, caller, order, audio="opus", content_type="audio/opus"), "output.opus"
        )
    spoken = await speak_whole(caller, order, request_id=request.request_id)  # type: ignore[attr-defined]
    response: HttpResponse
    if wanted.format == "buffer":
        response = JsonResponse(
            {
                "success": True,
                "audio": base64.b64encode(spoken.wav).decode(),
                "voice": wanted.voice,
                "format": "wav",
                "duration": round(spoken.seconds, 3),
                "served_model": spoken.served_model,
            }
        )
    else:
        response = HttpResponse(spoken.wav, content_type="audio/wav")
        attachment(response, "output.wav")
    response["X-Served-Model"] = spoken.served_model
    response["Server-Timing"] = spoken.server_timing
    return response


@door("GET", kind="read")
async def voice_list(request: HttpRequest, caller: Caller) -> HttpResponse:
    names = [voice.id for voice in voices()]
    clones = await sync_to_async(clone_names)(caller)
    return JsonResponse({"voices": names, "clones": clones, "default": DEFAULT_VOICE})


def order_for(caller: Caller, wanted: Wanted) -> Order:
    """Checked and priced. Raises what speech_order raises."""
    return speech_order(
        caller,
        text=wanted.text,
        model=MODEL,
        voice=wanted.voice,
        # The model speaks English only; guessing at short sentences would change a substitute's voice.
        language="en",
        dialect=DIALECT,
    )
