"""/ws/tts/multi: several voices on one socket, each a context of its own, all speaking at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from apps.live.turn import Totals
from ttsplatform.errors import ApiError

from . import checks, frames
from .conversation import FIXED, Conversation, nothing
from .fields import DEFAULT, FIELDS, Manner, manner, settings_update
from .socket import Socket

CONTEXTS = 5
INACTIVE_SECONDS = 20.0
_LOOK_SECONDS = 1.0
_LONGEST_ID = 200
# What a context has of its own; the rest belongs to the socket, and goes for all its contexts.
_OWN = ("voice_id", "cfg_scale", "max_new_tokens")
_SHARED = FIELDS - set(_OWN)


class MultiSocket(Socket):
    async def begin(self, query: dict[str, list[str]]) -> None:
        named = query.get("model_id") or query.get("model")
        # How contexts to come will speak.
        self._manner = manner({"model_id": named[0]}) if named else DEFAULT
        self._contexts: dict[str, _Context] = {}
        self._seconds = 0.0
        self._watch = asyncio.create_task(self._close_inactive())

    async def handle(self, frame: dict[str, Any]) -> None:
        if "update_settings" in frame:
            self._manner = settings_update(frame["update_settings"], self._manner)
            await self.tell({"settings_updated": True, "settings": self._manner.settings})
        elif frame.get("close_socket"):
            await self._close_all()
        elif frame.get("context_id") is None:
            # Clients announce the voice of contexts to come this way, or say nothing at all to stay connected.
            given = _given(frame)
            self._manner = manner(given, self._manner)
            self._share(given)
            if frame.get("text") or frame.get("flush"):
                raise ApiError("bad_request", "context_id: which context is this for?", param="context_id")
        else:
            await self._handle(checks.string(frame["context_id"], "context_id", _LONGEST_ID), frame)

    async def _handle(self, context_id: str, frame: dict[str, Any]) -> None:
        context = self._contexts.get(context_id)
        if frame.get("close_context"):
            if context is None:
                raise ApiError(
                    "not_found", f"There is no context {context_id!r} (any more).", param="context_id"
                )
            if frame.get("immediate"):
                await context.cancel()
                await self.closed(context)
            else:
                await context.finish(then=partial(self.closed, context))
            return
        text = frame.get("text", "")
        if not isinstance(text, str):
            raise checks.bad("text", "must be a string.")
        given = _given(frame)
        wanted = manner(given, self._manner if context is None else context.planned)
        self._manner = manner({name: given[name] for name in _SHARED & given.keys()}, self._manner)
        if context is None:
            if not text and frame.get("flush"):
                raise ApiError(
                    "not_found", f"There is no context {context_id!r} (any more).", param="context_id"
                )
            context = self._create(context_id, wanted)
            await context.tell({"context_created": True})
        self._share(given, but=context)
        # A single space creates a context and is nothing to say.
        await context.text("" if text == " " and not context.busy else text, given)
        if frame.get("cancel"):
            await context.cancel()
            await context.tell({"interrupted": True})
        if frame.get("flush"):
            await context.flush()

    def _share(self, given: Mapping[str, Any], but: _Context | None = None) -> None:
        """Tell the other contexts what a frame says of the whole socket."""
        shared = {name: given[name] for name in _SHARED & given.keys()}
        for context in self._contexts.values():
            if context is not but and shared:
                context.later(shared)

    def _create(self, context_id: str, wanted: Manner) -> _Context:
        if len(self._contexts) >= CONTEXTS:
            message = f"Only {CONTEXTS} contexts may be open on one socket. Close one first."
            raise ApiError("rate_limited", message, error_code="TOO_MANY_CONTEXTS")
        self._contexts[context_id] = _Context(self, context_id, wanted)
        return self._contexts[context_id]

    async def closed(self, context: _Context) -> None:
        """A context has come to its end."""
        if self._contexts.pop(context.id, None) is None:
            return
        self._seconds += context.all.seconds
        usage = frames.usage(context.all, context.manner)
        await context.tell({"context_closed": True, "usage": usage})
        # From a task of its own: this may be the context's.
        context.closing = asyncio.create_task(context.close())

    async def _close_all(self) -> None:
        waiting = [asyncio.create_task(self._drained(context)) for context in self._contexts.values()]
        if waiting:
            await asyncio.wait(waiting)
        await self.tell({"session_closed": True, "total_audio_seconds": round(self._seconds, 3)})
        await self.close(code=1000)

    async def _drained(self, context: _Context) -> None:
        """What is left of a context is dropped: whoever closes the socket does not listen any more."""
        await context.cancel()
        await self.closed(context)

    async def _close_inactive(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for context in list(self._contexts.values()):
                if not context.busy and time.monotonic() - context.heard_of > INACTIVE_SECONDS:
                    await self.closed(context)

    async def end(self) -> None:
        if hasattr(self, "_watch"):
            self._watch.cancel()
            for context in list(self._contexts.values()):
                await context.close()


class _Context(Conversation):
    """Names itself in every frame, and tells the end of each turn by `final` (newer clients) and `is_final`."""

    # An error in answer to a flush ends the turn for them; only `context_closed` is waited for after that.
    owes_end = False

    def __init__(self, socket: MultiSocket, context_id: str, wanted: Manner) -> None:
        self._socket = socket
        self.id = context_id
        self.all: Totals = nothing()
        self.closing: asyncio.Task[None] | None = None
        # What was said of the whole socket since the turn began.
        self._coming: dict[str, Any] = {}
        super().__init__(socket.caller, socket.slot, socket.request_id, wanted)

    def later(self, shared: Mapping[str, Any]) -> None:
        """These hold for the whole socket, and here from the next turn on."""
        self._coming |= shared
        # Where they do not go with the context's voice, its next turn says so.
        with contextlib.suppress(ApiError):
            self.planned = manner(shared, self.planned)

    async def cancel(self) -> None:
        await super().cancel()
        self._coming.clear()

    def _change(self, fields: Mapping[str, Any]) -> None:
        if self._turn is None:
            fields, self._coming = {**self._coming, **fields}, {}
        else:
            # Whatever belongs to the socket may be said at any time.
            waiting = {name: fields[name] for name in _SHARED & fields.keys() if name in FIXED}
            self._coming |= waiting
            fields = {name: value for name, value in fields.items() if name not in waiting}
        super()._change(fields)

    async def tell(self, frame: dict[str, Any]) -> None:
        # A context that speaks is not idle, and neither is one that has just spoken.
        self.heard_of = time.monotonic()
        await self._socket.tell({**frame, "context_id": self.id})

    async def tell_error(self, exc: Exception) -> None:
        await self._socket.tell_error(exc, self.id)

    async def tell_end(self, totals: Totals) -> None:
        frames.add(self.all, totals)
        await self.tell({"final": True, "is_final": True})


def _given(frame: dict[str, Any]) -> dict[str, Any]:
    """The frame's fields with those of `voice_settings` among them, the model under its one name."""
    nested = frame.get("voice_settings")
    if nested is not None and not isinstance(nested, dict):
        raise checks.bad("voice_settings", "must be an object.")
    given = {**frame, **(nested or {})}
    if "model" in given:
        given.setdefault("model_id", given["model"])
    return given
