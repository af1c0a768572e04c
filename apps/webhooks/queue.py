"""The deliveries as a queue: who is next, and what became of a try. PostgreSQL holds it; times are its own.

A claim leases: `next_at` moves to the moment at which the sender counts as dead, so that whatever a killed process
held is simply due again then, under the same message id.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Account

from . import notices
from .models import TEST_EVENT, Attempt, Delivery, DeliveryStatus, Endpoint

# Pauses after the first, second, … failure, in seconds: eleven tries in about a day.
PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 18_000, 36_000, 21_600)
# Each pause is lengthened or shortened by up to this share, so that what failed together does not come together.
JITTER = 0.2
# Longer than a try can take.
LEASE_SECONDS = 60
# So many of one account are in the air at once, so that receivers that hang keep nobody else's waiting.
PER_ACCOUNT = 8

# The accounts with something pending are found by hopping along the index; of each the oldest due ones.
_CLAIM = """
WITH RECURSIVE who AS (
  (SELECT account_id FROM webhooks_delivery WHERE status = 'pending' ORDER BY account_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.account_id FROM webhooks_delivery d WHERE d.status = 'pending' AND d.account_id > who.account_id
          ORDER BY d.account_id LIMIT 1)
  FROM who WHERE who.account_id IS NOT NULL
), busy AS (
  SELECT account_id, count(*) AS flying FROM webhooks_delivery
  WHERE status = 'pending' AND lease IS NOT NULL AND next_at > clock_timestamp() GROUP BY account_id
), turns AS (
  SELECT due.id, due.next_at,
         coalesce(busy.flying, 0) + row_number() OVER (PARTITION BY who.account_id ORDER BY due.next_at) AS turn
  FROM who LEFT JOIN busy USING (account_id)
  CROSS JOIN LATERAL (
    SELECT d.id, d.next_at FROM webhooks_delivery d
    WHERE d.status = 'pending' AND d.account_id = who.account_id AND d.next_at <= clock_timestamp()
    ORDER BY d.next_at LIMIT %(each)s
  ) due
  WHERE who.account_id IS NOT NULL
), taken AS (
  SELECT d.id FROM webhooks_delivery d JOIN turns USING (id)
  WHERE turns.turn <= %(each)s AND d.status = 'pending' AND d.next_at <= clock_timestamp()
  ORDER BY turns.turn, turns.next_at LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
)
UPDATE webhooks_delivery SET lease = %(lease)s, attempts = attempts + 1,
       next_at = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM taken WHERE webhooks_delivery.id = taken.id RETURNING webhooks_delivery.id
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a try: a status, or an error in one word."""

    delivery: Delivery
    status_code: int | None
    error: str
    ms: int

    @property
    def accepted(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


def claim(most: int) -> list[Delivery]:
    """Lease up to `most` deliveries that are due, in turn between accounts, with their endpoints.

    Those whose endpoint or account has been switched off meanwhile are cancelled instead.
    """
    lease = uuid.uuid4()
    values: dict[str, Any] = {"each": PER_ACCOUNT, "most": most, "lease": lease, "seconds": LEASE_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    claimed = list(Delivery.objects.filter(pk__in=ids, lease=lease).select_related("endpoint", "account"))
    off = [one.pk for one in claimed if _is_off(one)]
    if off:
        _end(Delivery.objects.filter(pk__in=off), DeliveryStatus.CANCELED)
    return [one for one in claimed if one.pk not in off]


def _is_off(delivery: Delivery) -> bool:
    there = delivery.endpoint
    unwanted = there is not None and not there.enabled and delivery.event != TEST_EVENT
    return unwanted or not delivery.account.is_active


def record(outcomes: Sequence[Outcome]) -> None:
    """Note tries, and settle or postpone their deliveries. Tries of a lost lease change nothing.

    Endpoints are written in one order everywhere, so that two senders can not block each other.
    """
    with transaction.atomic():
        for outcome in sorted(outcomes, key=lambda one: str(one.delivery.endpoint_id)):
            delivery = (
                Delivery.objects.select_for_update()
                .filter(pk=outcome.delivery.pk, lease=outcome.delivery.lease, status=DeliveryStatus.PENDING)
                .first()
            )
            if delivery is not None:
                _record(delivery, outcome)


def _record(delivery: Delivery, outcome: Outcome) -> None:
    Attempt.objects.create(
        delivery=delivery, status_code=outcome.status_code, error=outcome.error, ms=outcome.ms
    )
    mine = Delivery.objects.filter(pk=delivery.pk)
    gone = outcome.status_code == 410
    if outcome.accepted:
        _end(mine, DeliveryStatus.DELIVERED)
    elif gone or delivery.event == TEST_EVENT or delivery.attempts > len(PAUSES):
        _end(mine, DeliveryStatus.FAILED)
    else:
        mine.update(lease=None, next_at=timezone.now() + pause_after(delivery.attempts))
    if outcome.delivery.endpoint is not None and delivery.event != TEST_EVENT:
        _note(outcome.delivery.endpoint.pk, outcome.accepted, gone)


def pause_after(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed tries, with jitter."""
    seconds = PAUSES[min(attempts, len(PAUSES)) - 1]
    return dt.timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311


def _end(deliveries: QuerySet[Delivery], status: DeliveryStatus) -> None:
    deliveries.update(status=status, lease=None, next_at=None, finished_at=timezone.now())


def _note(endpoint_id: uuid.UUID, accepted: bool, gone: bool) -> None:
    """What a try says about its endpoint: well again, failing since, or to be switched off.

    Judged by the row as it is now: what was known when the try began may be days old in another sender's eyes.
    """
    row = Endpoint.objects.filter(pk=endpoint_id)
    if accepted:
        row.exclude(failing_since=None).update(failing_since=None)
        return
    now = timezone.now()
    if gone:
        switch_off(row, "The receiver answered 410 Gone.")
        return
    row.filter(failing_since=None).update(failing_since=now)
    since = row.values_list("failing_since", flat=True).first()
    if since is not None and now - since >= dt.timedelta(days=settings.WEBHOOK_DISABLE_DAYS):
        reason = f"No delivery was accepted since {since:%Y-%m-%d %H:%M} UTC."
        switch_off(row.filter(failing_since=since), reason)


def switch_off(row: QuerySet[Endpoint], reason: str) -> bool:
    """Switch an endpoint off, and tell its people why. False where it was off. Needs an open transaction."""
    notice = f"{reason} Mend the receiver, then switch this webhook on again with enabled = true."
    changed = {"enabled": False, "disabled_reason": notice, "disabled_at": timezone.now()}
    for endpoint in row.filter(enabled=True).select_for_update():
        row.filter(pk=endpoint.pk).update(**changed)
        notices.switched_off(endpoint, notice)
        return True
    return False


def accounts_of(deliveries: Iterable[Delivery]) -> list[Account]:
    """The accounts of deliveries that no endpoint signs."""
    ids = {one.account_id for one in deliveries if one.endpoint_id is None}
    return list(Account.objects.filter(pk__in=ids))
