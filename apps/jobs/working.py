"""Work on a recording that a request waits for, whichever public API it came through."""

from __future__ import annotations

from django.http import HttpRequest

from apps.accounts.callers import Caller
from apps.limits import gate
from ttsplatform.errors import ApiError

from .links import origin_of
from .models import Job
from .recordings import Recording
from .services import Order, submit
from .waiting import wait_for


def worked(
    request: HttpRequest,
    caller: Caller,
    order: Order,
    recording: Recording | None,
    *,
    seconds: float,
    idempotency_key: str | None = None,
) -> Job:
    """Order the work and wait for it: the job, which still runs where it takes longer than `seconds`.

    The request holds one of the plan's places meanwhile. Raises what `submit` raises, too_many_concurrent, and the
    job's own failure.
    """
    request_id = str(request.request_id)  # type: ignore[attr-defined]
    gate.hold(caller, request_id, int(seconds) + 10)
    try:
        submission = submit(
            caller,
            order,
            request_id=request_id,
            idempotency_key=idempotency_key,
            origin=origin_of(request),
            recording=recording,
        )
        job = wait_for(submission.job.pk, seconds)
    finally:
        gate.leave(caller, request_id)
    if job.is_finished and job.error_code:
        raise failure_of(job)
    return job


def failure_of(job: Job) -> ApiError:
    """The error that a job which failed, or was cancelled, is answered with."""
    if job.error_code in {"cannot_speak", "cannot_process"}:
        return ApiError("bad_request", job.error_message)
    code = "model_unavailable" if job.error_code == "model_unavailable" else "internal_error"
    return ApiError(code, job.error_message)
