"""From the headers of a request to the Caller it runs for."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from asgiref.sync import sync_to_async
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ttsplatform.errors import ApiError

from .addresses import client_address, network_of
from .callers import Caller
from .models import ApiKey
from .selectors import anonymous_plan, key_find
from .services import key_touch


def caller_for(raw_key: str | None, address: str) -> Caller:
    """The caller who holds `raw_key`, or the anonymous caller at `address` where it is None; any transport.

    Raises ApiError("unauthorized") for a key that does not work, saying why.
    """
    if raw_key is None:
        return Caller(network=network_of(address), plan=anonymous_plan())
    key = key_find(raw_key)
    key_touch(key)
    return Caller(network=network_of(address), plan=key.account.plan, account=key.account, key=key)


def key_in_headers(headers: Mapping[str, str]) -> str | None:
    """The key of `Authorization: Bearer KEY` or `X-API-Key: KEY` (both are fine if they agree), or None.

    Raises ApiError("unauthorized") for a header that is there but can not be read, rather than treating a
    customer with a typing error as anonymous.
    """
    found = []
    if "Authorization" in headers:
        scheme, _, token = headers["Authorization"].strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise ApiError(
                "unauthorized", "The Authorization header must read: Authorization: Bearer sk-tts-…"
            )
        found.append(token.strip())
    if "X-API-Key" in headers:
        if not headers["X-API-Key"].strip():
            raise ApiError("unauthorized", "The X-API-Key header is empty. Send X-API-Key: sk-tts-…")
        found.append(headers["X-API-Key"].strip())
    if len(set(found)) > 1:
        raise ApiError("unauthorized", "Authorization and X-API-Key hold different keys. Send one of them.")
    return found[0] if found else None


def caller_of_request(request: HttpRequest) -> Caller:
    """The caller of a Django request; also kept as `request.caller`, where the rate limit headers find it."""
    raw_key = key_in_headers(request.headers)
    if raw_key is None and "api_key" in request.GET:
        raise ApiError(
            "unauthorized",
            "Keys in the address end up in logs, so ?api_key= works on sockets only. "
            "Send the header Authorization: Bearer sk-tts-…",
        )
    caller = caller_for(raw_key, client_address(request))
    request.caller = caller  # type: ignore[attr-defined]
    if caller.account is not None:
        structlog.contextvars.bind_contextvars(account=str(caller.account.pk))
    return caller


async def acaller_for(request: HttpRequest) -> Caller:
    """`caller_of_request` for plain async Django views."""
    return await sync_to_async(caller_of_request)(request)


class KeyAuthentication(BaseAuthentication):
    """REST framework's side: `request.user` is the Caller, `request.auth` the ApiKey or None."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey | None]:
        caller = caller_of_request(request._request)
        return caller, caller.key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
