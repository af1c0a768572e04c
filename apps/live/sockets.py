"""What sockets of JSON frames share, whichever public API they speak: who calls, frames in and out, errors, the end."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from typing import Any
from urllib.parse import parse_qs

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer

from apps.accounts.addresses import address_believed
from apps.accounts.authentication import caller_for, key_in_headers
from apps.accounts.callers import Caller
from ttsplatform import tracing
from ttsplatform.counting import count
from ttsplatform.errors import ApiError, as_api_error

from .slots import PlanSlot
from .threads import in_thread

logger = logging.getLogger(__name__)

KEY_ENDED = 4001
"""Close code: the key has been revoked, or has ended."""


class JsonSocket(AsyncWebsocketConsumer):
    """Refuses the upgrade without a good key (403).

    Frames are JSON objects in text. What is wrong with one is answered by an error frame; the socket stays open.
    """

    scope_needed = "speech"
    """What the key must be good for."""
    gone = False

    async def connect(self) -> None:
        self.request_id = uuid.uuid4().hex
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        try:
            self.caller = await in_thread(self._caller, (query.get("api_key") or [None])[0])
        except ApiError as refusal:
            logger.info("socket refused", extra={"reason": refusal.code})
            await self.close()
            return
        about = {"account": str(self.caller.account.pk)} if self.caller.account else {}
        structlog.contextvars.bind_contextvars(request_id=self.request_id, **about)
        given = dict(self.scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        tracing.adopt(tracing.acceptable(given))
        self.slot = PlanSlot(self.caller, kind="work")
        await self.accept()
        await self.begin(query)

    def _caller(self, key: str | None) -> Caller:
        headers = {
            name.decode("latin-1").title(): value.decode("latin-1") for name, value in self.scope["headers"]
        }
        named = {"Authorization": headers.get("Authorization"), "X-API-Key": headers.get("X-Api-Key")}
        key = key_in_headers({name: value for name, value in named.items() if value}) or key
        peer = (self.scope.get("client") or ("",))[0]
        if key is None:
            raise ApiError("unauthorized", "These sockets need an API key: connect with ?api_key=sk-tts-…")
        caller = caller_for(key, address_believed(peer, headers.get("X-Forwarded-For", "")))
        caller.require(self.scope_needed)
        return caller

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        context_id = None
        try:
            frame = _parsed(text_data)
            given = frame.get("context_id")
            context_id = given if isinstance(given, str) else None
            await self.handle(frame)
        except Exception as exc:
            await self.tell_error(exc, context_id)

    async def tell(self, frame: dict[str, Any]) -> None:
        """Send one frame. Waits while the client does not read; the engine then waits too."""
        if not self.gone:
            try:
                await self.send(text_data=json.dumps(frame, ensure_ascii=False))
            except Exception:
                # Servers differ in what they raise for a client that has just left; its disconnect is on the way.
                self.gone = True
                logger.debug("client gone", exc_info=True)

    async def tell_error(self, exc: Exception, context_id: str | None = None) -> None:
        """An error frame; a key that has ended ends the socket too."""
        error = as_api_error(exc)
        count("tts_errors", code=error.code)
        frame = {**self.error_frame(error), "request_id": self.request_id}
        if context_id is not None:
            frame["context_id"] = context_id
        await self.tell(frame)
        if error.code in {"unauthorized", "forbidden"}:
            self.gone = True
            await self.close(code=KEY_ENDED)

    def error_frame(self, error: ApiError) -> dict[str, Any]:
        """An error in this API's shape."""
        raise NotImplementedError

    async def begin(self, query: dict[str, list[str]]) -> None:
        """The socket is open. `query`: the parameters of its address."""
        raise NotImplementedError

    async def handle(self, frame: dict[str, Any]) -> None:
        """One frame of the client; must not take long, for the next one may be a cancel."""
        raise NotImplementedError

    async def end(self) -> None:
        """The client is gone: stop everything."""
        raise NotImplementedError

    async def disconnect(self, code: int) -> None:
        self.gone = True
        if hasattr(self, "slot"):
            # Goes on where the server cancels this while it stops.
            await asyncio.shield(self.end())


def _parsed(text: str | None) -> dict[str, Any]:
    if text is None:
        raise ApiError("bad_request", "Frames must be text with a JSON object in it, not binary.")
    try:
        frame = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ApiError("bad_request", "The frame is not valid JSON.") from None
    if not isinstance(frame, dict):
        raise ApiError("bad_request", 'The frame must be a JSON object, such as {"text": "Hello."}.')
    return frame


def _refuse(name: str) -> None:
    raise ValueError(name)
