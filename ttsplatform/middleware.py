"""What goes for every request: its id, in the answer, the logs and on the job; that it is counted, and traced."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse

from . import tracing
from .counting import count, observe

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
_LITTER = re.compile(r"[\^$]|/\?")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def request_id_for(request: HttpRequest) -> str:
    """The caller's X-Request-Id where it is harmless, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _ACCEPTABLE.fullmatch(given) else "req_" + uuid.uuid4().hex


class RequestMiddleware:
    """Sets `request.request_id`, binds it to the log lines, and sends it back as X-Request-Id. Counts and traces."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        request_id = request_id_for(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        if iscoroutinefunction(self.get_response):
            return self._later(request, request_id)
        began = time.monotonic()
        with _span(request, request_id) as span:
            response = self.get_response(request)
            assert isinstance(response, HttpResponse) or hasattr(response, "headers")
            response["X-Request-Id"] = request_id  # type: ignore[index]
            _counted(request, response, began, span)  # type: ignore[arg-type]
        return response

    async def _later(self, request: HttpRequest, request_id: str) -> HttpResponse:
        began = time.monotonic()
        with _span(request, request_id) as span:
            response = await self.get_response(request)  # type: ignore[misc]
            response["X-Request-Id"] = request_id
            _counted(request, response, began, span)
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern that a request's path matched, without any id: `v1/jobs/<job_id>/cancel`; "none" for a 404's path."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "none"
    if match.app_names[:1] == ["admin"]:
        return "admin"  # a hundred patterns that nobody looks at one by one
    return _LITTER.sub("", _GROUP.sub(r"<\1>", match.route)) or "/"


def _span(request: HttpRequest, request_id: str) -> AbstractContextManager[tracing.Spanning]:
    """The request in a trace: the caller's where it names one."""
    parent = tracing.acceptable(request.headers.get("traceparent", ""))
    return tracing.span(
        "HTTP", kind="server", parent=parent, request_id=request_id, http__request__method=request.method
    )


def _counted(request: HttpRequest, response: HttpResponse, began: float, span: tracing.Spanning) -> None:
    method = request.method if request.method in _METHODS else "other"
    route = route_of(request)
    count("tts_http_requests", method=str(method), route=route, status=str(response.status_code))
    observe("tts_http_request_duration_seconds", time.monotonic() - began, route=route)
    span.rename(f"{method} {route}")
    span.note(http__route=route, http__response__status_code=response.status_code)
    if response.status_code >= 500:
        span.fail(str(response.status_code))
