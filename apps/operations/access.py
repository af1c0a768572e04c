"""Who may read metrics: whoever sends METRICS_TOKEN; without one, in the embedded default, this machine."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest

from ttsplatform.errors import ApiError


def demand_operator(request: HttpRequest) -> None:
    """Raise unauthorized or forbidden where the request is not an operator's."""
    token = settings.METRICS_TOKEN
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        # Both are compared whole, so that the time tells nothing.
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
            raise ApiError("unauthorized", "Send Authorization: Bearer and the METRICS_TOKEN of this server.")
    elif not settings.EMBEDDED:
        raise ApiError("forbidden", "Metrics are off. Set METRICS_TOKEN, and send it as a bearer token.")
    elif not _from_this_machine(request):
        raise ApiError(
            "forbidden", "Metrics are for this machine. Set METRICS_TOKEN to read them from elsewhere."
        )


def _from_this_machine(request: HttpRequest) -> bool:
    # A proxy on this machine speaks for others.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False
