"""Text that is still being written, spoken sentence by sentence over one socket: the words of a language model, say."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from .errors import AuthenticationError, ConnectionFailed, TTSError, error_from
from .settings import Settings
from .shapes import Sound


async def talk(
    settings: Settings, texts: AsyncIterable[str], fields: Mapping[str, Any]
) -> AsyncGenerator[Sound, None]:
    """The sound of `texts` while they come: s16le at `sample_rate`. Raises TTSError, and whatever `texts` raises."""
    address = "ws" + settings.base_url.removeprefix("http") + "/ws/tts/stream"
    try:
        async with connect(address, additional_headers=settings.headers, max_size=None) as socket:
            writing = asyncio.create_task(_write(socket, texts, fields))
            try:
                async for message in socket:
                    frame = json.loads(message)
                    if "audio" in frame:
                        yield Sound(base64.b64decode(frame["audio"]), [], frame["sr"])
                    elif "error" in frame:
                        raise error_from(int(frame.get("code") or 400), {}, message_of(frame))
                    elif frame.get("session_closed"):
                        return
                    if writing.done() and writing.exception() is not None:
                        await writing
                raise ConnectionFailed("The socket was closed before all was spoken.")
            finally:
                writing.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await writing
    except InvalidStatus as exc:
        if exc.response.status_code in {401, 403}:
            raise AuthenticationError("The platform refuses this API key.", status=403) from exc
        raise error_from(exc.response.status_code, {}, bytes(exc.response.body or b"")) from exc
    except (OSError, InvalidHandshake, ConnectionClosed) as exc:
        raise ConnectionFailed(f"The connection to {settings.base_url} failed or broke off.") from exc


async def _write(socket: ClientConnection, texts: AsyncIterable[str], fields: Mapping[str, Any]) -> None:
    first = dict(fields)
    async for text in texts:
        await socket.send(json.dumps({**first, "text": text}))
        first = {}
    if first:
        raise TTSError("There is no text to speak.")
    await socket.send('{"close": true}')


def message_of(frame: Mapping[str, Any]) -> bytes:
    """An error frame as the body of an error's answer."""
    told = frame["error"]
    message = told if isinstance(told, str) else (told or {}).get("message", "")
    return json.dumps(
        {"message": frame.get("message") or message, "error_code": frame.get("error_code")}
    ).encode()
