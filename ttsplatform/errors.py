"""One table of errors for the whole platform.

Services raise `ApiError(code, …)`. The exception handler turns anything else into one of these too, and the
dialect that owns the path dresses it in its own wire shape (`register_dresser`). No traceback leaves the house.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions as drf

from .counting import count

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ErrorSpec:
    """What a code means: HTTP status, family (`type` on the wire) and the message when none is given."""

    status: int
    type: str
    message: str


TABLE: Mapping[str, ErrorSpec] = {
    "bad_request": ErrorSpec(400, "invalid_request_error", "The request is not valid."),
    "model_not_found": ErrorSpec(400, "invalid_request_error", "Unknown model."),
    "text_too_long": ErrorSpec(400, "invalid_request_error", "The text is too long."),
    "unauthorized": ErrorSpec(401, "authentication_error", "Missing or invalid API key."),
    "insufficient_credits": ErrorSpec(
        402, "insufficient_credits", "You do not have enough characters for this request."
    ),
    "forbidden": ErrorSpec(403, "permission_error", "This API key may not do that."),
    "not_found": ErrorSpec(404, "not_found_error", "Not found."),
    "method_not_allowed": ErrorSpec(405, "invalid_request_error", "This method is not allowed here."),
    "conflict": ErrorSpec(409, "conflict_error", "The request conflicts with the current state."),
    "gone": ErrorSpec(410, "not_found_error", "This result has been deleted."),
    "file_too_large": ErrorSpec(413, "invalid_request_error", "The request body is too large."),
    "unsupported_media_type": ErrorSpec(415, "invalid_request_error", "Send JSON or a form."),
    "idempotency_mismatch": ErrorSpec(
        422, "idempotency_error", "This Idempotency-Key was used with another request body."
    ),
    "rate_limited": ErrorSpec(429, "rate_limit_error", "Too many requests. Check the rate limit headers."),
    "too_many_concurrent": ErrorSpec(
        429, "rate_limit_error", "Too many requests at once. Wait for one of them to finish."
    ),
    "internal_error": ErrorSpec(500, "api_error", "Something went wrong on our side. Try again later."),
    "model_unavailable": ErrorSpec(503, "api_error", "The model is not installed on this server."),
    "service_unavailable": ErrorSpec(503, "api_error", "The service is briefly unavailable. Try again."),
}


class ApiError(Exception):
    """An error that a customer may read.

    `code` is a key of TABLE. `param` names the offending field. `retry_after` is in seconds. `details` are
    extra values that a dialect may put on the wire (for example characters_required).
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        param: str | None = None,
        retry_after: float | None = None,
        **details: Any,
    ) -> None:
        spec = TABLE[code]
        self.code = code
        self.status = spec.status
        self.type = spec.type
        self.message = message or spec.message
        self.param = param
        self.retry_after = retry_after
        self.details = details
        super().__init__(f"{code}: {self.message}")


Dresser = Callable[[HttpRequest, ApiError], HttpResponse]
_dressers: list[tuple[Callable[[HttpRequest], bool], Dresser]] = []


def register_dresser(owns: Callable[[HttpRequest], bool], dress: Dresser) -> None:
    """Let a dialect dress the errors of the requests it owns (called from its AppConfig.ready)."""
    _dressers.append((owns, dress))


def dress_plainly(request: HttpRequest, error: ApiError) -> HttpResponse:
    """Our own shape, which is also OpenAI's: an `error` object, with the message at the top as well."""
    return JsonResponse({"error": error_fields(error), "message": error.message}, status=error.status)


def error_fields(error: ApiError) -> dict[str, Any]:
    """What `error` holds in our own shape and in OpenAI's."""
    described = {"code": error.code, "type": error.type, "message": error.message, "param": error.param}
    return {**described, **error.details}


def error_response(request: HttpRequest, error: ApiError) -> HttpResponse:
    """The answer for `error` in the shape of the dialect that owns the request."""
    dress = next((dress for owns, dress in _dressers if owns(request)), dress_plainly)
    response = dress(request, error)
    count("tts_errors", code=error.code)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, int(error.retry_after + 0.999)))
    return response


def as_api_error(exc: Exception) -> ApiError:
    """Translate Django's and REST framework's exceptions; anything unknown is an internal error."""
    if isinstance(exc, ApiError):
        return exc
    if isinstance(exc, drf.ValidationError):
        param, message = first_problem(exc.detail)
        return ApiError("bad_request", message, param=param)
    if isinstance(exc, drf.ParseError):
        return ApiError("bad_request", f"The body could not be read: {exc.detail}")
    if isinstance(exc, drf.NotAuthenticated | drf.AuthenticationFailed):
        return ApiError("unauthorized")
    if isinstance(exc, drf.PermissionDenied | PermissionDenied):
        return ApiError("forbidden")
    if isinstance(exc, drf.NotFound | Http404):
        return ApiError("not_found")
    if isinstance(exc, drf.MethodNotAllowed):
        return ApiError("method_not_allowed", str(exc.detail))
    if isinstance(exc, drf.UnsupportedMediaType):
        return ApiError("unsupported_media_type", str(exc.detail))
    if isinstance(exc, RequestDataTooBig):
        return ApiError("file_too_large")
    logger.error("unhandled error", exc_info=exc)
    return ApiError("internal_error")


def first_problem(detail: Any, param: str | None = None) -> tuple[str | None, str]:
    """The first field and message in a validation error's nested detail."""
    if isinstance(detail, dict):
        key, value = next(iter(detail.items()))
        name = None if key == "non_field_errors" else str(key)
        return first_problem(value, f"{param}.{name}" if param and name else name or param)
    if isinstance(detail, list | tuple):
        return first_problem(detail[0], param) if detail else (param, "The request is not valid.")
    return param, f"{param}: {detail}" if param else str(detail)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST framework's EXCEPTION_HANDLER."""
    request = context["request"]._request
    return error_response(request, as_api_error(exc))


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = f"There is nothing at {request.path}. Slashes at the end matter."
    return error_response(request, ApiError("not_found", message))


def handler500(request: HttpRequest) -> HttpResponse:
    return error_response(request, ApiError("internal_error"))


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, ApiError("bad_request"))


def answers_errors(view: Callable[..., Any]) -> Callable[..., Any]:
    """For plain async views: what REST framework's exception handler does for the others."""

    @functools.wraps(view)
    async def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return await view(request, *args, **kwargs)
        except Exception as exc:
            return error_response(request, as_api_error(exc))

    return wrapped
