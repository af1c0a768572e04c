"""HTTP answers that stream: status and headers are held until there is sound, so an early failure is a plain error."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from django.http import HttpRequest, StreamingHttpResponse

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.voices.speaking import likeness_headers
from ttsplatform.errors import ApiError

from .speech import Sound, Totals, speech_stream

logger = logging.getLogger(__name__)

EVENTS = "text/event-stream"
KEEP_ALIVE_SECONDS = 10.0

Dress = Callable[[Totals, AsyncIterator[Sound]], AsyncIterator[bytes]]


async def kept_alive(
    events: AsyncIterator[bytes], seconds: float = KEEP_ALIVE_SECONDS
) -> AsyncIterator[bytes]:
    """The events, and a comment whenever none came for so long: proxies and clients give up on silent connections."""
    coming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait([coming], timeout=seconds)
            if not done:
                yield b": still here\n\n"
            elif (event := coming.result()) is None:
                return
            else:
                yield event
                coming = asyncio.ensure_future(anext(events, None))
    finally:
        coming.cancel()


def server_timing(first_audio_seconds: float) -> str:
    """The value of the Server-Timing header."""
    return f"ttfa;dur={round(first_audio_seconds * 1000, 1)}"


async def plain(totals: Totals, sounds: AsyncIterator[Sound]) -> AsyncIterator[bytes]:
    """The audio's bytes as they are."""
    async for sound in sounds:
        yield sound.data


async def live_answer(
    request: HttpRequest,
    caller: Caller,
    order: Order,
    *,
    audio: str,
    content_type: str,
    sample_rate: int | None = None,
    dress: Dress = plain,
) -> StreamingHttpResponse:
    """Speak `order` into the answer. Raises ApiError for all that goes wrong before the first sound.

    What goes wrong later can only break the stream off: a complete answer always ends properly.
    """
    stack = contextlib.AsyncExitStack()
    request_id = str(request.request_id)  # type: ignore[attr-defined]
    try:
        stream = speech_stream(caller, order, request_id=request_id, audio=audio, sample_rate=sample_rate)
        totals, sounds = await stack.enter_async_context(stream)
        first = await anext(sounds, None)
        if first is None:
            raise ApiError("bad_request", "Nothing in this text could be spoken.", param="text")
    except BaseException:
        await stack.aclose()
        raise

    async def all_sounds() -> AsyncIterator[Sound]:
        yield first
        async for sound in sounds:
            yield sound

    async def body() -> AsyncIterator[bytes]:
        async with stack:
            dressed = dress(totals, all_sounds())
            async for data in kept_alive(dressed) if content_type == EVENTS else dressed:
                yield data

    response = StreamingHttpResponse(body(), content_type=content_type)
    # A client that goes before the first byte leaves the body unstarted, and nobody to close the stream.
    loop = asyncio.get_running_loop()
    response._resource_closers.append(  # type: ignore[attr-defined]
        lambda: asyncio.run_coroutine_threadsafe(stack.aclose(), loop)
    )
    response["Server-Timing"] = server_timing(totals.first_audio_seconds or 0.0)
    response["X-Served-Model"] = order.served_model
    for name, value in likeness_headers(order.likeness).items():
        response[name] = value
    response["X-Session-Id"] = totals.session_id.hex
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response
