"""For load balancers and whoever runs the platform: neither keys nor rate limits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from ttsplatform.errors import ApiError, error_response

from .access import demand_operator
from .exposition import exposition
from .readiness import readiness


async def healthz(request: HttpRequest) -> JsonResponse:
    """GET /healthz: this process answers. Asks nobody else, so that no outage restarts web servers."""
    return _fresh({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """GET /readyz: whether all that requests need is there; 503 with what to do where it is not."""
    report = readiness.report()
    return _fresh(report, status=200 if report["status"] == "ready" else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics, for operators: the whole platform's, whichever web process answers."""
    try:
        demand_operator(request)
    except ApiError as refusal:
        return error_response(request, refusal)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _fresh(body: dict[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
