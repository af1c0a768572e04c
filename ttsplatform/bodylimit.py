"""Stops a request whose body is too large before anything reads it."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from .errors import TABLE


class _TooLarge(Exception):
    pass


class BodyLimit:
    """ASGI middleware: 413 by Content-Length at once, or as soon as a chunked body passes the limit.

    JSON and plain forms may be MAX_JSON_BYTES long, multipart uploads MAX_UPLOAD_BYTES.
    """

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
        if not length.isdigit() or int(length) > limit:
            await self._refuse(send, limit)
            return
        seen, started = 0, False

        async def counting_receive() -> Any:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge
            return message

        async def watching_send(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.application(scope, counting_receive, watching_send)
        except _TooLarge:
            if not started:
                await self._refuse(send, limit)

    @staticmethod
    async def _refuse(send: Any, limit: int) -> None:
        spec = TABLE["file_too_large"]
        message = f"The request body is too large: at most {limit} bytes here."
        error = {"code": "file_too_large", "type": spec.type, "message": message, "param": None}
        body = json.dumps({"error": error, "message": message}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": spec.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
