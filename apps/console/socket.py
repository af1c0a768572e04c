"""/console/speak: the playground's socket. One token, one text, spoken while it comes.

In: {"text", "choice", "speed"?} (apps.console.speaking). Out: {"audio": base64 of s16le, "rate": Hz}, {"words":
[{word, start, end, char_start, char_end}]} with times in seconds from the beginning and places in the text, and at the
end {"done": true, …} or {"error": {"code", "message"}}; then the socket is closed. To interrupt is to close it.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from urllib.parse import parse_qs

from apps.accounts.addresses import address_believed
from apps.accounts.callers import Caller
from apps.accounts.tokens import speech_caller
from apps.jobs.services import Order
from apps.live.sockets import JsonSocket
from apps.live.threads import in_thread
from apps.live.turn import Sound, Turn
from ttsplatform.errors import ApiError

from .speaking import order_of

RATE = 24_000


class SpeakSocket(JsonSocket):
    """Opened by a token of apps.accounts.tokens; an API key opens nothing here."""

    def _caller(self, key: str | None) -> Caller:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.scope["headers"]
        }
        peer = (self.scope.get("client") or ("",))[0]
        token = (query.get("token") or [""])[0]
        return speech_caller(token, address_believed(peer, headers.get("x-forwarded-for", "")))

    def error_frame(self, error: ApiError) -> dict[str, Any]:
        return {"error": {"code": error.code, "message": error.message}}

    async def begin(self, query: dict[str, list[str]]) -> None:
        self._speaking: asyncio.Task[None] | None = None

    async def handle(self, frame: dict[str, Any]) -> None:
        if self._speaking is not None:
            raise ApiError("conflict", "This socket speaks already. Open another one for another text.")
        self._speaking = asyncio.create_task(self._serve(frame))

    async def end(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.wait([self._speaking])

    async def _serve(self, frame: dict[str, Any]) -> None:
        try:
            await self._speak(await in_thread(order_of, self.caller, frame, "pcm"))
        except Exception as exc:
            await self.tell_error(exc)
        await self.close()

    async def _speak(self, order: Order) -> None:
        turn = Turn(self.caller, request_id=self.request_id, audio="pcm", sample_rate=RATE, slot=self.slot)
        try:
            await turn.say(order, last=True)
            async for event in turn.events():
                if isinstance(event, Sound):
                    if event.words:
                        await self.tell({"words": list(event.words)})
                    await self.tell({"audio": base64.b64encode(event.data).decode(), "rate": RATE})
        finally:
            await turn.close()
        done = turn.totals
        if not done.sounds:
            raise ApiError("bad_request", "Nothing in this text could be spoken.", param="text")
        await self.tell(
            {
                "done": True,
                "seconds": round(done.seconds, 3),
                "charged": done.charged,
                "served_model": done.served_model,
                "first_audio_ms": round((done.first_audio_seconds or 0.0) * 1000),
            }
        )
