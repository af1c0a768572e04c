"""Where the platform is and who calls, from arguments or TTS_BASE_URL and TTS_API_KEY."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from .errors import ConnectionFailed, TTSError
from .flows import Send

VERSION = "0.1.0"
DEFAULT_URL = "http://127.0.0.1:8000"


class Settings:
    """`headers` go with every call to the platform itself."""

    def __init__(self, api_key: str | None, base_url: str | None) -> None:
        self.base_url = (base_url or os.environ.get("TTS_BASE_URL") or DEFAULT_URL).rstrip("/")
        key = api_key or os.environ.get("TTS_API_KEY") or ""
        if not self.base_url.startswith(("http://", "https://")):
            raise TTSError(f"TTS_BASE_URL must begin with http:// or https://, not {self.base_url!r}.")
        if not key.isascii() or any(letter.isspace() for letter in key):
            raise TTSError("The API key has blanks or letters that no key has: copy it again, whole.")
        self.headers = {"User-Agent": f"ttsplatform-client/{VERSION} python/{platform.python_version()}"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def failure(self, exc: httpx.HTTPError | httpx.InvalidURL) -> ConnectionFailed:
        """What httpx raises, in our words. `not_sent` where the platform can not have seen the request."""
        if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL):
            message = (
                f"{self.base_url} cannot be reached. Is it right (TTS_BASE_URL), and does the platform run?"
            )
            return ConnectionFailed(message, code="not_sent")
        return ConnectionFailed(f"The connection to {self.base_url} broke off: {type(exc).__name__}.")


def recording(path: Path) -> Path:
    """The path of a recording that is there. Raises TTSError."""
    if not path.is_file():
        raise TTSError(f"There is no file {path}.")
    return path


def part_of(to: Path) -> Path:
    """Where a download lies until it is whole."""
    to.parent.mkdir(parents=True, exist_ok=True)
    return to.with_name(f"{to.name}.part")


def drop(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)


def arguments(send: Send) -> dict[str, Any]:
    """What httpx.Client.request takes, apart from files."""
    return {
        "json": send.json,
        "data": dict(send.data) if send.data is not None else None,
        "params": dict(send.params) if send.params is not None else None,
    }
