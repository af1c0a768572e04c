"""Batches: many orders, paid for together or not at all. Each is a job of its own; one message tells of the end."""

from __future__ import annotations

import functools
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.callers import Caller
from apps.accounts.models import Account
from apps.usage import services as usage
from ttsplatform.errors import ApiError

from . import idempotency
from .batch_ends import jobs_in
from .hints import hint
from .models import FINISHED, Batch, Job, Step
from .selectors import parse_job_id
from .services import Order, demand_room, job_cancel, job_of_order, job_purge, step_of_order

MAX_ITEMS = 50


@dataclass(frozen=True)
class BatchOrder:
    """What was ordered together, as Idempotency-Key compares it."""

    orders: tuple[Order, ...]
    webhook_url: str


def batch_submit(
    caller: Caller,
    orders: Sequence[Order],
    *,
    request_id: str,
    webhook_url: str = "",
    origin: str = "",
    idempotency_key: str | None = None,
) -> Batch:
    """Store all orders as jobs of one batch and set their characters aside: all of it, or nothing.

    `webhook_url` (checked) is told once, when the last one has ended. Raises ApiError: unauthorized (a batch needs an
    account), insufficient_credits (with the sum), too_many_concurrent, idempotency_mismatch.
    """
    if caller.account is None:
        raise ApiError("unauthorized", "A batch needs an API key: send Authorization: Bearer sk-tts-…")
    if not 1 <= len(orders) <= MAX_ITEMS:
        raise ApiError(
            "bad_request", f"texts: send 1 to {MAX_ITEMS} items, not {len(orders)}.", param="texts"
        )
    whole = BatchOrder(tuple(orders), webhook_url)
    with transaction.atomic():
        if idempotency_key is not None:
            earlier = idempotency.find(caller.lane, idempotency_key, whole)
            if earlier is not None and earlier.job.batch is not None:
                return earlier.job.batch
        batch = Batch.objects.create(
            account=caller.account,
            total=len(orders),
            webhook_url=webhook_url,
            origin=origin,
            request_id=request_id,
        )
        batch.refresh_from_db()
        jobs = _jobs(caller, batch, orders)
        if idempotency_key is not None:
            idempotency.remember(caller.lane, idempotency_key, whole, jobs[0], None)
        # Last, because it locks the account's row until the commit.
        _reserve(caller, jobs)
    return batch


def _jobs(caller: Caller, batch: Batch, orders: Sequence[Order]) -> list[Job]:
    demand_room(caller, len(orders))
    more = {"batch": batch, "origin": batch.origin, "request_id": batch.request_id}
    jobs = [job_of_order(caller, order, batch_index=index, **more) for index, order in enumerate(orders)]
    Job.objects.bulk_create(jobs)
    Step.objects.bulk_create(
        step_of_order(caller, order, job) for order, job in zip(orders, jobs, strict=True)
    )
    for queue, count in Counter(order.queue for order in orders).items():
        transaction.on_commit(functools.partial(hint, queue, count))
    return jobs


def _reserve(caller: Caller, jobs: Sequence[Job]) -> None:
    assert caller.account is not None
    needed = sum(job.price for job in jobs)
    account = Account.objects.select_for_update(no_key=True).get(pk=caller.account.pk)
    if account.balance < needed:
        raise usage.too_few(needed, account.balance)
    for job in jobs:
        usage.reserve(
            account_id=account.pk,
            job_id=job.pk,
            characters=job.price,
            key_id=caller.key.pk if caller.key else None,
            model=job.served_model,
            service=job.service,
        )


def batch_readable(account: Account | None, text: str) -> Batch:
    """What may be read without a key by whoever knows the unguessable id, as with single results (clients poll so).

    Who sends a key sees that account's batches only. Raises not_found.
    """
    if account is not None:
        return batch_of(account, text)
    batch = Batch.objects.filter(pk=_parse(text)).first()
    if batch is None:
        raise ApiError("not_found", f"There is no batch {text[:64]!r}.")
    return batch


def batches_of(account: Account) -> QuerySet[Batch]:
    """The account's batches, newest first."""
    return Batch.objects.filter(account=account).order_by("-created_at", "-id")


def batch_of(account: Account, text: str) -> Batch:
    """One of the account's batches; not_found for a stranger's as for one that never was."""
    batch = Batch.objects.filter(account=account, pk=_parse(text)).first()
    if batch is None:
        raise ApiError("not_found", f"There is no batch {text[:64]!r}.")
    return batch


def _parse(text: str) -> uuid.UUID:
    try:
        return parse_job_id(text)
    except ApiError:
        raise ApiError("not_found", f"There is no batch {text[:64]!r}.") from None


def batch_cancel(batch: Batch) -> int:
    """End and refund what has not ended yet; how many items that were. What is done stays, and stays paid."""
    return sum(job_cancel(job.pk) for job in jobs_in(batch).exclude(status__in=FINISHED))


def batch_purge(batch: Batch) -> None:
    """Cancel what runs, and delete all audio and texts of the batch for good."""
    for job_id in jobs_in(batch).values_list("pk", flat=True):
        job_purge(job_id)
