"""/v1/voice-chat/: say something, or write it, and hear a language model's answer.

The document's answer is JSON with a link to the audio. With `stream` the answer comes as Server-Sent Events while it is
being written: `start`, then `text` and `audio` as they come, `done`; `error` where it breaks off.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, aclosing, suppress
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import Caller, caller_of
from apps.chat import services
from apps.chat.listening import heard
from apps.chat.models import Conversation
from apps.chat.selectors import conversation_get, words_of
from apps.chat.talking import Talk, Written, talk
from apps.jobs.links import result_url
from apps.jobs.models import Job
from apps.jobs.recordings import Recording, received
from apps.jobs.services import Order
from apps.live.answers import EVENTS, kept_alive
from apps.live.turn import Sound
from ttsplatform.errors import ApiError, as_api_error
from workers.audio.streaming import STREAMED_FORMATS

from .streaming import event
from .user_voices import form_of, request_id_of
from .working import work_answer

MAX_BYTES = 25 << 20
_YES = {"1", "true", "yes", "on"}


class VoiceChat(APIView):
    """POST audio or text[, voice, tts_model, system_prompt, conversation_id, format, stream, webhook_url];
    GET and DELETE ?conversation_id=."""

    scope = "audio"
    limit_kind = "work"

    def post(self, request: Request) -> HttpResponseBase:
        services.demand_model()
        caller, fields = caller_of(request), form_of(request)
        format = (fields.get("format") or "mp3").lower()
        speech = services.speech_for(caller, fields.get("voice"), fields.get("tts_model"), format)
        # In JSON it is no string.
        given = request.data.get("stream") if isinstance(request.data, dict) else None
        streams = str(given).lower() in _YES
        if streams and format not in STREAMED_FORMATS:
            raise ApiError("bad_request", f"format: {format} cannot be streamed.", param="format")
        text = fields.get("text") or ""
        upload = request.FILES.get("audio") or request.FILES.get("file")
        services.demand_text(text, upload)
        conversation = services.conversation_for(
            caller, fields.get("conversation_id"), fields.get("system_prompt")
        )
        with ExitStack() as stack:
            recording = (
                stack.enter_context(received(upload, max_bytes=MAX_BYTES, param="audio")) if upload else None
            )
            if streams:
                said = heard(caller, recording, request_id_of(request)) if recording else text
                return async_to_sync(_streamed)(request, caller, conversation, said, speech, format)
            return self._whole(request, caller, conversation, speech, text, recording)

    def get(self, request: Request) -> Response:
        conversation = self._named(request)
        said = [{"user_text": words.user, "ai_text": words.ai} for words in words_of(conversation)]
        expires = conversation.expires_at.isoformat()
        return Response({"conversation_id": conversation.public_id, "expires_at": expires, "exchanges": said})

    def delete(self, request: Request) -> Response:
        conversation = self._named(request)
        services.conversation_delete(conversation)
        return Response({"conversation_id": conversation.public_id, "deleted": True})

    @staticmethod
    def _named(request: Request) -> Conversation:
        return conversation_get(caller_of(request), request.query_params.get("conversation_id", ""))

    @staticmethod
    def _whole(
        request: Request,
        caller: Caller,
        conversation: Conversation,
        speech: Order,
        text: str,
        recording: Recording | None,
    ) -> HttpResponseBase:
        order = services.chat_order(conversation, speech, text=text, recording=recording)

        def submitted(caller: Caller, order: Order, **options: Any) -> Any:
            return services.exchange_submit(conversation, caller, order, **options)

        response = work_answer(request, caller, order, recording, _answer, submit=submitted)
        if isinstance(response, Response):
            response.data.setdefault("conversation_id", conversation.public_id)
        return response


def _answer(request: Request, job: Job) -> Response:
    result = job.result or {}
    return Response(
        {
            "conversation_id": result["conversation_id"],
            "user_text": result["user_text"],
            "ai_text": result["ai_text"],
            "audio_url": result_url(request._request, job),
            "duration": result["duration"],
            "credits_used": job.price,
            "model": job.model,
            "served_model": job.served_model,
            "uuid": job.pk.hex,
        }
    )


async def _streamed(
    request: Request, caller: Caller, conversation: Conversation, said: str, speech: Order, format: str
) -> HttpResponseBase:
    state = Talk(conversation, said)
    options = {"request_id": request_id_of(request), "audio": format, "state": state}
    events = talk(conversation, caller, said, speech, **options)  # type: ignore[arg-type]
    # Headers are held until there is something to tell, so that an early failure is a plain error.
    first = await anext(events)

    async def body() -> AsyncIterator[bytes]:
        async with aclosing(events):
            yield event("start", {"conversation_id": conversation.public_id, "user_text": said})
            try:
                yield _dressed(first, format)
                async for each in events:
                    yield _dressed(each, format)
            except Exception as exc:
                error = as_api_error(exc)
                yield event("error", {"error": {"code": error.code, "message": error.message}})
                return
        done = {
            "status": "completed",
            "conversation_id": conversation.public_id,
            "ai_text": state.ai_text.strip(),
            "duration": round(state.seconds, 3),
            "credits_used": state.charged,
        }
        yield event("done", done)

    response = StreamingHttpResponse(kept_alive(body()), content_type=EVENTS)
    # A client that goes before the first byte leaves the body unstarted, and nobody to end the exchange.
    loop = asyncio.get_running_loop()
    response._resource_closers.append(  # type: ignore[attr-defined]
        lambda: asyncio.run_coroutine_threadsafe(_closed(events), loop)
    )
    response["X-Served-Model"] = speech.served_model
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _closed(events: AsyncGenerator[Written | Sound, None]) -> None:
    with suppress(RuntimeError):  # its body is just ending it
        await events.aclose()


def _dressed(each: Written | Sound, format: str) -> bytes:
    if isinstance(each, Written):
        return event("text", {"delta": each.text})
    return event(
        "audio", {"index": each.index, "audio": base64.b64encode(each.data).decode(), "format": format}
    )
