"""A text in the manner that was asked for, counted in the statistics."""

from __future__ import annotations

import time

from asgiref.sync import sync_to_async

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.live.whole import Spoken, speak_whole
from workers.engines.kitten_names import FASTEST, SLOWEST

from .fields import Manner
from .names import DIALECT
from .statistics import record


def order_for(caller: Caller, text: str, manner: Manner) -> Order:
    """Checked and priced. Raises what speech_order raises."""
    return speech_order(
        caller,
        text=text,
        model=manner.model,
        voice=manner.voice,
        # These models and voices speak English only; guessing at short sentences would change the voice.
        language="en",
        format="pcm",
        speed=manner.speed,
        speeds=(SLOWEST, FASTEST),
        dialect=DIALECT,
    )


async def speak(caller: Caller, text: str, manner: Manner, *, request_id: str) -> Spoken:
    """Raises what speech_order and speak_whole raise."""
    began = time.monotonic()
    order = await sync_to_async(order_for)(caller, text, manner)
    preparing = time.monotonic() - began
    spoken = await speak_whole(caller, order, request_id=request_id)
    await sync_to_async(record, thread_sensitive=False)(
        model=manner.model,
        voice=manner.voice,
        text_length=len(text),
        preparing=preparing,
        load=spoken.load,
        generation=spoken.generation,
        audio=spoken.seconds,
    )
    return spoken
