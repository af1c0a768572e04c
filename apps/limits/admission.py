"""For plain async views: who calls, and may they now? REST framework's views have it from their settings."""

from __future__ import annotations

from typing import Literal

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from apps.accounts.authentication import caller_of_request
from apps.accounts.callers import Caller

from . import gate


async def admit(request: HttpRequest, *, kind: Literal["work", "read"], scope: str | None = None) -> Caller:
    """The caller, once the scope fits and the limits allow the request. Raises what those raise."""
    return await sync_to_async(_admit)(request, kind, scope)


def _admit(request: HttpRequest, kind: Literal["work", "read"], scope: str | None) -> Caller:
    caller = caller_of_request(request)
    if scope is not None:
        caller.require(scope)
    try:
        state = gate.enter(caller, kind=kind)
    except gate.LimitExceeded as refusal:
        request.rate_state = refusal.state  # type: ignore[attr-defined]
        raise
    request.rate_state = state  # type: ignore[attr-defined]
    return caller
