"""What customers do with jobs: order, cancel, delete; and staff: put back."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.callers import Caller
from apps.limits.anonymous import anonymous_refund, anonymous_reserve
from apps.media.store import media_store
from apps.usage import services as usage
from ttsplatform.errors import ApiError
from ttsplatform.tracing import traceparent

from . import closing, idempotency, recordings
from .hints import hint
from .idempotency import Ordered
from .models import UNFINISHED, Job, Step, StepStatus
from .steps import requeue

logger = logging.getLogger(__name__)

_EVER_SINCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Order:
    """A validated order of any kind of work. `price` is in characters, `step` names the first pipeline step.

    `original`: where the request holds a cleaned text, the text as it came; it is not part of what was ordered.
    `first`: a request waits for it as part of something else, so it goes before all that the customer ordered, and
    needs no place in the queue. `announced`: its end is told to webhooks. `likeness`: how like its speaker the caller's
    own voice is that speaks (apps.voices.speaking.likeness_of).
    """

    kind: str
    step: str
    service: str
    queue: str
    model: str
    served_model: str
    voice: str
    language: str
    characters: int
    price: int
    request: Mapping[str, Any]
    original: str = ""
    first: bool = False
    announced: bool = True
    likeness: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Submission:
    """An accepted order. `credits_remaining` is the balance right after it (None for anonymous callers);
    `replayed` says that an Idempotency-Key led to a job made before."""

    job: Job
    credits_remaining: int | None
    replayed: bool = False


def submit(
    caller: Caller,
    order: Order,
    *,
    request_id: str,
    idempotency_key: str | None = None,
    webhook_url: str = "",
    origin: str = "",
    recording: recordings.Recording | None = None,
    compared: Ordered | None = None,
) -> Submission:
    """Reserve the characters, store the job and its first step, and wake a worker: all or nothing.

    `webhook_url` (checked: webhooks.services.url_checked) is told when the job has ended, with links to `origin`,
    the host by which the customer came. `recording` is what is to be worked on; it is kept until the job has ended.
    `compared` is what idempotency_key compares, where that is not the order (see earlier_submission).
    Raises ApiError: insufficient_credits, too_many_concurrent (too many jobs
    waiting), idempotency_mismatch.
    """
    job_id = uuid.uuid4()
    if caller.account is None:
        anonymous_reserve(caller, job_id, order.price)
    try:
        if recording is not None:
            recordings.keep(recording, job_id)
        with transaction.atomic():
            told = {"webhook_url": webhook_url, "origin": origin}
            submission = _submit(caller, order, job_id, request_id, idempotency_key, told, compared or order)
    except BaseException:
        if recording is not None:
            recordings.forget(job_id)
        if caller.account is None:
            anonymous_refund(caller.network, job_id, order.price)
        raise
    if submission.replayed and recording is not None:
        recordings.forget(job_id)
    if not submission.replayed:
        about = {"job": job_id.hex, "kind": order.kind, "model": order.served_model, "queue": order.queue}
        logger.info("job ordered", extra=about)
    if submission.replayed and caller.account is None:
        anonymous_refund(caller.network, job_id, order.price)
    return submission


def _submit(
    caller: Caller,
    order: Order,
    job_id: uuid.UUID,
    request_id: str,
    idempotency_key: str | None,
    told: Mapping[str, str],
    compared: Ordered,
) -> Submission:
    if idempotency_key is not None:
        earlier = idempotency.find(caller.lane, idempotency_key, compared)
        if earlier is not None:
            return Submission(earlier.job, earlier.credits_remaining, replayed=True)
    if not order.first:
        demand_room(caller, 1)
    job = job_of_order(caller, order, id=job_id, request_id=request_id, **told)
    job.save(force_insert=True)
    step_of_order(caller, order, job).save()
    remaining: int | None = None
    if caller.account is not None:
        # Last, because it locks the account's row until the commit.
        remaining = usage.reserve(
            account_id=caller.account.pk,
            job_id=job_id,
            characters=order.price,
            key_id=caller.key.pk if caller.key else None,
            model=order.served_model,
            service=order.service,
        )
    if idempotency_key is not None:
        idempotency.remember(caller.lane, idempotency_key, compared, job, remaining)
    transaction.on_commit(functools.partial(hint, order.queue))
    return Submission(job, remaining)


def earlier_submission(caller: Caller, idempotency_key: str, compared: Ordered) -> Submission | None:
    """What the same key has ordered before, for whoever has work to do before there is an order.

    Raises idempotency_mismatch, bad_request.
    """
    with transaction.atomic():
        earlier = idempotency.find(caller.lane, idempotency_key, compared)
    if earlier is None:
        return None
    return Submission(earlier.job, earlier.credits_remaining, replayed=True)


def demand_room(caller: Caller, jobs: int) -> None:
    """Raise too_many_concurrent where the plan does not let so many more jobs wait."""
    waiting = Job.objects.filter(lane=caller.lane, status__in=UNFINISHED).exclude(kind="voice").count()
    most = caller.plan.max_queued_jobs
    if waiting + jobs > most:
        ordered = "" if jobs == 1 else f" and {jobs} are ordered"
        raise ApiError(
            "too_many_concurrent",
            f"{waiting} jobs are waiting already{ordered}; the {caller.plan.name} plan allows {most}. "
            "Wait until some are done, or cancel them.",
            retry_after=5,
        )


def job_of_order(caller: Caller, order: Order, **more: Any) -> Job:
    """The job of an order, not stored yet; `more` are fields of the row."""
    return Job(
        account=caller.account,
        key=caller.key,
        lane=caller.lane,
        kind=order.kind,
        service=order.service,
        model=order.model,
        served_model=order.served_model,
        voice=order.voice,
        language=order.language,
        request=dict(order.request),
        characters=order.characters,
        price=order.price,
        announced=order.announced,
        likeness=order.likeness,
        traceparent=traceparent(),
        expires_at=timezone.now() + dt.timedelta(seconds=settings.JOB_QUEUE_TTL_SECONDS),
        **more,
    )


def step_of_order(caller: Caller, order: Order, job: Job) -> Step:
    """The first step of an order's job, not stored yet."""
    step = Step(
        job=job, name=order.step, queue=order.queue, lane=caller.lane, lane_limit=caller.plan.concurrency
    )
    if order.first:
        # The first of its lane, and beside what runs already.
        step.ordered_at, step.lane_limit = _EVER_SINCE, step.lane_limit + 1
    return step


