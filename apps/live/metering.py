"""Live speech in the ledger: everything is set aside at the start, and what was spoken is charged at the end."""

from __future__ import annotations

import datetime as dt
import math
import uuid

from django.db import transaction
from django.utils import timezone

from apps.accounts.callers import Caller
from apps.jobs.services import Order
from apps.limits.anonymous import anonymous_refund, anonymous_reserve
from apps.usage import services as usage

from .models import LiveSession

# A session not seen for so long has lost its web process.
LOST_AFTER = dt.timedelta(seconds=60)


def session_open(caller: Caller, order: Order, *, request_id: str) -> LiveSession:
    """Set the price aside. Raises insufficient_credits."""
    session = LiveSession(
        id=uuid.uuid4(),
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
