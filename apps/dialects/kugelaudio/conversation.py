"""A voice that is fed text in fragments: the stream socket has one, the multi socket one for each context.

Commands are worked off one after the other by the conversation's own task, so that a socket is always free to read
the next frame; only `cancel` overtakes them. Turns follow each other: what comes after a flush waits until that turn is
out.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from apps.accounts.callers import Caller
from apps.live.commands import Command, Commands
from apps.live.slots import PlanSlot
from apps.live.turn import Began, Said, Sound, Totals, Turn
from ttsplatform.errors import ApiError
from workers.text.buffer import TextBuffer
from workers.text.clean import speakable
from workers.text.split import stretch_ends

from . import frames
from .fields import Manner, aorder_for
from .fields import manner as manner_of

FIXED = ("model_id", "voice_id", "sample_rate", "output_format")
"""What can not change while a turn lasts."""
IDLE_SECONDS = 5.0
"""A turn is ended when so long no text came."""
OWED_SECONDS = 1.0
"""The SDK waits for the end of a turn that failed only when it leaves; when it goes on, that end would confuse it."""


class Conversation:
    """`turn_on_flush`: a flush ends the turn, as newer clients expect; else only `finish` does."""

    owes_end = True
    """Whether clients still wait for the end of a turn whose flush was answered by an error."""

    def __init__(
        self, caller: Caller, slot: PlanSlot, request_id: str, manner: Manner, *, turn_on_flush: bool = True
    ) -> None:
        self.manner = self.planned = manner
        """How it speaks, and how it will speak when all that the client has sent is worked off."""
        self.heard_of = time.monotonic()
        """When the client last said anything."""
        self._caller = caller
        self._slot = slot
        self._request_id = request_id
        self._turn_on_flush = turn_on_flush
        self._turn: Turn | None = None
        self._pump: asyncio.Task[None] | None = None
        self._text_at = 0.0
        self._failed = False
        self._owed = False
        self._released = False
        self._taken = self._said_to = 0
        self._found: tuple[str, str] | None = None
        self._buffer = self._new_buffer()
        self._commands = Commands(patience=self._patience, overdue=self._wait_is_over, failed=self._fail)

    # -- what the transport gives ------------------------------------------------------------------------------

    async def tell(self, frame: dict[str, Any]) -> None:
        """Send a frame."""
        raise NotImplementedError

    async def tell_error(self, exc: Exception) -> None:
        raise NotImplementedError

    async def tell_end(self, totals: Totals) -> None:
        """A turn is out completely."""
        raise NotImplementedError

    # -- what the transport calls ------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether there is anything to say, or being said."""
        return bool(self._turn or self._buffer.held or self._commands)

    async def text(self, fragment: str, fields: Mapping[str, Any]) -> None:
        """More text, and what the client says with it of how to speak from here on. Raises what `manner` raises."""
        self.heard_of = time.monotonic()
        planned = manner_of(fields, self.planned)
        if fragment or planned != self.planned:
            await self._command(partial(self._take, fragment, fields))
        self.planned = planned

    async def flush(self) -> None:
        """Speak what waits, and end the turn where the client expects that."""
        known = self._failed
        await self._command(partial(self._flushed, known) if self._turn_on_flush else self._release)

    async def finish(self, then: Command | None = None) -> None:
        """Speak what waits and end the turn, then do `then`; without it the end is told even of no turn at all."""

        async def work() -> None:
            self._failed = self._owed = False
            well = await self._end_turn(answer=then is None)
            if then is not None:
                await then()
            elif not well and not self._turn_on_flush:
                # Newer clients ask again when they leave.
                await self.tell_end(nothing())

        await self._command(work)

    async def cancel(self) -> None:
        """Stop at once and forget everything that waits."""
        self.heard_of = time.monotonic()
        await self._commands.cancel()
        self._failed = self._owed = False
        # Text that waits is forgotten, and not how the next one is to be spoken.
        self.manner = self.planned
        await self._drop()

    async def close(self) -> None:
        """The end, without another word."""
        await self._commands.close()
        await self.cancel()

    def owe_end(self) -> None:
        """A request that should have been a whole turn was refused: tell its end too, unless the client goes on."""
        if not self.busy:
            self._owed, self._text_at = True, time.monotonic()
            self._commands.look_again()

    async def _command(self, command: Command) -> None:
        self.heard_of = time.monotonic()
        self._commands.put(command)

    # -- the conversation's own task ---------------------------------------------------------------------------

    async def _fail(self, exc: Exception) -> None:
        await self._drop()
        self._failed = True
        await self.tell_error(exc)

    def _patience(self) -> float | None:
        """Seconds until something is due without a command."""
        if self._turn is not None or self._buffer.held:
            waits = self._buffer.held and not self._released
            wait = self.manner.flush_timeout_ms / 1000 if waits else IDLE_SECONDS
        elif self._owed:
            wait = OWED_SECONDS
        else:
            return None
        return max(0.0, self._text_at + wait - time.monotonic())

    async def _wait_is_over(self) -> None:
        if self._owed:
            self._owed = False
            await self.tell_end(nothing())
        elif self._buffer.held and not self._released:
            self._released = True
            await self._say(self._buffer.release())
        elif self._turn is not None or self._buffer.held:
            await self.tell({"warning": f"No text came for {IDLE_SECONDS:g} seconds: the turn is ended."})
            await self._end_turn()

    async def _take(self, fragment: str, fields: Mapping[str, Any]) -> None:
        self._owed = False
        try:
            self._change(fields)
        except ApiError:
            # What was refused does not come back with the next frame.
            self.planned = self.manner
            raise
        if not fragment or self._failed:
            # What follows a failure in the same turn is the middle of something nobody heard begin.
            return
        self._text_at, self._released = time.monotonic(), False
        self._taken += len(fragment)
        limit = self._caller.plan.max_text_chars
        if self._taken > limit:
            plan = self._caller.plan.name
            message = f"text: the {plan} plan allows {limit} characters in one turn. Flush sooner."
            raise ApiError("text_too_long", message, param="text")
        for stretch in self._buffer.push(fragment):
            await self._say(stretch)

    def _change(self, fields: Mapping[str, Any]) -> None:
        """Speak as the fields say from here on. Raises bad_request for what can not change while a turn lasts."""
        manner = manner_of(fields, self.manner)
        if manner == self.manner:
            return
        changed = [name for name in FIXED if getattr(manner, name) != getattr(self.manner, name)]
        if changed and self._turn is not None:
            message = f"{changed[0]}: can not change in the middle of a turn. Flush or cancel it first."
            raise ApiError("bad_request", message, param=changed[0])
        if manner.language != self.manner.language:
            self._found = None
        self.manner = manner
        if not self._buffer.held:
            self._buffer = self._new_buffer()

    async def _release(self) -> None:
        try:
            await self._say(self._buffer.flush())
        except Exception as exc:
            await self._fail(exc)
        self._failed = False

    async def _flushed(self, known: bool) -> None:
        """End the turn. `known`: the client had been told that it failed when it sent the flush."""
        if await self._end_turn():
            return
        if known:
            await self.tell_end(nothing())
        elif self.owes_end:
            self._owed, self._text_at = True, time.monotonic()

    async def _end_turn(self, *, answer: bool = True) -> bool:
        """Speak the rest, and wait until all of the turn is out. False where it failed: its end was not told then."""
        try:
            await self._speak_rest(answer)
        except Exception as exc:
            await self._fail(exc)
        well, self._failed = not self._failed, False
        self._new_turn()
        return well

    async def _speak_rest(self, answer: bool) -> None:
        if self._failed:
            return
        await self._say(self._buffer.flush(), last=True)
        turn, pump = self._turn, self._pump
        if turn is not None and pump is not None:
            await turn.finish()
            await asyncio.wait([pump])
        elif answer:
            await self.tell_end(nothing())

    async def _say(self, stretch: str, *, last: bool = False) -> None:
        at = self._said_to
        self._said_to += len(stretch)
        if self._failed or not speakable(stretch):
            return
        manner, ends = self.manner, stretch_ends(stretch)
        if self._found is not None:
            # A turn keeps the language and the voice that its beginning was found to need.
            manner = replace(manner, language=self._found[0], voice=self._found[1])
        order = await aorder_for(self._caller, stretch, manner)
        if self._turn is not None:
            await self._turn.say(order, at=at, ends=ends, last=last)
            return
        turn = Turn(
            self._caller,
            request_id=self._request_id,
            audio="pcm",
            sample_rate=manner.sample_rate,
            slot=self._slot,
        )
        try:
            await turn.say(order, at=at, ends=ends, last=last)
        except BaseException:
            await turn.close()
            raise
        self._found = (order.language, order.voice)
        self._turn = turn
        self._pump = asyncio.create_task(self._tell_all(turn, self.manner))

    async def _tell_all(self, turn: Turn, manner: Manner) -> None:
        """Send what happens in a turn, and settle it."""
        try:
            await self._tell_events(turn, manner)
        except Exception as exc:
            await self._settle(turn)
            self._failed = True
            await self.tell_error(exc)
        else:
            await self._settle(turn)
            await self.tell_end(turn.totals)
        finally:
            await turn.close()

    async def _tell_events(self, turn: Turn, manner: Manner) -> None:
        words: frames.Words = []
        async for event in turn.events():
            if isinstance(event, Began):
                words = []
                await self.tell(frames.generation_started(event.piece))
            elif isinstance(event, Sound):
                words += event.words
                await self.tell({**frames.audio(event, manner), "chunk_id": event.piece})
            elif isinstance(event, Said):
                if manner.word_timestamps:
                    frame = frames.word_timestamps(words, since=event.start)
                    await self.tell({**frame, "chunk_id": event.piece.number})
                await self.tell(frames.chunk_complete(event))

    async def _settle(self, turn: Turn) -> None:
        await turn.close()
        if self._turn is turn:
            self._turn = self._pump = None

    async def _drop(self) -> None:
        """Stop the turn and forget its text."""
        turn, pump = self._turn, self._pump
        self._turn = self._pump = None
        self._new_turn()
        if pump is not None:
            pump.cancel()
        if turn is not None:
            await turn.close()

    def _new_turn(self) -> None:
        self._buffer = self._new_buffer()
        self._released = False
        self._taken = self._said_to = 0
        self._found = None

    def _new_buffer(self) -> TextBuffer:
        manner = self.manner
        return TextBuffer(
            manner.language, max_chars=manner.max_buffer_length, schedule=manner.chunk_length_schedule
        )


def nothing() -> Totals:
    """The totals of no turn."""
    return Totals(uuid.uuid4())