def can_be_repeated(job: Job) -> bool:
    """Whether what was ordered is still known: speech of a stock voice, whose text has not been deleted."""
    return job.is_finished and job.kind == "speech" and job.likeness is None and bool(job.request.get("text"))


def job_repeat(caller: Caller, job: Job, *, request_id: str) -> Submission:
    """Order once more what an ended job of the caller's was ordered as, for the same price.

    Raises conflict where that is not known any more, and what `submit` raises.
    """
    first = job.steps.order_by("pk").first()
    if not can_be_repeated(job) or first is None:
        raise ApiError("conflict", "What this job was ordered as is not known any more. Order it anew.")
    order = Order(
        kind=job.kind,
        step=first.name,
        service=job.service,
        queue=first.queue,
        model=job.model,
        served_model=job.served_model,
        voice=job.voice,
        language=job.language,
        characters=job.characters,
        price=job.price,
        request=job.request,
    )
    return submit(caller, order, request_id=request_id)


def job_cancel(job_id: uuid.UUID) -> bool:
    """End an unfinished job and refund it. False where it had ended already. A worker stops at its next beat."""
    with transaction.atomic():
        job = closing.lock(job_id)
        if job is None or job.is_finished:
            return False
        closing.cancel(job)
        return True


def job_put_back(job_id: uuid.UUID) -> int:
    """Take the running steps of a job from their workers and queue them again; how many those were."""
    with transaction.atomic():
        job = closing.lock(job_id)
        if job is None or job.is_finished:
            return 0
        running = list(job.steps.select_for_update().filter(status=StepStatus.RUNNING))
        for step in running:
            requeue(step.pk)
            transaction.on_commit(functools.partial(hint, step.queue))
    return len(running)


def job_purge(job_id: uuid.UUID) -> None:
    """Delete a job's files, text and result for good; its row and its ledger entries stay for the accounts."""
    job_cancel(job_id)
    media_store().delete_folder(f"jobs/{job_id.hex}")
    Job.objects.filter(pk=job_id).update(
        request={}, result=None, voice="", likeness=None, error_message="", purged_at=timezone.now()
    )
    Step.objects.filter(job_id=job_id).delete()
