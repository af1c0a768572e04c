"""One streamed answer to one text."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.usage.services import too_few

from .turn import Sound, Totals, Turn

__all__ = ["Sound", "Totals", "speech_stream"]


@contextlib.asynccontextmanager
async def speech_stream(
    caller: Caller, order: Order, *, request_id: str, audio: str, sample_rate: int | None = None
) -> AsyncIterator[tuple[Totals, AsyncIterator[Sound]]]:
    """Speak an order live. `audio` is a format of workers.audio.formats, `sample_rate` for pcm and wav.

    The context holds one of the plan's places and a worker's. Leaving it, for whatever reason, stops the engine and
    settles. Raises ApiError on entering: insufficient_credits, too_many_concurrent, service_unavailable; the iterator
    raises it where the worker fails or is lost, and where the characters have gone meanwhile.
    """
    # The balance as the request found it: who clearly can not pay is told so at once, busy workers or not.
    if caller.account is not None and caller.account.balance < order.price:
        raise too_few(order.price, caller.account.balance)
    turn = Turn(caller, request_id=request_id, audio=audio, sample_rate=sample_rate)
    try:
        await turn.say(order, last=True)
        yield turn.totals, turn.sounds()
    finally:
        await turn.close()
