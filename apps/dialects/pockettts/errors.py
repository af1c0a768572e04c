"""Errors as Sogni's server words them: `{"statusCode", "error", "message"}`, readable from any origin."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from ttsplatform.cors import open_to_all_origins
from ttsplatform.errors import ApiError

ROOT = "/pocket-tts"


def owns(request: HttpRequest) -> bool:
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def dress(request: HttpRequest, error: ApiError) -> HttpResponse:
    body = {
        "statusCode": error.status,
        "error": HTTPStatus(error.status).phrase,
        "message": error.message,
    }
    return open_to_all_origins(JsonResponse(body, status=error.status))
