"""One turn of live speech: text goes in as it comes, sound comes out while it is spoken.

Every transport is a thin layer over this. A turn holds one of the plan's places, one line to a worker and its rows in
the ledger, from the first text to `close`. A connection with several voices at once has several turns; to interrupt a
turn is to close it, which stops the engine, and costs nothing to follow with another.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from ttsplatform import tracing
from ttsplatform.counting import observe
from ttsplatform.errors import ApiError
from workers.text.script import script
from workers.text.split import Pause

from .hub import Line, hub
from .metering import Meter
from .slots import PlanSlot
from .stretch import Stretch, following
from .wire import Message

# The first piece is short so that sound begins at once; the later ones give the engine whole sentences.
FIRST_PIECE = 90
PIECE = 220
SEEN_SECONDS = 10.0
# A client that takes nothing for so long has vanished; TCP alone would need a quarter of an hour to notice.
STALLED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What is spoken in one go: a slice of the turn's cleaned text, from `start` to `end`."""

    number: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Began:
    """The worker has this piece in hand."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of encoded audio. `words` begin in it: seconds from the turn's start, places in what was sent."""

    data: bytes
    seconds: float
    index: int
    words: tuple[dict[str, Any], ...] = ()
    piece: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """A piece is out: `seconds` of audio from `start` (on the turn's clock), made in `took` seconds."""

    piece: Piece
    start: float
    seconds: float
    took: float


Event = Began | Sound | Said


@dataclass
class Totals:
    """What a turn came to, complete once it has ended. `took`, `load`: seconds for speaking and for loading.

    `served_model` spoke; `likeness`: how like its speaker the caller's own voice is, None for stock voices.
    """

    session_id: uuid.UUID
    characters: int = 0
    spoken: int = 0
    charged: int = 0
    seconds: float = 0.0
    sounds: int = 0
    pieces: int = 0
    took: float = 0.0
    load: float = 0.0
    sample_rate: int | None = None
    first_audio_seconds: float | None = None
    began: float = field(default_factory=time.monotonic)
    served_model: str = ""
    likeness: Mapping[str, Any] | None = None


