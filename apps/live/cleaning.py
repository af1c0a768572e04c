"""Live enhancement: sound goes in as it is spoken, the same sound without its noise comes out. See listening.py."""

from __future__ import annotations

from collections.abc import AsyncIterator

from .listening import Listening, priced

SERVICE = "enhance"
OUT_RATE = 24_000
"""Hz of what comes out: mono, s16le."""


class Cleaning(Listening):
    """As a Listening, `send` and `finish` may be called while another task is in `sounds`. Charged by what was sent."""

    async def begin(self, *, model: str, served_model: str, rate: int, speaker: str = "") -> None:
        """Find a worker. `speaker`: a sample of the one voice to keep (mono s16le at 16 kHz, base64).

        Raises ApiError: rate_limited, too_many_concurrent, service_unavailable.
        """
        order = priced("enhance", SERVICE, model, served_model)
        await self._open(order, rate, does="clean", speaker=speaker)

    async def sounds(self) -> AsyncIterator[bytes]:
        """What was made of the sound, in order. Raises ApiError where it fails, or the worker is lost."""
        async for message in self._messages():
            yield message.audio
