"""Live speech in the ledger: characters are set aside before they are heard, the spoken ones charged at the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import uuid
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.callers import Caller
from apps.accounts.selectors import account_check, key_check
from apps.jobs.services import Order
from apps.limits.anonymous import anonymous_refund, anonymous_reserve
from apps.usage import services as usage
from ttsplatform.errors import ApiError

from .models import LiveSession
from .threads import in_thread

# A session not seen for so long has lost its web process.
LOST_AFTER = dt.timedelta(seconds=60)
# Of a text that is still being written, so many characters are set aside at a time: few writes, little tied up.
STEP = 500


class Meter:
    """What a turn may speak and has spoken. One row for each reservation; their characters follow each other."""

    def __init__(self, caller: Caller, request_id: str, turn_id: uuid.UUID) -> None:
        self._caller = caller
        self._request_id = request_id
        self._turn_id = turn_id
        self._rows: list[tuple[uuid.UUID, int]] = []
        self._covered = 0
        self._guard = asyncio.Lock()

    async def cover(self, order: Order, characters: int, *, more_may_come: bool) -> None:
        """Set aside what the first `characters` of the turn cost, at the price of `order`.

        Raises insufficient_credits, and unauthorized for the first ones where the key of an open connection has ended.

        Not to be cancelled: what was set aside would not be known here.
        """
        async with self._guard:
            need = characters - self._covered
            if need <= 0:
                return
            try:
                await self._reserve(order, max(need, STEP) if more_may_come else need)
            except ApiError as exc:
                if exc.code != "insufficient_credits" or not more_may_come or need >= STEP:
                    raise
                await self._reserve(order, need)

    async def _reserve(self, order: Order, characters: int) -> None:
        part = replace(
            order, characters=characters, price=math.ceil(order.price * characters / max(1, order.characters))
        )
        # The first row bears the turn's own id, so that an answer's X-Session-Id leads to the ledger.
        row_id = self._turn_id if not self._rows else uuid.uuid4()
        open_row = session_open if self._rows else _open_with_key
        await in_thread(open_row, self._caller, part, request_id=self._request_id, session_id=row_id)
        self._rows.append((row_id, characters))
        self._covered += characters

    def _shares(self, spoken: int) -> list[tuple[uuid.UUID, int]]:
        shares, before = [], 0
        for row_id, characters in self._rows:
            shares.append((row_id, min(max(0, spoken - before), characters)))
            before += characters
        return shares

    async def seen(self, spoken: int) -> None:
        """The turn lives. Raises unauthorized where its key or its account has ended meanwhile."""
        await in_thread(_seen, self._shares(spoken), self._caller)

    async def close(self, spoken: int) -> int:
        """Settle; the characters charged."""
        return int(await in_thread(_close, self._shares(spoken)))


def session_open(
    caller: Caller, order: Order, *, request_id: str, session_id: uuid.UUID | None = None
) -> LiveSession:
    """Set the price aside. Raises insufficient_credits."""
    session = LiveSession(
        id=session_id or uuid.uuid4(),
        account=caller.account,
        lane=caller.lane,
        model=order.model,
        served_model=order.served_model,
        voice=order.voice,
        characters=order.characters,
        price=order.price,
        request_id=request_id,
    )
    if caller.account is None:
        anonymous_reserve(caller, session.pk, order.price)
        session.save(force_insert=True)
        return session
    with transaction.atomic():
        session.save(force_insert=True)
        usage.reserve(
            account_id=caller.account.pk,
            job_id=session.pk,
            characters=order.price,
            key_id=caller.key.pk if caller.key else None,
            model=order.served_model,
            service=order.service,
        )
    return session


def _open_with_key(caller: Caller, order: Order, **options: Any) -> LiveSession:
    """As session_open, once the key has been looked at again: a connection lives longer than some keys."""
    _caller_check(caller)
    return session_open(caller, order, **options)


def session_seen(session_id: uuid.UUID, spoken: int) -> None:
    """The session lives, and so much of it has been spoken."""
    LiveSession.objects.filter(pk=session_id, closed_at=None).update(seen_at=timezone.now(), spoken=spoken)


def session_close(session_id: uuid.UUID, spoken: int | None = None) -> int:
    """Charge for what was spoken (the last that was seen, where not given), once; the characters charged."""
    with transaction.atomic():
        session = LiveSession.objects.select_for_update().filter(pk=session_id, closed_at=None).first()
        if session is None:
            return 0
        session.spoken = session.spoken if spoken is None else spoken
        session.closed_at = timezone.now()
        session.save(update_fields=["spoken", "closed_at"])
        share = session.spoken / session.characters if session.characters else 0.0
        charged = min(session.price, math.ceil(session.price * share))
        if session.account_id:
            usage.commit(session.pk, charged) if charged else usage.refund(session.pk, "nothing was spoken")
    if session.lane.startswith("network:") and charged < session.price:
        anonymous_refund(session.lane.removeprefix("network:"), session.pk, session.price - charged)
    return charged


def close_lost_sessions() -> int:
    """Settle sessions whose web process died (the reaper calls this)."""
    silent = LiveSession.objects.filter(closed_at=None, seen_at__lt=timezone.now() - LOST_AFTER)
    lost = list(silent.values_list("pk", flat=True)[:500])
    for session_id in lost:
        session_close(session_id)
    return len(lost)


def _seen(shares: list[tuple[uuid.UUID, int]], caller: Caller) -> None:
    for session_id, spoken in shares:
        session_seen(session_id, spoken)
    _caller_check(caller)


def _caller_check(caller: Caller) -> None:
    """Raises unauthorized where the key has ended, or its account (or that of a page of ours) is switched off."""
    if caller.key is not None:
        key_check(caller.key)
    elif caller.account is not None:
        account_check(caller.account)


def _close(shares: list[tuple[uuid.UUID, int]]) -> int:
    return sum(session_close(session_id, spoken) for session_id, spoken in shares)
