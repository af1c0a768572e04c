"""X-RateLimit-Limit, -Remaining and -Reset on every answer of the API, whatever came of the request."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.addresses import client_address, network_of
from apps.accounts.authentication import caller_of_request
from apps.accounts.callers import Caller
from apps.accounts.selectors import anonymous_plan
from ttsplatform.errors import ApiError, error_response

from .gate import LimitExceeded, RateState, enter, peek

logger = logging.getLogger(__name__)

API_PATHS = ("/v1/", "/api/", "/pocket-tts")


class RateLimitHeadersMiddleware:
    """Sends the state that the throttle left on the request; where there is none, asks for it.

    A 401 that was not counted yet is counted against the caller's network, so that guessing keys slows down:
    its answers become 429.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        response = self.get_response(request)
        if not request.path.startswith(API_PATHS):
            return response
        if not hasattr(request, "rate_state"):
            response = settle(request, response)
        return with_headers(request, response)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        if not request.path.startswith(API_PATHS):
            return response
        if not hasattr(request, "rate_state"):
            response = await sync_to_async(settle)(request, response)
        return with_headers(request, response)


def with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response with the headers of `request.rate_state`, if it could be had."""
    state: RateState | None = getattr(request, "rate_state", None)
    if state is not None:
        for name, value in state.headers().items():
            response[name] = value
    return response


def settle(request: Any, response: HttpResponseBase) -> HttpResponseBase:
    """Find the state for a request that no throttle has seen. The answer returned may be a 429 instead."""
    try:
        if response.status_code != 401:
            request.rate_state = peek(_caller(request))
            return response
        request.rate_state = enter(_stranger(request), kind="work")
    except LimitExceeded as refusal:
        request.rate_state = refusal.state
        return error_response(request, refusal)
    except ApiError:
        request.rate_state = peek(_stranger(request))
    except Exception:
        # An answer without the headers is better than none: the database may be what is down.
        logger.exception("no rate limit headers")
    return response


def _caller(request: Any) -> Caller:
    """The caller that the view saw; for a path without a view, whoever the headers name."""
    if hasattr(request, "caller"):
        return request.caller
    try:
        return caller_of_request(request)
    except ApiError:
        return _stranger(request)


def _stranger(request: HttpRequest) -> Caller:
    return Caller(network=network_of(client_address(request)), plan=anonymous_plan())
