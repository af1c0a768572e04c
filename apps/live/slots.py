"""One of the plan's places for work at once, shared by all turns of one connection."""

from __future__ import annotations

import asyncio
import time
import uuid

from asgiref.sync import sync_to_async

from apps.accounts.callers import Caller
from apps.limits import gate

# The lease outlives a web process that dies by so much; a living one renews it well before.
_LEASE_SECONDS = 180
_RENEW_SECONDS = 60


class PlanSlot:
    """Taken with the first turn, given back with the last. `kind`: what each turn counts as (see apps.limits.gate)."""

    def __init__(self, caller: Caller, kind: gate.Kind = "none") -> None:
        self._caller = caller
        self._kind = kind
        self._name = uuid.uuid4().hex
        self._holders = 0
        self._renewed = 0.0
        self._leaving: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Raises rate_limited, too_many_concurrent where the plan's places are in use, service_unavailable."""
        if not self._holders or self._kind != "none":
            entering = asyncio.ensure_future(
                gate.aenter(self._caller, kind=self._kind, slot=self._name, slot_seconds=_LEASE_SECONDS)
            )
            try:
                await asyncio.shield(entering)
            except asyncio.CancelledError:
                # The call goes on in its thread, and the place that it gets is nobody's.
                self._leaving = asyncio.create_task(self._leave_after(entering))
                raise
            self._renewed = time.monotonic()
        self._holders += 1

    async def _leave_after(self, entering: asyncio.Future[gate.RateState]) -> None:
        await asyncio.wait([entering])
        if entering.exception() is None and not self._holders:
            await gate.aleave(self._caller, self._name)

    async def renew(self) -> None:
        """Call it now and then while a turn lasts."""
        if self._holders and time.monotonic() - self._renewed > _RENEW_SECONDS:
            self._renewed = time.monotonic()
            await sync_to_async(gate.renew, thread_sensitive=False)(self._caller, self._name, _LEASE_SECONDS)

    async def give(self) -> None:
        self._holders -= 1
        if self._holders == 0:
            await gate.aleave(self._caller, self._name)
