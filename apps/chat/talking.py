"""An exchange that is heard while it is being written: the language model's words go into a live turn as they come."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.live.slots import PlanSlot
from apps.live.threads import in_thread
from apps.live.turn import Sound, Turn
from ttsplatform.errors import ApiError
from workers.engines.base import EngineError
from workers.engines.chat_model import ChatModel, Message
from workers.pipelines.chat import limited, spoken_form
from workers.text.buffer import TextBuffer
from workers.text.clean import speakable
from workers.text.split import stretch_ends

from .models import Conversation
from .services import exchange_close, exchange_open, messages_of


@dataclass(frozen=True, slots=True)
class Written:
    """More of the answer, as it was written."""

    text: str


@dataclass
class Talk:
    """What an exchange came to, complete once it has ended."""

    conversation: Conversation
    user_text: str
    ai_text: str = ""
    charged: int = 0
    seconds: float = 0.0
    heard: bool = field(default=False)


async def talk(
    conversation: Conversation,
    caller: Caller,
    user_text: str,
    speech: Order,
    *,
    request_id: str,
    audio: str,
    sample_rate: int | None = None,
    slot: PlanSlot | None = None,
    state: Talk | None = None,
) -> AsyncGenerator[Written | Sound, None]:
    """The answer to `user_text` in writing and in sound, as both come. `state` is filled meanwhile.

    Closing the iterator (a barge-in, a client that leaves) stops the language model and the engine; what was written
    until then is remembered. Charged once anything was heard. Raises ApiError.
    """
    state = state or Talk(conversation, user_text)
    messages = await in_thread(messages_of, conversation)
    exchange = await in_thread(exchange_open, conversation, caller, user_text, speech.served_model)
    turn = Turn(caller, request_id=request_id, audio=audio, sample_rate=sample_rate, slot=slot)
    news: asyncio.Queue[Written | Sound | Exception | None] = asyncio.Queue()
    writer = asyncio.create_task(
        _write(turn, replace(speech, price=0), [*messages, {"role": "user", "content": user_text}], news)
    )
    try:
        while (event := await news.get()) is not None:
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Written):
                state.ai_text += event.text
            else:
                state.heard, state.seconds = True, state.seconds + event.seconds
            yield event
    finally:
        writer.cancel()
        # Goes on where whoever listens is cancelled.
        await asyncio.shield(_end(turn, writer, state, exchange.pk))


async def _end(turn: Turn, writer: asyncio.Task[None], state: Talk, exchange_id: Any) -> None:
    await asyncio.wait([writer])
    await turn.close()
    state.charged = await in_thread(exchange_close, exchange_id, state.ai_text.strip(), heard=state.heard)


async def _write(
    turn: Turn,
    speech: Order,
    messages: Sequence[Message],
    news: asyncio.Queue[Written | Sound | Exception | None],
) -> None:
    """Have the answer written, and spoken as soon as there are sentences."""
    listening: asyncio.Task[None] | None = None
    buffer = TextBuffer(speech.language, markup=False)
    at = 0

    async def say(stretch: str) -> None:
        nonlocal at, listening
        text = spoken_form(stretch)
        if not speakable(text):
            return
        request = {**speech.request, "text": text}
        await turn.say(
            replace(speech, request=request, characters=len(text)), at=at, ends=stretch_ends(stretch)
        )
        at += len(text) + 1
        listening = listening or asyncio.create_task(_listen(turn, news))

    try:
        async for piece in _answered(messages):
            news.put_nowait(Written(piece))
            for stretch in buffer.push(piece):
                await say(stretch)
        await say(buffer.flush())
        if listening is None:
            raise ApiError("service_unavailable", "The language model gave no answer that can be spoken.")
        await turn.finish()
        await listening
    except Exception as exc:
        news.put_nowait(exc)
    finally:
        if listening is not None:
            listening.cancel()
        news.put_nowait(None)


async def _listen(turn: Turn, news: asyncio.Queue[Written | Sound | Exception | None]) -> None:
    async for sound in turn.sounds():
        news.put_nowait(sound)


async def _answered(messages: Sequence[Message]) -> AsyncIterator[str]:
    """The language model's answer, written by a thread of its own. Raises service_unavailable where it fails."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str | Exception | None] = asyncio.Queue()
    over = threading.Event()

    def write() -> None:
        try:
            for piece in limited(ChatModel.from_environment().answer(messages, over.is_set)):
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
            last: Exception | None = None
        except EngineError as exc:
            last = ApiError("service_unavailable", str(exc))
        except Exception as exc:
            last = exc
        with contextlib.suppress(RuntimeError):  # the loop has gone
            loop.call_soon_threadsafe(pieces.put_nowait, last)

    threading.Thread(target=write, name="chat-model", daemon=True).start()
    try:
        while (piece := await pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        over.set()
