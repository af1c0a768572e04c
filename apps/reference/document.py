"""/docs/openapi.json: made once in each process, when it is first asked for."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from apps.jobs.links import origin_of
from apps.webhooks.described import MESSAGE
from ttsplatform.describing import shape

_GUARD = threading.Lock()


def document(request: HttpRequest) -> dict[str, Any]:
    """The OpenAPI document, with the address by which this request came as its server."""
    return {**whole_document(), "servers": [{"url": origin_of(request)}]}


def whole_document() -> dict[str, Any]:
    """Without a server."""
    with _GUARD:
        return _made()


@lru_cache(maxsize=1)
def _made() -> dict[str, Any]:
    # Only now: nobody but readers of the documentation needs drf-spectacular.
    from .schema import Generator

    made: dict[str, Any] = Generator().get_schema(public=True)
    schema = {**shape(MESSAGE), "examples": [MESSAGE]}
    told = {
        "summary": "A job or a batch has ended",
        "description": "Signed by the Standard Webhooks specification; see /docs/webhooks.",
        "operationId": "webhook_ended",
        "tags": ["platform"],
        "requestBody": {"content": {"application/json": {"schema": schema}}, "required": True},
        "responses": {"2XX": {"description": "Accepted. Anything else is tried again."}},
    }
    return {**made, "webhooks": {"ended": {"post": told}}}
