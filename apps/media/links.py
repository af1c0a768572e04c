"""Our own links to stored audio: signed with LINK_SECRET, and they expire."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid

from django.conf import settings


def sign(job_id: uuid.UUID, filename: str, expires: int) -> str:
    """HMAC-SHA256 over the job, the file name and the second of expiry, as hex."""
    message = f"{job_id.hex}/{filename}/{expires}".encode()
    return hmac.new(settings.LINK_SECRET.encode(), message, hashlib.sha256).hexdigest()


def signed_path(job_id: uuid.UUID, filename: str, seconds: int | None = None) -> str:
    """The path and query of a link that works for `seconds` (default LINK_TTL_SECONDS)."""
    expires = int(time.time()) + (seconds or settings.LINK_TTL_SECONDS)
    return f"/static/downloads/{job_id.hex}/{filename}?expires={expires}&signature={sign(job_id, filename, expires)}"


def is_valid(job_id: uuid.UUID, filename: str, expires: str, signature: str) -> bool:
    """Whether the signature fits and the time has not passed. Compares in constant time."""
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
        return False
    fits = hmac.compare_digest(sign(job_id, filename, int(expires)).encode(), signature.encode())
    return fits and int(expires) >= time.time()
