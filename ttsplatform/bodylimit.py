"""Bodies that are too large: stopped while they arrive, answered like any other error.

The ASGI layer counts bytes and hands Django an empty rest once the limit is passed; the middleware then answers 413 in
the shape of the dialect that owns the path, with all the headers that every answer has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from .errors import ApiError, error_response

_FLAG = "ttsplatform.body_too_large"


class BodyLimit:
    """ASGI layer. JSON and plain forms may be MAX_JSON_BYTES long, multipart uploads MAX_UPLOAD_BYTES."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        upload = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
        limit = settings.MAX_UPLOAD_BYTES if upload else settings.MAX_JSON_BYTES
        length = headers.get(b"content-length", b"0")
        seen = limit + 1 if not length.isdigit() or int(length) > limit else 0

        async def counted() -> Any:
            nonlocal seen
            if seen <= limit:
                message = await receive()
                seen += len(message.get("body", b""))
                if seen <= limit:
                    return message
            elif _FLAG in scope:
                # Nobody reads the rest; Django only listens for the end of the connection.
                while (message := await receive())["type"] == "http.request":
                    pass
                return message
            scope[_FLAG] = limit
            return {"type": "http.request", "body": b"", "more_body": False}

        await self.application(scope, counted, send)


@sync_and_async_middleware
def body_limit_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answers 413 where the ASGI layer has cut the body off."""

    def refusal(request: HttpRequest) -> HttpResponse | None:
        limit = getattr(request, "scope", {}).get(_FLAG)
        if limit is None:
            return None
        error = ApiError("file_too_large", f"The request body is too large: at most {limit} bytes here.")
        response = error_response(request, error)
        response["Connection"] = "close"
        return response

    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            return refusal(request) or await get_response(request)

        return later

    def now(request: HttpRequest) -> Any:
        return refusal(request) or get_response(request)

    return now
