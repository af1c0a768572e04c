"""/api/stream/…: text comes in chunks, and every complete sentence goes out as a WAV of its own."""

from __future__ import annotations

import base64

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.accounts.callers import Caller
from apps.limits.door import door
from apps.live.whole import RATE
from ttsplatform.errors import ApiError
from workers.text.clean import speakable
from workers.text.sentences import complete_sentences

from . import sessions
from .fields import MAX_TEXT, check_length, chunk_fields, start_fields
from .sessions import Held
from .speaking import order_for, speak


@door("POST", kind="work")
async def start(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Query model, voice, speed."""
    manner = start_fields(request)
    # What would go wrong with every sentence is said now.
    order = await sync_to_async(order_for)(caller, "Hello.", manner)
    session_id = await sessions.start(caller, manner)
    answer = {"session_id": session_id, "status": "created", "served_model": order.served_model}
    response = JsonResponse(answer)
    response["X-Served-Model"] = order.served_model
    return response


# A language model sends a chunk a word: they count as reads, whose limit is generous. What is spoken is paid for in
# characters, and takes one of the plan's slots, as anywhere.
@door("POST", kind="read")
async def chunk(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Query session_id, body {text, flush}.

    An answer has what could be spoken; should a sentence after the first one fail, it and the rest stay buffered. A
    chunk that is answered with an error has changed nothing, so that it may be sent again.
    """
    session_id, text, flush = chunk_fields(request)
    request_id = str(request.request_id)  # type: ignore[attr-defined]
    async with sessions.held(caller, session_id) as session:
        whole = session.buffer + text
        check_length(whole, min(MAX_TEXT, caller.plan.max_text_chars))
        sentences, rest = complete_sentences(whole)
        if flush:
            sentences, rest = [*sentences, rest], ""
        spoken, served, unspoken = await _speak_all(caller, session, sentences, request_id)
        session.buffer = " ".join([*unspoken, rest]) if unspoken else rest
    answer = {
        "audio_chunks": spoken,
        "sample_rate": RATE,
        "buffered_text": session.buffer,
        "status": "flushed" if flush and not session.buffer else "streaming",
        "served_model": served,
    }
    response = JsonResponse(answer)
    if served:
        response["X-Served-Model"] = served
    return response


async def _speak_all(
    caller: Caller, session: Held, sentences: list[str], request_id: str
) -> tuple[list[str], str | None, list[str]]:
    """(WAVs in base64, the model that spoke, the sentences that could not be spoken after the first)."""
    wavs: list[str] = []
    served: str | None = None
    for number, sentence in enumerate(sentences):
        if not speakable(sentence):
            continue
        await session.renew()
        try:
            spoken = await speak(caller, sentence, session.manner, request_id=request_id)
        except ApiError:
            if not wavs:
                raise
            return wavs, served, sentences[number:]
        wavs.append(base64.b64encode(spoken.wav).decode())
        served = spoken.served_model
    return wavs, served, []


@door("DELETE", kind="read")
async def end(request: HttpRequest, caller: Caller, session_id: str) -> HttpResponse:
    return JsonResponse({"status": "ended", "session_id": await sessions.end(caller, session_id)})
