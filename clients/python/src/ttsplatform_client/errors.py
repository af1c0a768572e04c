"""What can go wrong, as exceptions whose words say what to do. All are `TTSError`s."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class TTSError(Exception):
    """`code` is the platform's own word (docs/api.md), `status` the HTTP status (0: there was no answer).

    `retry_after` is in seconds; `request_id` is what support asks for; `body` is the whole answer.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        param: str | None = None,
        retry_after: float | None = None,
        request_id: str = "",
        body: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.param = param
        self.retry_after = retry_after
        self.request_id = request_id
        self.body = dict(body or {})


class BadRequest(TTSError):
    """The platform does not take this request; the message names the field."""


class AuthenticationError(TTSError):
    """The key is missing, wrong, ended, or made for other calls."""


class InsufficientCharacters(TTSError):
    """The balance is too small."""


class NotFound(TTSError):
    """No such job, voice or batch, or it has been deleted."""


class RateLimited(TTSError):
    """Too many requests, after all retries."""


class ServerError(TTSError):
    """The platform failed, or is away, after all retries."""


class ConnectionFailed(TTSError):
    """No connection, or it broke off."""


class JobFailed(TTSError):
    """The work itself failed; nothing was charged."""


class WebhookError(TTSError):
    """This message was not sent by the platform, or too long ago: do not act on it."""


_BY_STATUS: Mapping[int, type[TTSError]] = {
    401: AuthenticationError,
    402: InsufficientCharacters,
    403: AuthenticationError,
    404: NotFound,
    410: NotFound,
    429: RateLimited,
}


def error_from(status: int, headers: Mapping[str, str], body: bytes) -> TTSError:
    """The exception for an answer that is an error, in whichever shape it came."""
    try:
        told = json.loads(body)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    nested = told.get("error")
    detail: Mapping[str, Any] = nested if isinstance(nested, dict) else {}
    message = detail.get("message") or told.get("message") or (nested if isinstance(nested, str) else "")
    kind = _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequest)
    return kind(
        str(message or f"The server answered {status}. Is TTS_BASE_URL the platform's address?"),
        code=str(detail.get("code") or told.get("error_code") or ""),
        status=status,
        param=detail.get("param"),
        retry_after=seconds_of(headers.get("retry-after")),
        request_id=headers.get("x-request-id", ""),
        body=told,
    )


def seconds_of(retry_after: str | None) -> float | None:
    """The seconds of a Retry-After header; None where it has none that can be read."""
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
