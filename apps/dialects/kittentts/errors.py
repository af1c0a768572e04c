"""Errors as KittenTTS's clients read them: `{"detail": "a sentence"}`, readable from any origin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from ttsplatform.cors import open_to_all_origins
from ttsplatform.errors import ApiError

PATHS = frozenset(f"/api/{name}" for name in ("health", "models", "voices", "stats", "generate"))


def owns(request: HttpRequest) -> bool:
    return request.path in PATHS or request.path.startswith("/api/stream/")


def dress(request: HttpRequest, error: ApiError) -> HttpResponse:
    return open_to_all_origins(JsonResponse({"detail": error.message}, status=error.status))
