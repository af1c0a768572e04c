"""Errors as KugelAudio's clients read them: a sentence in `error`, the kind in `error_code`, the status in `code`.

The same fields are sent as a frame on the sockets. The SDK chooses its exception by `error_code` first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ttsplatform.errors import ApiError

CODES: Mapping[str, str] = {
    "bad_request": "VALIDATION_ERROR",
    "model_not_found": "VALIDATION_ERROR",
    "text_too_long": "VALIDATION_ERROR",
    "unauthorized": "UNAUTHORIZED",
    "insufficient_credits": "INSUFFICIENT_CREDITS",
    "forbidden": "UNAUTHORIZED",
    "not_found": "NOT_FOUND",
    "method_not_allowed": "METHOD_NOT_ALLOWED",
    "conflict": "CONFLICT",
    "gone": "NOT_FOUND",
    "file_too_large": "VALIDATION_ERROR",
    "unsupported_media_type": "VALIDATION_ERROR",
    "idempotency_mismatch": "VALIDATION_ERROR",
    "rate_limited": "RATE_LIMITED",
    "too_many_concurrent": "RATE_LIMITED",
    "internal_error": "INTERNAL_ERROR",
    "model_unavailable": "MODEL_UNAVAILABLE",
    "service_unavailable": "MODEL_UNAVAILABLE",
}
"""Our codes (ttsplatform.errors.TABLE) → KugelAudio's."""

# Without a slash at the end: with one, the same names are TTS.ai's, and so are the previews of voices.
_OWN = re.compile(
    r"/v1/(?:tts/generate|audio/enhance(?:/warmup)?|normalize|sdk-diagnostics|voices|voices/(?!preview/).*[^/])",
    re.DOTALL,
)
# OpenAI's clients call these too. KugelAudio's send the key in this header as well.
_SHARED = re.compile(r"/v1/(?:models(?:/.*[^/])?|audio/transcriptions)", re.DOTALL)


def owns(request: HttpRequest) -> bool:
    """Whether the answer must be in this shape: by path, or because KugelAudio's SDK says that it is asking."""
    if "X-KugelAudio-SDK" in request.headers or _OWN.fullmatch(request.path):
        return True
    return "X-API-Key" in request.headers and _SHARED.fullmatch(request.path) is not None


def dress(request: HttpRequest, error: ApiError) -> HttpResponse:
    return JsonResponse(error_fields(error), status=error.status)


def error_fields(error: ApiError) -> dict[str, Any]:
    """`{"error", "error_code", "code"[, "retry_after"]}`; a detail `error_code` of the error names a finer kind."""
    fields: dict[str, Any] = {
        "error": error.message,
        "error_code": _kind(error),
        "code": error.status,
    }
    if error.retry_after is not None:
        # Whole seconds, as in the header: the SDK ignores anything but an integer.
        fields["retry_after"] = max(1, math.ceil(error.retry_after))
    return fields


def _kind(error: ApiError) -> str:
    if error.details.get("reason") == "voice_quota":
        # FORBIDDEN would be the key's fault to the SDK.
        return "VOICE_LIMIT_REACHED"
    return str(error.details.get("error_code", CODES[error.code]))
