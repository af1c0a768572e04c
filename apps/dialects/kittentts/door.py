"""The door of every view here: one method, preflight, limits, errors in the document's shape, CORS.

The views are plain coroutines, so that a client that goes away ends the speech it was waiting for.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.callers import Caller
from apps.limits.admission import admit
from ttsplatform.errors import ApiError, as_api_error, error_response

from .cors import open_to_all_origins, preflight

DIALECT = "kittentts"
View = Callable[..., Awaitable[HttpResponse]]


def door(method: str, *, kind: Literal["work", "read"]) -> Callable[[View], Any]:
    """Wraps `view(request, caller, …)`. `kind`: what the request counts as (see apps.limits.gate)."""

    def made(view: View) -> Any:
        @csrf_exempt
        @functools.wraps(view)
        async def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                return preflight(request, method)
            try:
                if request.method != method and not (method == "GET" and request.method == "HEAD"):
                    raise ApiError("method_not_allowed", f"{request.path} answers {method} only.")
                caller: Caller = await admit(request, kind=kind)
                if caller.key is not None:
                    caller.require("speech")
                response = await view(request, caller, *args, **kwargs)
            except Exception as exc:
                response = error_response(request, as_api_error(exc))
                if response.status_code == 405:
                    response["Allow"] = f"{method}, OPTIONS"
                return response
            return open_to_all_origins(response)

        return entered

    return made
