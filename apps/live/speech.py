"""One streamed answer: text in, pieces of audio out as they are spoken, charged for what was spoken."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.limits import gate
from ttsplatform.errors import ApiError
from workers.text.split import Piece, split

from . import metering
from .hub import Line, hub
from .wire import Message

# The first piece is short so that sound begins at once; the later ones give the engine whole sentences.
FIRST_PIECE = 90
PIECE = 220
SEEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of encoded audio in the stream's format. `words` begin in it (seconds from the stream's start)."""

    data: bytes
    seconds: float
    index: int
    words: tuple[dict[str, Any], ...] = ()


@dataclass
class Totals:
    """What a stream came to, complete once it has ended."""

    session_id: uuid.UUID
    characters: int
    spoken: int = 0
    charged: int = 0
    seconds: float = 0.0
    first_audio_seconds: float | None = None
    began: float = field(default_factory=time.monotonic)


@contextlib.asynccontextmanager
async def speech_stream(
    caller: Caller, order: Order, *, request_id: str, audio: str, sample_rate: int | None = None
) -> AsyncIterator[tuple[Totals, AsyncIterator[Sound]]]:
    """Speak an order live. `audio` is a format of workers.audio.formats, `sample_rate` for pcm and wav.

    The context holds one of the plan's slots and a worker's. Leaving it, for whatever reason, stops the engine and
    settles. Raises ApiError on entering: insufficient_credits, too_many_concurrent, service_unavailable; the
    iterator raises ApiError where the worker fails or is lost.
    """
    slot = uuid.uuid4().hex
    await gate.aenter(caller, kind="none", slot=slot, slot_seconds=600)
    try:
        row = await in_thread(metering.session_open, caller, order, request_id=request_id)
        totals = Totals(row.pk, order.characters)
        try:
            request = order.request
            opening = {
                "model": request["model"],
                "format": audio,
                "rate": sample_rate,
                "request_id": request_id,
            }
            async with hub().line(row.pk.hex, **opening) as line:
                yield totals, _sounds(line, request, totals)
        finally:
            settle = in_thread(metering.session_close, row.pk, totals.spoken)
            totals.charged = await asyncio.shield(settle)
    finally:
        await asyncio.shield(gate.aleave(caller, slot))


async def _sounds(line: Line, request: Any, totals: Totals) -> AsyncIterator[Sound]:
    pieces = list(cut(str(request["text"]), str(request["language"])))
    for number, piece in enumerate(pieces):
        await line.send(
            "speak",
            piece=number,
            text=piece.text,
            pause=piece.pause,
            start=piece.start,
            voice=request["voice"],
            language=request["language"],
            speed=request["speed"],
            last=number == len(pieces) - 1,
        )
    seen, index = time.monotonic(), 0
    async for message in line.messages():
        if message.kind == "audio":
            header = message.header
            totals.seconds += header["seconds"]
            if totals.first_audio_seconds is None:
                totals.first_audio_seconds = time.monotonic() - totals.began
            # A piece that has begun to sound counts as spoken: its text cannot be taken back.
            totals.spoken = max(totals.spoken, pieces[header["piece"]].end)
            yield Sound(message.audio, header["seconds"], index, tuple(header.get("words", ())))
            index += 1
            if time.monotonic() - seen > SEEN_SECONDS:
                seen = time.monotonic()
                await in_thread(metering.session_seen, totals.session_id, totals.spoken)
        else:
            _raise_for(message)
    totals.spoken = totals.characters


def cut(text: str, language: str) -> Iterator[Piece]:
    """Pieces to speak in order: the first one short."""
    whole = split(text, language, max_chars=PIECE, target_chars=0)
    first, rest = whole[0], whole[1:]
    if len(first.text) <= FIRST_PIECE:
        yield first
    else:
        parts = split(first.text, language, max_chars=FIRST_PIECE, target_chars=0)
        for part in parts:
            pause = first.pause if part is parts[-1] else part.pause
            yield Piece(part.text, part.start + first.start, part.end + first.start, pause)
    yield from rest


def _raise_for(message: Message) -> None:
    if message.kind == "lost":
        raise ApiError(
            "service_unavailable", "The worker that spoke was lost. Only what was spoken is charged."
        )
    if message.kind == "failed":
        raise ApiError(str(message.header.get("code", "internal_error")), message.header.get("message"))


async def in_thread(function: Any, *args: Any, **kwargs: Any) -> Any:
    """A database call of an asynchronous view, with its connection given back afterwards."""

    def call() -> Any:
        try:
            return function(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return await sync_to_async(call, thread_sensitive=False)()
