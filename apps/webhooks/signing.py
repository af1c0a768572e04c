"""Signatures by the Standard Webhooks specification 1.0.0: HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_START = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A fresh secret: `whsec_` and 32 random bytes in base64."""
    return _START + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC of one secret."""
    key = base64.b64decode(secret.removeprefix(_START))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(valid: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers. While a secret is being changed there are two signatures, with a space between them."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in valid),
    }
