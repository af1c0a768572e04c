"""A language model behind any server that speaks OpenAI's chat completions, named by the operator.

LLM_BASE_URL (such as http://127.0.0.1:11434/v1), LLM_MODEL, and LLM_API_KEY where the server wants one. The address is
the operator's own, so it may lead anywhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

from .base import Cancelled, EngineError
from .store import ModelUnavailable

Message = Mapping[str, str]
"""`role` (system, user, assistant) and `content`."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""Between two pieces of an answer."""
MAX_LINE = 1 << 20


class ChatFailed(EngineError):
    """The language model's server could not be reached, refused, or broke off."""


@dataclass(frozen=True)
class ChatModel:
    """`url` is the API's base, up to and with /v1."""

    url: str
    model: str
    key: str = ""

    @classmethod
    def from_environment(cls) -> ChatModel:
        """Raises ModelUnavailable, which says what to set."""
        url, model = os.environ.get("LLM_BASE_URL", ""), os.environ.get("LLM_MODEL", "")
        if not url or not model:
            raise ModelUnavailable("chat", "", unset_message())
        return cls(url.rstrip("/"), model, os.environ.get("LLM_API_KEY", ""))

    def answer(
        self, messages: Sequence[Message], cancelled: Cancelled, max_tokens: int = 600
    ) -> Iterator[str]:
        """The answer in pieces, as they are written; ends early where `cancelled` says so. Raises ChatFailed."""
        body = {"model": self.model, "messages": list(messages), "stream": True, "max_tokens": max_tokens}
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
            try:
                answer = pool.request(
                    "POST",
                    f"{self.url}/chat/completions",
                    body=json.dumps(body),
                    headers=headers,
                    preload_content=False,
                )
            except urllib3.exceptions.HTTPError as exc:
                raise ChatFailed(f"The language model's server can not be reached: {exc}") from exc
            try:
                if answer.status != 200:
                    told = answer.read(2000, decode_content=True).decode("utf-8", "replace")
                    raise ChatFailed(f"The language model's server answered {answer.status}: {told}")
                for line in _lines(answer):
                    if cancelled():
                        return
                    if piece := _piece(line):
                        yield piece
            except urllib3.exceptions.HTTPError as exc:
                raise ChatFailed(f"The language model's server broke off: {exc}") from exc
            finally:
                answer.close()


def unset_message() -> str:
    """What to tell where no language model is named."""
    return (
        "Voice chat needs a language model: set LLM_BASE_URL (the base of any OpenAI-compatible API, up to /v1) "
        "and LLM_MODEL, and restart web and workers."
    )


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    held = b""
    while data := answer.read1(1 << 16):
        held += data
        *lines, held = held.split(b"\n")
        yield from lines
        if len(held) > MAX_LINE:
            raise ChatFailed("The language model's server sent an endless line.")
    yield held


def _piece(line: bytes) -> str:
    """The text in one event; "" where there is none in it. Raises ChatFailed where the event tells of a failure."""
    if not line.startswith(b"data:"):
        return ""
    data = line[5:].strip()
    if not data or data == b"[DONE]":
        return ""
    try:
        event: Any = json.loads(data)
        if "error" in event:
            raise ChatFailed(f"The language model failed: {event['error']}")
        choices = event.get("choices") or []
        return str((choices[0].get("delta") or {}).get("content") or "") if choices else ""
    except (ValueError, TypeError, AttributeError, KeyError) as exc:
        raise ChatFailed("The language model's server sent an event that is no chat completion.") from exc
