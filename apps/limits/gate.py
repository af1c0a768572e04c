"""The gate in front of all work: requests a minute and work at once, in one call to Redis."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Literal

from asgiref.sync import sync_to_async
from django.conf import settings

from apps.accounts.callers import Caller
from ttsplatform.errors import ApiError

from .scripts import ENTER, LEAVE, RENEW
from .store import StoreDown, store

Kind = Literal["work", "read", "none"]

# When somebody else's slot comes free is unknown; its lease says at the latest. So: look again soon.
_SLOT_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RateState:
    """How a caller stands with the requests a minute of their plan.

    `reset_seconds` from now the whole allowance is there again; it fills steadily meanwhile.
    """

    limit: int
    remaining: int
    reset_seconds: float

    def headers(self) -> dict[str, str]:
        """The three X-RateLimit headers. Reset is a Unix time in seconds, as GitHub sends it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(time.time() + self.reset_seconds)),
        }


class LimitExceeded(ApiError):
    """rate_limited or too_many_concurrent, with the state for the headers of the answer."""

    def __init__(self, code: str, message: str, *, retry_after: float, state: RateState) -> None:
        super().__init__(code, message, retry_after=retry_after)
        self.state = state


def enter(caller: Caller, *, kind: Kind, slot: str | None = None, slot_seconds: int = 300) -> RateState:
    """Count one request of `caller`, and take `slot` (a name of the work), if given, for `slot_seconds`.

    `work` counts against the plan's requests a minute, all of which may come at once; `read` against
    settings.READS_PER_MINUTE; `none` counts no request. A slot that is held already is renewed. The state is
    always that of `work`.

    Raises LimitExceeded (rate_limited, too_many_concurrent) and has then counted nothing. When Redis is down
    callers with a key pass, for their characters are guarded by PostgreSQL; others get service_unavailable.
    """
    plan = caller.plan
    limit, slots = max(1, plan.requests_per_minute), max(1, plan.concurrency)
    args = [kind, limit, max(1, settings.READS_PER_MINUTE), slot or "", slots, slot_seconds * 1_000_000]
    try:
        verdict, left, until_full, wait = store().run(ENTER, _keys(caller.lane), args)
    except StoreDown:
        if caller.is_authenticated:
            return RateState(limit, limit, 0.0)
        raise ApiError(
            "service_unavailable", "Calls without an API key are briefly unavailable.", retry_after=5
        ) from None
    state = RateState(limit, left, until_full / 1e6)
    if verdict == 1:
        raise _too_fast(caller, kind, wait / 1e6, state)
    if verdict == 2:
        message = f"Too many requests at once: this plan allows {slots}. Wait for one of them to finish."
        retry = min(wait / 1e6, _SLOT_RETRY_SECONDS)
        raise LimitExceeded("too_many_concurrent", message, retry_after=retry, state=state)
    return state


def hold(caller: Caller, slot: str, seconds: int = 300) -> RateState:
    """Take a slot for work whose request was counted before."""
    return enter(caller, kind="none", slot=slot, slot_seconds=seconds)


def peek(caller: Caller) -> RateState:
    """The state, without counting; a full allowance when Redis is down. Never raises."""
    try:
        return enter(caller, kind="none")
    except ApiError:
        limit = caller.plan.requests_per_minute
        return RateState(limit, limit, 0.0)


def leave(caller: Caller | str, slot: str) -> None:
    """Give a slot back; doing so twice is fine. `caller` may be a lane. Redis down: the lease will end it."""
    try:
        store().run(LEAVE, [_slots_key(_lane(caller))], [slot])
    except StoreDown:
        pass


def renew(caller: Caller | str, slot: str, seconds: int = 300) -> bool:
    """Prolong a slot's lease to `seconds` from now. False where it has ended; True when Redis is down."""
    try:
        return bool(store().run(RENEW, [_slots_key(_lane(caller))], [slot, seconds * 1_000_000]))
    except StoreDown:
        return True


async def aenter(
    caller: Caller, *, kind: Kind, slot: str | None = None, slot_seconds: int = 300
) -> RateState:
    """`enter` for coroutines: the call waits in a thread, never in the event loop."""
    return await sync_to_async(enter, thread_sensitive=False)(
        caller, kind=kind, slot=slot, slot_seconds=slot_seconds
    )


async def aleave(caller: Caller | str, slot: str) -> None:
    """`leave` for coroutines."""
    await sync_to_async(leave, thread_sensitive=False)(caller, slot)


def _too_fast(caller: Caller, kind: Kind, wait: float, state: RateState) -> LimitExceeded:
    if kind == "read":
        message = f"Too many reads: {settings.READS_PER_MINUTE} a minute are allowed. Poll less often."
    else:
        message = f"Too many requests: {state.limit} a minute are allowed. Check the rate limit headers."
    if not caller.is_authenticated:
        message += " An API key has limits of its own."
    return LimitExceeded("rate_limited", message, retry_after=wait, state=state)


def _lane(caller: Caller | str) -> str:
    return caller if isinstance(caller, str) else caller.lane


def _keys(lane: str) -> list[str]:
    # The braces keep a lane's keys on one node of a Redis cluster, which the script needs.
    return [f"limits:{{{lane}}}:work", f"limits:{{{lane}}}:read", _slots_key(lane)]


def _slots_key(lane: str) -> str:
    return f"limits:{{{lane}}}:slots"
