"""Our own API to jobs: list, look, cancel, delete, follow."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.callers import account_of
from apps.limits.admission import admit
from ttsplatform.errors import ApiError, answers_errors

from . import selectors, services, waiting
from .links import result_url
from .models import Job, JobStatus


class NewestFirst(CursorPagination):
    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100
    ordering = ("-created_at", "-id")


class JobList(APIView):
    """GET /v1/jobs/?status=&limit=&cursor= → {next, previous, results}."""

    scope = "jobs"

    def get(self, request: Request) -> Response:
        jobs = selectors.jobs_of(account_of(request))
        status = request.query_params.get("status")
        if status:
            if status not in JobStatus.values:
                raise ApiError(
                    "bad_request", f"status: not one of {', '.join(JobStatus.values)}.", param="status"
                )
            jobs = jobs.filter(status=status)
        pages = NewestFirst()
        page = pages.paginate_queryset(jobs, request, view=self)
        return pages.get_paginated_response([shown(request._request, job) for job in page or []])


class JobDetail(APIView):
    """GET one of the account's jobs; DELETE it with its audio and text (an unfinished one is cancelled first)."""

    scope = "jobs"

    def get(self, request: Request, job_id: str) -> Response:
        job = selectors.job_of(account_of(request), selectors.parse_job_id(job_id))
        return Response(shown(request._request, job))

    def delete(self, request: Request, job_id: str) -> Response:
        job = selectors.job_of(account_of(request), selectors.parse_job_id(job_id))
        services.job_purge(job.pk)
        return Response(status=204)


class JobCancel(APIView):
    """POST: end an unfinished job and give the characters back; 409 where it has ended already."""

    scope = "jobs"
    limit_kind = "read"

    def post(self, request: Request, job_id: str) -> Response:
        job = selectors.job_of(account_of(request), selectors.parse_job_id(job_id))
        if not services.job_cancel(job.pk):
            job.refresh_from_db()
            raise ApiError("conflict", f"The job has ended already: {job.status}.")
        job.refresh_from_db()
        return Response(shown(request._request, job))


@answers_errors
async def job_events(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """GET: Server-Sent Events `job` with the job's JSON at each change, until it has ended."""
    if request.method != "GET":
        raise ApiError("method_not_allowed")
    caller = await admit(request, kind="read", scope="jobs")
    assert caller.account is not None
    job = await sync_to_async(selectors.job_of)(caller.account, selectors.parse_job_id(job_id))
    response = StreamingHttpResponse(_event_stream(request, job), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _event_stream(request: HttpRequest, job: Job) -> AsyncIterator[bytes]:
    show = sync_to_async(shown)
    async for state in waiting.follow(job.pk):
        if state is None:
            yield b": still here\n\n"
        else:
            data: dict[str, Any] = await show(request, state)
            yield f"event: job\ndata: {json.dumps(data)}\n\n".encode()


def shown(request: HttpRequest, job: Job) -> dict[str, Any]:
    """A job with its link, as JSON."""
    return {**selectors.describe(job), "result_url": result_url(request, job)}
