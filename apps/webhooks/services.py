"""Telling customers. What is to be told is written in the transaction it tells of: neither lost nor invented."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Account
from apps.jobs.models import Job, JobStatus
from ttsplatform.errors import ApiError
from ttsplatform.outbound import check_url

from .hints import something_is_due
from .models import TEST_EVENT, AccountSecret, Delivery, DeliveryStatus, Endpoint, Signer
from .queue import switch_off
from .signing import new_secret

MAX_ENDPOINTS = 20
OVERLAP_HOURS = 24.0
"""So long messages are signed with the old secret as well, unless somebody says otherwise."""
# How long the log of deliveries is kept.
KEPT = dt.timedelta(days=30)
# JobStatus → (event, status on the wire).
_ENDS = {
    JobStatus.COMPLETED: ("task.completed", "success"),
    JobStatus.FAILED: ("task.failed", "failed"),
    JobStatus.EXPIRED: ("task.failed", "failed"),
    JobStatus.CANCELED: ("task.canceled", "canceled"),
}


def url_checked(account: Account | None, url: str | None, *, param: str = "webhook_url") -> str:
    """The URL of an order, or "" where there is none. Raises unauthorized without an account, bad_request."""
    if not url:
        return ""
    if account is None:
        raise ApiError("unauthorized", f"{param} needs an API key: without one nothing could be signed.")
    try:
        check_url(url)
    except ValueError as problem:
        raise ApiError("bad_request", f"{param}: {problem}", param=param) from None
    return url


def job_ended(job: Job) -> None:
    """Called in the transaction that ends a job. The items of a batch are told of together, by the batch."""
    if job.account_id is None or job.batch_id is not None or not job.announced:
        return
    event, status = _ENDS[JobStatus(job.status)]
    payload: dict[str, Any] = {
        "event": event,
        "task_id": job.pk.hex,
        "status": status,
        "result_url": None,
        "credits_used": job.price if job.status == JobStatus.COMPLETED else 0,
        "created_at": moment(job.created_at),
        "completed_at": moment(job.finished_at),
    }
    if job.error_code:
        payload["error"] = {"code": job.error_code, "message": job.error_message}
    announce(job.account_id, event, job.pk, payload, url=job.webhook_url, origin=job.origin)


def announce(
    account_id: uuid.UUID,
    event: str,
    task_id: uuid.UUID,
    payload: Mapping[str, Any],
    *,
    url: str = "",
    origin: str = "",
) -> int:
    """Write a message to `url`, if any, and to the account's endpoints that want this event; returns how many.

    Needs the transaction of what it tells. `origin` is the host to which links in the message lead.
    """
    with connection.cursor() as cursor:
        # Held until the commit, so that an endpoint that is deleted meanwhile can not make the job's end fail.
        cursor.execute(
            "SELECT id FROM webhooks_endpoint WHERE account_id = %s AND enabled"
            " AND (events = '{}' OR %s = ANY(events)) FOR KEY SHARE",
            [account_id, event],
        )
        receivers: list[dict[str, Any]] = [{"endpoint_id": row[0]} for row in cursor.fetchall()]
    if url:
        receivers.append({"url": url})
    if not receivers:
        return 0
    common = {"account_id": account_id, "event": event, "task_id": task_id, "origin": origin}
    Delivery.objects.bulk_create(
        Delivery(**common, payload=dict(payload), **receiver) for receiver in receivers
    )
    transaction.on_commit(something_is_due)
    return len(receivers)


def moment(time: dt.datetime | None) -> str | None:
    """A time as messages show it: 2025-01-15T10:30:45Z."""
    return None if time is None else time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def endpoint_create(
    account: Account, *, url: str, events: Iterable[str] = (), description: str = ""
) -> Endpoint:
    """A new receiver with a secret of its own. Raises bad_request, conflict (too many)."""
    checked = url_checked(account, url, param="url")
    if Endpoint.objects.filter(account=account).count() >= MAX_ENDPOINTS:
        raise ApiError("conflict", f"This account has {MAX_ENDPOINTS} webhooks already. Delete one first.")
    return Endpoint.objects.create(
        account=account, url=checked, events=sorted(set(events)), description=description
    )


def endpoint_update(endpoint: Endpoint, **changes: Any) -> Endpoint:
    """Change `url`, `events`, `description` or `enabled`; switching it on again takes the notice away."""
    if "url" in changes:
        url_checked(endpoint.account, changes["url"], param="url")
        changes["failing_since"] = None
    if "events" in changes:
        changes["events"] = sorted(set(changes["events"]))
    if "enabled" in changes:
        on = bool(changes["enabled"])
        changes["disabled_at"] = None if on else timezone.now()
        changes["disabled_reason"] = "" if on else "Switched off by you."
        changes["failing_since"] = None
    for name, value in changes.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(changes))
    return endpoint


def endpoint_disable(endpoint: Endpoint, reason: str) -> bool:
    """Staff switch it off: its owner reads `reason`, and may switch it on again. False where it was off already."""
    with transaction.atomic():
        return switch_off(Endpoint.objects.filter(pk=endpoint.pk), f"Switched off by the operator: {reason}.")


def endpoint_delete(endpoint: Endpoint) -> None:
    """The endpoint goes, and its deliveries and their log with it; nothing more is sent."""
    with transaction.atomic():
        # Waits for whoever is writing a delivery to it, which is then seen and deleted too.
        for locked in Endpoint.objects.select_for_update().filter(pk=endpoint.pk):
            locked.delete()


def endpoint_test(endpoint: Endpoint) -> Delivery:
    """Send a `webhook.test` now, once; also where the endpoint is switched off."""
    now = timezone.now()
    payload = {
        "event": TEST_EVENT,
        "task_id": None,
        "status": "success",
        "result_url": None,
        "credits_used": 0,
        "created_at": moment(now),
        "completed_at": moment(now),
    }
    with transaction.atomic():
        delivery = Delivery.objects.create(
            account_id=endpoint.account_id, endpoint=endpoint, event=TEST_EVENT, payload=payload
        )
        transaction.on_commit(something_is_due)
    delivery.refresh_from_db()
    return delivery


def secret_of(account: Account) -> AccountSecret:
    """The account's default secret; made at the first question."""
    try:
        with transaction.atomic():
            return AccountSecret.objects.get_or_create(account=account)[0]
    except IntegrityError:
        return AccountSecret.objects.get(account=account)


