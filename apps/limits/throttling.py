"""REST framework's throttle: one request through the gate."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.accounts.callers import caller_of

from .gate import Kind, LimitExceeded, enter

# Deleting is cheap for us, and nobody should be told to slow down in it.
_READS = {"GET", "HEAD", "OPTIONS", "DELETE"}


class PlanThrottle(BaseThrottle):
    """Counts the request as the view's `limit_kind` ("work", "read" or "none"), or by its method.

    The state is kept as `request.rate_state` of the Django request, for the middleware that sends it.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        by_method: Kind = "read" if request.method in _READS else "work"
        kind: Kind = getattr(view, "limit_kind", None) or by_method
        django_request: Any = request._request
        try:
            django_request.rate_state = enter(caller_of(request), kind=kind)
        except LimitExceeded as refusal:
            django_request.rate_state = refusal.state
            raise
        return True
