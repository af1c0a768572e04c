"""For paths that pages of any origin may call. No cookies are read there, so none can be abused."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)

# What a page may read of an answer beside its body.
_EXPOSED = (
    "Content-Disposition, X-Served-Model, X-Voice-Similarity, X-Request-Id, Retry-After, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
# "*" would leave out Authorization, so the headers are named.
_ALLOWED = "Accept, Authorization, Content-Type, X-API-Key, X-Request-Id"
_KEPT_SECONDS = 600


def open_to_all_origins(response: R) -> R:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = _EXPOSED
    return response


def preflight(request: HttpRequest, method: str) -> HttpResponse:
    """What a browser asks before it sends JSON, a key or a DELETE. Costs the caller nothing."""
    response = open_to_all_origins(HttpResponse(status=200))
    response["Access-Control-Allow-Methods"] = f"{method}, OPTIONS"
    # A browser names what its page wants to send; any header is fine, for we only read the ones we know.
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    response["Access-Control-Allow-Headers"] = wanted if wanted.isascii() and wanted else _ALLOWED
    response["Access-Control-Max-Age"] = str(_KEPT_SECONDS)
    response["Vary"] = "Access-Control-Request-Headers"
    return response