def secret_rotate(signer: Signer, overlap_hours: float = OVERLAP_HOURS) -> None:
    """A new secret; messages are signed with the old one as well for `overlap_hours`."""
    signer.old_secret, signer.secret = signer.secret, new_secret()
    signer.old_until = timezone.now() + dt.timedelta(hours=overlap_hours)
    signer.save(update_fields=["secret", "old_secret", "old_until"])


def delivery_replay(delivery: Delivery) -> Delivery:
    """Send a message again now, under its old id, with all its retries. Raises conflict."""
    with transaction.atomic():
        locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if locked.status == DeliveryStatus.PENDING and locked.lease is not None:
            raise ApiError("conflict", "This delivery is being sent right now.")
        off = locked.endpoint_id and not Endpoint.objects.get(pk=locked.endpoint_id).enabled
        if off and locked.event != TEST_EVENT:
            raise ApiError("conflict", "Its webhook is switched off. Switch it on first: enabled = true.")
        locked.status, locked.attempts, locked.finished_at = DeliveryStatus.PENDING, 0, None
        locked.next_at = timezone.now()
        locked.save(update_fields=["status", "attempts", "finished_at", "next_at"])
        transaction.on_commit(something_is_due)
    return locked


def sweep() -> int:
    """Part of the reaper: wake a sender where something is due; drop the log past its time. How many are due."""
    now = timezone.now()
    due = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_at__lte=now)[:100].count()
    if due:
        something_is_due()
    old = Delivery.objects.filter(created_at__lt=now - KEPT).exclude(status=DeliveryStatus.PENDING)
    Delivery.objects.filter(pk__in=old.values("pk")[:1000]).delete()
    return due
