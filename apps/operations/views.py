"""For load balancers and whoever runs the platform: neither keys nor rate limits."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from .readiness import readiness


async def healthz(request: HttpRequest) -> JsonResponse:
    """GET /healthz: this process answers. Asks nobody else, so that no outage restarts web servers."""
    return _fresh({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """GET /readyz: whether all that requests need is there; 503 with what to do where it is not."""
    report = readiness.report()
    return _fresh(report, status=200 if report["status"] == "ready" else 503)


def _fresh(body: dict[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
