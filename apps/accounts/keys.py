"""What an API key looks like and how it is digested. No database in here."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string

from django.conf import settings

from .models import KEY_START

# Letters and digits only: clients put keys into URLs of sockets without quoting them.
_ALPHABET = string.ascii_letters + string.digits
_SHAPE = re.compile(re.escape(KEY_START) + r"([A-Za-z0-9]{8})[A-Za-z0-9]{32}")


def key_generate() -> tuple[str, str]:
    """A new key and its prefix: sk-tts-<8 prefix><32 secret>. The secret carries 190 bits."""
    prefix, secret = ("".join(secrets.choice(_ALPHABET) for _ in range(size)) for size in (8, 32))
    return f"{KEY_START}{prefix}{secret}", prefix


def key_prefix(raw: str) -> str | None:
    """The look-up prefix of a key, or None where the text is no key of ours."""
    match = _SHAPE.fullmatch(raw)
    return match.group(1) if match else None


def key_digest(raw: str) -> str:
    """Hex HMAC-SHA256 of the whole key under the server's pepper."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), raw.encode(), hashlib.sha256).hexdigest()
