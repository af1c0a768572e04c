"""Idempotency-Key: the same key and body give the first answer again; the same key with another body is refused.

The key is stored in the transaction that makes the job. A twin that arrives meanwhile waits for that commit (a few
milliseconds) and then gets the same job, so there is no "in flight" state that could be left behind by a crash.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from typing import Any, ClassVar, Protocol

from django.db import connection
from django.utils import timezone

from ttsplatform.errors import ApiError

from .models import IdempotencyKey, Job

KEPT = dt.timedelta(hours=24)


class Ordered(Protocol):
    """A dataclass: an order of any kind."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def fingerprint(order: Ordered) -> str:
    """SHA-256 over what was ordered, a dataclass, in canonical JSON."""
    values = dataclasses.asdict(order, dict_factory=_ordered)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _ordered(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Without the text as it came: the cleaned one is what is spoken."""
    return {name: value for name, value in fields if name != "original"}


def find(lane: str, key: str, order: Ordered) -> IdempotencyKey | None:
    """The earlier use of `key`, once a twin's transaction has ended. Raises idempotency_mismatch, bad_request."""
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise ApiError("bad_request", "Idempotency-Key must be 1 to 255 printable characters.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"idempotency:{lane}:{key}"])
    IdempotencyKey.objects.filter(lane=lane, key=key, created_at__lt=timezone.now() - KEPT).delete()
    earlier = IdempotencyKey.objects.select_related("job").filter(lane=lane, key=key).first()
    if earlier is not None and earlier.fingerprint != fingerprint(order):
        raise ApiError("idempotency_mismatch")
    return earlier


def remember(lane: str, key: str, order: Ordered, job: Job, credits_remaining: int | None) -> None:
    IdempotencyKey.objects.create(
        lane=lane, key=key, fingerprint=fingerprint(order), job=job, credits_remaining=credits_remaining
    )
