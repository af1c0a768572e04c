"""/ws/tts: one request at a time, its audio frames, its word times, `final`; then the next one."""

from __future__ import annotations

import asyncio
from typing import Any

from apps.live.turn import Sound, Turn
from ttsplatform.errors import ApiError

from . import frames
from .fields import aorder_for, manner, text_of
from .socket import Socket

WAITING = 20
"""Requests that may wait for the one that is spoken."""


class SpeechSocket(Socket):
    async def begin(self, query: dict[str, list[str]]) -> None:
        named = query.get("model_id") or query.get("model")
        self._model = {"model_id": named[0]} if named else {}
        self._requests: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING)
        self._task = asyncio.create_task(self._serve())

    async def handle(self, frame: dict[str, Any]) -> None:
        try:
            self._requests.put_nowait(frame)
        except asyncio.QueueFull:
            message = "Too many requests wait on this socket. Read the answers first, or open another."
            raise ApiError("rate_limited", message, retry_after=1) from None

    async def end(self) -> None:
        if hasattr(self, "_task"):
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _serve(self) -> None:
        while True:
            frame = await self._requests.get()
            try:
                await self._answer(frame)
            except Exception as exc:
                await self.tell_error(exc)

    async def _answer(self, frame: dict[str, Any]) -> None:
        text, wanted = text_of(frame), manner({**self._model, **frame})
        order = await aorder_for(self.caller, text, wanted)
        turn = Turn(
            self.caller,
            request_id=self.request_id,
            audio="pcm",
            sample_rate=wanted.sample_rate,
            slot=self.slot,
        )
        words: frames.Words = []
        samples = 0
        try:
            await turn.say(order, last=True)
            async for event in turn.events():
                if isinstance(event, Sound):
                    await self.tell(frames.audio(event, wanted))
                    samples += frames.samples_of(event)
                    words += event.words
        finally:
            await turn.close()
        if not samples:
            raise ApiError("bad_request", "Nothing in this text could be spoken.", param="text")
        if wanted.word_timestamps:
            await self.tell(frames.word_timestamps(words))
        await self.tell(frames.final(turn.totals, wanted, samples))
