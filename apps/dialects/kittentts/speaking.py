"""One text as one complete WAV, through the live path: it never waits behind batch work."""

from __future__ import annotations

import time
from dataclasses import dataclass

from asgiref.sync import sync_to_async

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.live.speech import speech_stream
from ttsplatform.errors import ApiError
from workers.audio.encode import wav_header

from .door import DIALECT
from .fields import Manner
from .statistics import record

RATE = 24_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """`wav` is PCM_16, mono, RATE Hz. `generation` are the seconds from the first word sent to the last sound."""

    wav: bytes
    samples: int
    generation: float
    served_model: str

    @property
    def seconds(self) -> float:
        return self.samples / RATE


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
        speed=manner.spoken_speed,
        dialect=DIALECT,
    )


async def speak(caller: Caller, text: str, manner: Manner, *, request_id: str) -> Spoken:
    """Raises what speech_order and speech_stream raise; bad_request where nothing could be spoken."""
    began = time.monotonic()
    order = await sync_to_async(order_for)(caller, text, manner)
    preparing = time.monotonic() - began
    stream = speech_stream(caller, order, request_id=request_id, audio="pcm", sample_rate=RATE)
    async with stream as (totals, sounds):
        data = b"".join([sound.data async for sound in sounds])
        generation = time.monotonic() - totals.began
    if not data:
        raise ApiError("bad_request", "Nothing in this text could be spoken.", param="text")
    spoken = Spoken(wav_header(RATE, len(data)) + data, len(data) // 2, generation, order.served_model)
    await sync_to_async(record, thread_sensitive=False)(
        model=manner.model,
        voice=manner.voice,
        text_length=len(text),
        preparing=preparing,
        generation=generation,
        audio=spoken.seconds,
    )
    return spoken
