"""POST /v1/tts/stream/ (and `"stream": true`): Server-Sent Events `audio`, then `done`; `error` where it breaks off.

The document names the path and the kind of stream but not its events; these are our proposal. The `audio` values of all
events, decoded and put one after the other, are one file in the format that was asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.live.answers import Dress, live_answer
from apps.live.speech import Sound, Totals
from ttsplatform.errors import ApiError, as_api_error
from workers.audio.streaming import STREAMED_FORMATS

from .errors import error_body


def stream_answer(request: HttpRequest, caller: Caller, order: Order) -> HttpResponseBase:
    """The order as a stream of events. Raises ApiError for all that goes wrong before the first sound."""
    name = str(order.request["format"])
    if name not in STREAMED_FORMATS:
        message = f"format: {name} cannot be streamed; {', '.join(STREAMED_FORMATS)} can."
        raise ApiError("bad_request", message, param="format")
    response = async_to_sync(live_answer)(
        request, caller, order, audio=name, content_type="text/event-stream", dress=events(name, order)
    )
    response["X-Credits-Used"] = str(order.price)
    return response


def events(name: str, order: Order) -> Dress:
    """How sounds become events of this stream."""

    async def dressed(totals: Totals, sounds: AsyncIterator[Sound]) -> AsyncIterator[bytes]:
        try:
            async for sound in sounds:
                audio = base64.b64encode(sound.data).decode()
                about = {"format": name, "sample_rate": totals.sample_rate, "words": list(sound.words)}
                yield event("audio", {"index": sound.index, "audio": audio, **about})
        except Exception as exc:
            # The status has long been sent: this is the only way to say it.
            yield event("error", error_body(as_api_error(exc)))
            return
        done = {
            "status": "completed",
            "uuid": totals.session_id.hex,
            "duration": round(totals.seconds, 3),
            "credits_used": order.price,
            "result_url": None,
        }
        yield event("done", done)

    return dressed


def event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
