"""/ws/tts/stream: text comes token by token, every sentence is spoken as soon as it is whole."""

from __future__ import annotations

from typing import Any

from apps.live.turn import Totals
from ttsplatform.errors import ApiError

from . import checks, frames
from .conversation import Conversation
from .fields import DEFAULT, Manner, manner, settings_update
from .socket import Socket


class StreamSocket(Socket):
    async def begin(self, query: dict[str, list[str]]) -> None:
        named = query.get("model_id") or query.get("model")
        base = manner({"model_id": named[0]}) if named else DEFAULT
        self._talk = _Talk(self, base, turn_on_flush=self.knows_turns)

    async def handle(self, frame: dict[str, Any]) -> None:
        try:
            await self._handle(frame)
        except ApiError:
            if frame.get("flush") and self.knows_turns:
                self._talk.owe_end()
            raise

    async def _handle(self, frame: dict[str, Any]) -> None:
        talk = self._talk
        if "update_settings" in frame:
            settings_update(frame["update_settings"], talk.planned)
            await talk.text("", frame["update_settings"])
            await self.tell({"settings_updated": True, "settings": talk.planned.settings})
            return
        if frame.get("cancel"):
            await talk.cancel()
            await self.tell({"interrupted": True})
            return
        text = frame.get("text", "")
        if not isinstance(text, str):
            raise checks.bad("text", "must be a string.")
        await talk.text(text, frame)
        if frame.get("flush"):
            await talk.flush()
        if frame.get("close") or frame.get("end_session"):
            await talk.finish()
        if frame.get("close_socket"):
            await talk.finish()
            await talk.finish(then=self.close)

    async def end(self) -> None:
        if hasattr(self, "_talk"):
            await self._talk.close()


class _Talk(Conversation):
    """Tells the end of each turn by `final` and `session_closed`."""

    def __init__(self, socket: StreamSocket, base: Manner, *, turn_on_flush: bool) -> None:
        self._socket = socket
        super().__init__(socket.caller, socket.slot, socket.request_id, base, turn_on_flush=turn_on_flush)

    async def tell(self, frame: dict[str, Any]) -> None:
        await self._socket.tell(frame)

    async def tell_error(self, exc: Exception) -> None:
        await self._socket.tell_error(exc)

    async def tell_end(self, totals: Totals) -> None:
        counted = frames.totals(totals)
        await self.tell({"final": True, **counted})
        await self.tell({"session_closed": True, **counted, "usage": frames.usage(totals, self.manner)})
