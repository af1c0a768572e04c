"""Receivers: whether a message was sent by the platform (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from .errors import WebhookError


def verify_webhook(
    body: bytes | str, headers: Mapping[str, str], secret: str, *, tolerance: float = 300.0
) -> dict[str, Any]:
    """The message of a webhook, once its signature has been checked. `body` is what came, byte for byte.

    `secret` is the endpoint's, or your account's for a `webhook_url` of an order: whsec_…
    Messages may come more than once: the header `webhook-id` is the same then. Raises WebhookError.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, signatures = (
            named[f"webhook-{name}"] for name in ("id", "timestamp", "signature")
        )
        sent = int(timestamp)
    except (KeyError, ValueError):
        raise WebhookError("The headers webhook-id, -timestamp and -signature are not all there.") from None
    if abs(time.time() - sent) > tolerance:
        raise WebhookError(f"The message is more than {tolerance:g} seconds old, or your clock is wrong.")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise WebhookError("The secret is not one of a webhook: it reads whsec_… and base64.") from None
    data = body.encode() if isinstance(body, str) else body
    digest = hmac.new(
        key, b".".join([message_id.encode(), timestamp.encode(), data]), hashlib.sha256
    ).digest()
    good = "v1," + base64.b64encode(digest).decode()
    # While a secret is being changed there are two.
    if not any(hmac.compare_digest(good.encode(), given.encode()) for given in signatures.split()):
        raise WebhookError("The signature is not the platform's. Is it the secret of this webhook?")
    message: dict[str, Any] = json.loads(data)
    return message
