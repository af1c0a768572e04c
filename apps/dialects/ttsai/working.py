"""Work on a recording: ordered as a job, waited for, and answered with what came of it.

Whoever names a `webhook_url`, or says `?wait=false` or `Prefer: respond-async`, gets the job at once; so does whoever
would wait for longer than a request may (settings.JOB_MAX_WAIT_SECONDS).
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.callers import Caller
from apps.jobs.links import origin_of
from apps.jobs.models import Job, JobStatus
from apps.jobs.recordings import Recording
from apps.jobs.services import Order, Submission, submit
from apps.jobs.waiting import wait_for
from apps.jobs.working import failure_of
from apps.webhooks.services import url_checked

from .speech import job_answer, result_answer, waiting_slot, with_headers
from .user_voices import form_of, request_id_of

Dress = Callable[[Request, Job], HttpResponseBase]
"""Makes the answer of a job that was completed."""

_NO = {"0", "false", "no"}


def work_answer(
    request: Request,
    caller: Caller,
    order: Order,
    recording: Recording | None,
    dress: Dress,
    *,
    waits: bool = True,
    submit: Callable[..., Submission] = submit,
) -> HttpResponseBase:
    """Order the work and answer it. `waits`: whether this call answers with the result itself.

    Raises what `submit` raises, and the job's own failure.
    """
    http = request._request
    webhook_url = url_checked(caller.account, form_of(request).get("webhook_url"))
    seconds = settings.JOB_MAX_WAIT_SECONDS if waits and not (webhook_url or _in_background(request)) else 0
    with waiting_slot(caller, request_id_of(request), seconds):
        submission = submit(
            caller,
            order,
            request_id=request_id_of(request),
            idempotency_key=request.headers.get("Idempotency-Key"),
            webhook_url=webhook_url,
            origin=origin_of(http),
            recording=recording,
        )
        job = wait_for(submission.job.pk, seconds) if seconds else submission.job
    if job.status == JobStatus.COMPLETED:
        return with_headers(dress(request, job), job)
    if job.is_finished:
        raise failure_of(job)
    answer = job_answer(http, submission)
    if seconds:
        answer |= result_answer(http, job)
    return with_headers(Response(answer), job)


def _in_background(request: Request) -> bool:
    prefers = request.headers.get("Prefer", "").lower()
    return "respond-async" in prefers or request.query_params.get("wait", "").lower() in _NO
