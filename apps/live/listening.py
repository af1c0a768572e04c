"""Live listening: sound goes in as it is spoken, what was said comes out. The other direction of a Turn (turn.py).

A listening holds one of the plan's places, one line to a worker and its rows in the ledger until `close`. It is charged
by the sound that was sent: in the ledger's rows, what speech counts in characters are tenths of a second here.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.jobs.transcription import SERVICE
from apps.usage.pricing import characters_for_audio
from ttsplatform.errors import ApiError

from .hub import Line, hub
from .metering import Meter
from .slots import PlanSlot
from .turn import SEEN_SECONDS
from .wire import Message

AHEAD_SECONDS = 30.0
"""Sound that may be on its way to the worker's ear; whoever sends faster waits."""
_TENTHS_A_MINUTE = 600
LONGEST_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said in the turn that goes on, or in all of it (`final`, with the `reason` for its end)."""

    text: str
    final: bool
    language: str | None
    reason: str


def priced(kind: str, service: str, model: str, served_model: str) -> Order:
    """The order of a minute, in tenths of a second, of a service that is priced by the minute."""
    return Order(
        kind=kind,
        step="",
        service=service,
        queue="",
        model=model,
        served_model=served_model,
        voice="",
        language="",
        characters=_TENTHS_A_MINUTE,
        price=characters_for_audio(60, service),
        request={},
    )


class Listening:
    """`send` and `finish` may be called while another task is in `events`; `send` by one task at a time."""

    def __init__(self, caller: Caller, *, request_id: str, slot: PlanSlot | None = None) -> None:
        self.session_id = uuid.uuid4()
        self.seconds = 0.0
        """Of sound that was sent."""
        self.charged = 0
        self._caller = caller
        self._request_id = request_id
        self._slot = slot or PlanSlot(caller)
        self._meter = Meter(caller, request_id, self.session_id)
        self._line: Line | None = None
        self._covering: asyncio.Task[None] | None = None
        self._judged = 0.0
        self._moved = asyncio.Event()
        self._over = self._failed = False
        self._closing: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    async def open(
        self,
        *,
        model: str,
        served_model: str,
        rate: int,
        ends: str,
        pauses: tuple[float, float],
        languages: Sequence[str] = (),
        phrases: Sequence[str] = (),
    ) -> None:
        """Find a worker that listens. Raises ApiError: rate_limited, too_many_concurrent, service_unavailable."""
        await self._open(
            priced("transcript", SERVICE, model, served_model),
            rate,
            does="listen",
            ends=ends,
            pauses=list(pauses),
            languages=list(languages),
            phrases=list(phrases),
        )

    async def _open(self, order: Order, rate: int, **opening: Any) -> None:
        self._rate, self._order = rate, order
        await self._slot.take()
        try:
            self._line = await hub().open(
                self.session_id.hex,
                model=order.served_model,
                rate=rate,
                request_id=self._request_id,
                **opening,
            )
        except BaseException:
            await asyncio.shield(self._slot.give())
            raise
        self._watching = asyncio.create_task(self._watch())
        await self._line.post()

    async def send(self, data: bytes) -> None:
        """Mono sound, s16le. Waits while the worker is far behind. Raises insufficient_credits, service_unavailable."""
        assert self._line is not None, "open it first"
        self.seconds += len(data) / 2 / self._rate
        if self.seconds > LONGEST_SECONDS:
            raise ApiError(
                "bad_request", f"A connection listens for {LONGEST_SECONDS // 3600} hours at most."
            )
        # A task of its own, which is never cancelled: what was set aside would not be known otherwise.
        cover = self._meter.cover(self._order, self._tenths(), more_may_come=True)
        self._covering = asyncio.create_task(cover)
        await asyncio.shield(self._covering)
        self._line.write("hear", data)
        await self._line.post()
        while self.seconds - self._judged > AHEAD_SECONDS and not self._over:
            self._moved.clear()
            await self._moved.wait()

    async def finish(self) -> None:
        """No more sound: `events` ends once all was heard."""
        assert self._line is not None
        await self._line.send("finish")

    async def events(self) -> AsyncIterator[Heard]:
        """What was said, as it is heard. Raises ApiError where listening fails, or the worker is lost."""
        async for message in self._messages():
            header = message.header
            yield Heard(header["text"], header["final"], header["language"], header["reason"])

    async def _messages(self) -> AsyncIterator[Message]:
        """What the worker makes of the sound; that it goes on, or fails, is dealt with here."""
        assert self._line is not None
        try:
            async for message in self._line.messages():
                header = message.header
                if message.audio or message.kind == "said":
                    yield message
                elif message.kind == "judged":
                    self._judged = float(header["seconds"])
                    self._moved.set()
                elif message.kind == "lost":
                    self._failed = True
                    told = "The worker that listened was lost. Only what it heard is charged."
                    raise ApiError("service_unavailable", told, retry_after=1)
                elif message.kind == "failed":
                    self._failed = True
                    code = str(header.get("code", "internal_error"))
                    raise ApiError(code, header.get("message"))
        finally:
            self._over = True
            self._moved.set()

    async def close(self) -> None:
        """Stop listening, settle, give everything back. Twice is fine; goes on where its caller is cancelled."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    def _tenths(self) -> int:
        """What is to be paid for: the sound that was sent, but where listening failed only what was listened to."""
        return math.ceil(round((self._judged if self._failed else self.seconds) * 10, 6))

    async def _watch(self) -> None:
        """Tell the ledger that this lives; end it where its key has ended."""
        while True:
            await asyncio.sleep(SEEN_SECONDS)
            try:
                await self._meter.seen(self._tenths())
                await self._slot.renew()
            except ApiError as exc:
                assert self._line is not None
                header = {"code": exc.code, "message": exc.message}
                self._line.put(Message("failed", self._line.session, header))
                return

    async def _close(self) -> None:
        self._over = True
        self._moved.set()
        if self._line is None:
            return
        if self._watching is not None:
            self._watching.cancel()
        await self._line.close()
        try:
            if self._covering is not None:
                await asyncio.wait([self._covering])
            self.charged = await self._meter.close(self._tenths())
        finally:
            await self._slot.give()
