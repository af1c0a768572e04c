"""The demo account, and the first sentence: what a customer does, done once over HTTP."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .process import StartError

SENTENCE = "Hello! Your voice platform is up and running."
DEADLINE_SECONDS = 180
_NAMES = ("API_KEY", "BROKE_API_KEY", "CONSOLE_EMAIL", "CONSOLE_PASSWORD")
"""What a file of keys holds beside BASE_URL."""


@dataclass(frozen=True)
class Keys:
    """The API keys of the demo account and of an account without characters; how to sign in to the console as it."""

    api_key: str
    broke_api_key: str
    email: str = ""
    password: str = ""


class Refused(Exception):
    """The platform refused a key: unknown (401) or out of characters (402)."""


def read_keys(file: Path) -> Keys | None:
    """The keys of an earlier start; None where there was none."""
    if not file.exists():
        return None
    values = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    found = [values.get(name, "") for name in _NAMES]
    return Keys(*found) if all(found) else None


def write_keys(file: Path, base_url: str, keys: Keys) -> None:
    """Write BASE_URL, the keys and the sign-in for a shell to read; only the owner may."""
    values = (keys.api_key, keys.broke_api_key, keys.email, keys.password)
    lines = [f"BASE_URL={base_url}", *(f"{name}={value}" for name, value in zip(_NAMES, values, strict=True))]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write("\n".join(lines) + "\n")


def speak(base_url: str, api_key: str, target: Path) -> None:
    """Speak SENTENCE through the queue into `target`; Refused for a bad key, StartError where it fails."""
    body = {"text": SENTENCE, "model": "kokoro", "voice": "af_bella", "format": "mp3"}
    job = _call(f"{base_url}/v1/tts/", api_key, body)
    query = urllib.parse.urlencode({"uuid": job["uuid"]})
    give_up = time.monotonic() + DEADLINE_SECONDS
    while True:
        result = _call(f"{base_url}/v1/speech/results/?{query}", api_key)
        if result["status"] == "completed":
            break
        if result["status"] == "failed":
            raise StartError(f"The first sentence failed: {result.get('error')}. See the log of the workers.")
        if time.monotonic() > give_up:
            raise StartError(
                f"The first sentence was still {result['status']} after {DEADLINE_SECONDS} s. "
                "See the log of the workers."
            )
        time.sleep(0.1)
    draft = target.with_suffix(".part")
    draft.write_bytes(_fetch(urllib.request.Request(result["result_url"])))  # noqa: S310
    draft.replace(target)


def _call(url: str, api_key: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    answer: dict[str, Any] = json.loads(_fetch(urllib.request.Request(url, data, headers)))  # noqa: S310
    return answer


def _fetch(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return bytes(answer.read())
    except urllib.error.HTTPError as problem:
        text = problem.read().decode(errors="replace")[:500]
        if problem.code in {401, 402}:
            raise Refused(text) from None
        raise StartError(f"{request.full_url} answered {problem.code}: {text}") from None
    except urllib.error.URLError as problem:
        raise StartError(f"{request.full_url} did not answer: {problem.reason}") from None
