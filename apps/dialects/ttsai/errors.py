"""Errors as TTS.ai's clients read them.

The document puts `characters_required` and `characters_available` inside `error`; the Python SDK reads
`credits_needed` and `credits_remaining` at the top, and its other messages from `error.message` or `message`.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from ttsplatform.errors import ApiError

PREFIXES = (
    "/v1/tts/",
    "/v1/speech/",
    "/v1/voice-clone/",
    "/v1/stt/",
    "/v1/transcribe/",
    "/v1/audio/enhance/",
    "/v1/audio/separate/",
    "/v1/audio/remove-echo/",
    "/v1/audio/analyze/",
    "/v1/audio/convert/",
    "/v1/models/",
    "/v1/voices/",
    "/v1/health/",
    "/api/v1/",
    "/static/downloads/",
)


def owns(request: HttpRequest) -> bool:
    return request.path.startswith(PREFIXES)


def dress(request: HttpRequest, error: ApiError) -> HttpResponse:
    return JsonResponse(error_body(error), status=error.status)


def error_body(error: ApiError) -> dict[str, Any]:
    """The body of an error's answer, and the data of an `error` event."""
    described = {"code": error.code, "type": error.type, "message": error.message, "param": error.param}
    body: dict[str, Any] = {"error": {**described, **error.details}, "message": error.message}
    if error.code == "insufficient_credits":
        body["credits_needed"] = error.details.get("characters_required")
        body["credits_remaining"] = error.details.get("characters_available")
    return body