class Turn:
    """`audio` is a streamed format of workers.audio.streaming, `sample_rate` (Hz) its rate for pcm and wav.

    Not for several tasks at once, but `say` and `finish` may be called while another task is in `events`.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        request_id: str,
        audio: str,
        sample_rate: int | None = None,
        slot: PlanSlot | None = None,
    ) -> None:
        self.totals = Totals(uuid.uuid4())
        self._caller = caller
        self._opening = {"format": audio, "rate": sample_rate, "request_id": request_id}
        self._slot = slot or PlanSlot(caller)
        self._meter = Meter(caller, request_id, self.totals.session_id)
        self._line: Line | None = None
        self._order: Order | None = None
        self._pieces: list[Piece] = []
        # What the client sent so far, and which of it each piece is of.
        self._stretch: Stretch | None = None
        self._stretches: list[Stretch] = []
        self._open_rates: list[float] = []
        self._said = 0
        # When the event was given out that is being dealt with.
        self._given_at: float | None = None
        self._finished = False
        self._closing: asyncio.Task[None] | None = None
        # What sets the characters of each piece aside. These tasks are never cancelled.
        self._covers: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._span = tracing.Spanning()

    @property
    def order(self) -> Order | None:
        """The order that opened the turn; its model speaks all of it."""
        return self._order

    async def say(self, order: Order, *, at: int = 0, last: bool = False, ends: Pause = "sentence") -> None:
        """Speak an order's text after what was said before.

        `at` is its place in what was sent, `ends` what its end is there; `last` ends the turn.

        Raises ApiError on the first call: too_many_concurrent, service_unavailable. That there are too few characters
        is told by `events`, for they are set aside while the engine starts; nothing is heard before that.
        """
        line = self._line or await self._open(order)
        request = order.request
        lines = script(
            str(request["text"]),
            str(request["language"]),
            markup=bool(request["markup"]),
            normalize=bool(request["normalize"]),
            max_chars=PIECE,
            first_chars=None if self._pieces else FIRST_PIECE,
            open_rates=self._open_rates,
            ends=ends,
        )
        idle = self._said == len(self._pieces)
        stretch = self._stretch = following(self._stretch, order, at)
        self.totals.characters = stretch.end
        self._finished = last
        cover = asyncio.create_task(
            self._meter.cover(self._order or order, self.totals.characters, more_may_come=not last)
        )
        # A failure is told where the piece is to be heard; nobody may be listening any more.
        cover.add_done_callback(lambda task: task.cancelled() or task.exception())
        for each in lines:
            self._covers.append(cover)
            self._stretches.append(stretch)
            piece = Piece(len(self._pieces), each.text, stretch.start + each.start, stretch.start + each.end)
            self._pieces.append(piece)
            line.write(
                "speak",
                piece=piece.number,
                text=each.text if each.speakable else "",
                pause=each.pause,
                start=piece.start,
                voice=request["voice"],
                language=request["language"],
                speed=float(request["speed"]) * each.rate,
                normalize=request["normalize"],
                markup=request["markup"],
                inside_spell=each.inside_spell,
                options=request["options"],
                last=last and each is lines[-1],
            )
        if idle and lines:
            line.put(Message("began", line.session))
        if last:
            line.write("finish")
        await line.post()

    async def finish(self) -> None:
        """There is no more text: `events` ends when all is spoken."""
        if not self._finished and self._line is not None:
            self._finished = True
            await self._line.send("finish")

    async def events(self) -> AsyncIterator[Event]:
        """What happens, in order. Raises ApiError where speaking fails, the worker is lost or characters run out."""
        async for event in self._events():
            self._given_at = time.monotonic()
            yield event
            self._given_at = None

    async def _events(self) -> AsyncIterator[Event]:
        line, totals = self._line, self.totals
        assert line is not None, "a turn has events once something was said"
        async for message in line.messages():
            if message.kind == "began":
                yield Began(self._pieces[self._said])
            elif message.kind == "audio":
                yield await self._sound(message)
            elif message.kind == "said":
                piece = self._pieces[message.header["piece"]]
                totals.took += message.header["took"]
                totals.load += message.header.get("load", 0.0)
                totals.pieces += 1
                totals.spoken = max(totals.spoken, piece.end)
                self._said = piece.number + 1
                yield Said(piece, message.header["start"], message.header["seconds"], message.header["took"])
                if self._said < len(self._pieces):
                    yield Began(self._pieces[self._said])
            else:
                _raise_for(message)
        totals.spoken = totals.characters

    async def sounds(self) -> AsyncIterator[Sound]:
        """The audio alone."""
        async for event in self.events():
            if isinstance(event, Sound):
                yield event

    async def close(self) -> None:
        """Stop the engine, settle, give everything back. Twice is fine; goes on where its caller is cancelled."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _open(self, order: Order) -> Line:
        await self._slot.take()
        self._span = tracing.start(
            "live turn",
            kind="producer",
            request_id=self._opening["request_id"],
            session=self.totals.session_id.hex,
        )
        if self._span.traceparent:
            self._opening["traceparent"] = self._span.traceparent
        try:
            self._line = await hub().open(
                self.totals.session_id.hex, model=order.request["model"], **self._opening
            )
        except BaseException:
            self._span.end()
            await asyncio.shield(self._slot.give())
            raise
        self._order = order
        self.totals.served_model, self.totals.likeness = order.served_model, order.likeness
        self._watching = asyncio.create_task(self._watch())
        return self._line

    async def _sound(self, message: Message) -> Sound:
        totals, header = self.totals, message.header
        piece = self._pieces[header["piece"]]
        await asyncio.shield(self._covers[piece.number])
        totals.seconds += header["seconds"]
        totals.sample_rate = header.get("rate")
        if totals.first_audio_seconds is None:
            totals.first_audio_seconds = time.monotonic() - totals.began
            observe("tts_first_audio_seconds", totals.first_audio_seconds, model=totals.served_model)
        # A piece that has begun to sound counts as spoken: its text cannot be taken back.
        totals.spoken = max(totals.spoken, piece.end)
        totals.sounds += 1
        words = tuple(map(self._stretches[piece.number].as_sent, header.get("words", ())))
        return Sound(message.audio, header["seconds"], totals.sounds - 1, words, piece.number)

    async def _watch(self) -> None:
        """Tell the ledger that the turn lives; end it where its key has ended, or its client has vanished."""
        while True:
            await asyncio.sleep(SEEN_SECONDS)
            try:
                if self._given_at is not None and time.monotonic() - self._given_at > STALLED_SECONDS:
                    raise ApiError("gone", f"Nothing was taken for {STALLED_SECONDS:g} seconds.")
                await self._meter.seen(self.totals.spoken)
                await self._slot.renew()
            except ApiError as exc:
                assert self._line is not None
                header = {"code": exc.code, "message": exc.message}
                self._line.put(Message("failed", self._line.session, header))
                # Nobody may be there to ask for that message: the engine and the places are given back now.
                self._closing = self._closing or asyncio.create_task(self._close())
                return

    async def _close(self) -> None:
        if self._line is None:
            return
        if self._watching is not None:
            self._watching.cancel()
        await self._line.close()
        try:
            await asyncio.gather(*self._covers, return_exceptions=True)
            self.totals.charged = await self._meter.close(self.totals.spoken)
        finally:
            self._span.note(
                model=self.totals.served_model,
                audio_seconds=self.totals.seconds,
                first_audio_seconds=self.totals.first_audio_seconds,
            )
            self._span.end()
            await self._slot.give()


def _raise_for(message: Message) -> None:
    if message.kind == "lost":
        raise ApiError(
            "service_unavailable", "The worker that spoke was lost. Only what was spoken is charged."
        )
    if message.kind == "failed":
        raise ApiError(str(message.header.get("code", "internal_error")), message.header.get("message"))
