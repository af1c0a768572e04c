"""One text as one complete WAV, through the live path: it never waits behind batch work."""

from __future__ import annotations

import time
from dataclasses import dataclass

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from ttsplatform.errors import ApiError
from workers.audio.encode import wav_header

from .answers import server_timing
from .speech import speech_stream

RATE = 24_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """`wav` is PCM_16, mono, RATE Hz.

    `load`: the seconds that the worker needed to load the model, mostly none; `generation`: all other seconds from the
    first word sent to the last sound; `first`: all from the first word sent to the first sound.
    """

    wav: bytes
    samples: int
    load: float
    generation: float
    first: float
    served_model: str

    @property
    def seconds(self) -> float:
        return self.samples / RATE

    @property
    def server_timing(self) -> str:
        """The header that tells when there was sound, as on answers that stream."""
        return server_timing(self.first)


async def speak_whole(caller: Caller, order: Order, *, request_id: str) -> Spoken:
    """The whole of it in memory, 48 kB for a second of speech: callers limit the text.

    Raises what speech_stream raises; bad_request where nothing could be spoken.
    """
    stream = speech_stream(caller, order, request_id=request_id, audio="pcm", sample_rate=RATE)
    async with stream as (totals, sounds):
        parts = [sound.data async for sound in sounds]
        took = time.monotonic() - totals.began
    size = sum(map(len, parts))
    if not size:
        raise ApiError("bad_request", "Nothing in this text could be spoken.", param="text")
    wav = b"".join([wav_header(RATE, size), *parts])
    first = totals.first_audio_seconds or took
    return Spoken(wav, size // 2, totals.load, took - totals.load, first, order.served_model)
