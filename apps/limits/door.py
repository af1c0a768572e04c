"""The door of plain async views that pages of any origin may call: one method, preflight, limits, errors, CORS.

The views are plain coroutines, so that a client that goes away ends the speech it was waiting for. Errors go out in
the shape of the dialect that owns the path; that dialect opens them to all origins.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.callers import Caller
from ttsplatform.cors import open_to_all_origins, preflight
from ttsplatform.errors import ApiError, as_api_error, error_response

from .admission import admit

View = Callable[..., Awaitable[HttpResponseBase]]


def door(method: str, *, kind: Literal["work", "read"], scope: str = "speech") -> Callable[[View], Any]:
    """Wraps `view(request, caller, …)`. `kind`: what the request counts as (see apps.limits.gate).

    `scope`: what a key needs, where there is one.
    """

    def made(view: View) -> Any:
        @csrf_exempt
        @functools.wraps(view)
        async def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "OPTIONS":
                return preflight(request, method)
            try:
                if request.method != method and not (method == "GET" and request.method == "HEAD"):
                    raise ApiError("method_not_allowed", f"{request.path} answers {method} only.")
                caller: Caller = await admit(request, kind=kind)
                if caller.key is not None:
                    caller.require(scope)
                response = await view(request, caller, *args, **kwargs)
            except Exception as exc:
                refusal = error_response(request, as_api_error(exc))
                if refusal.status_code == 405:
                    refusal["Allow"] = f"{method}, OPTIONS"
                return refusal
            return open_to_all_origins(response)

        return entered

    return made
