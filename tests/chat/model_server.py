"""A tiny server of OpenAI's chat completions on loopback, in place of a language model: it answers by rule."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Rule = Callable[[list[dict[str, str]]], list[str]]
"""From the messages to the pieces of the answer."""


class ModelServer:
    """`asked` are the bodies that came; `wrote` says when each piece of the latest answer was sent (monotonic)."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.wrote: list[float] = []
        self.rule: Rule = by_heart
        self.pause = 0.0
        self.status = 200
        self.left = threading.Event()
        """The client hung up in the middle of an answer."""
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append({**body, "path": self.path, "key": self.headers.get("Authorization")})
                if server.status != 200:
                    self.send_error(server.status, "the model is out")
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                server.wrote.clear()
                try:
                    for piece in server.rule(body["messages"]):
                        event = {"choices": [{"delta": {"content": piece}}]}
                        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
                        self.wfile.flush()
                        server.wrote.append(time.monotonic())
                        time.sleep(server.pause)
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    server.left.set()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    try:
        yield server
    finally:
        server.close()


def by_heart(messages: list[dict[str, str]]) -> list[str]:
    """Knows one fact, and what it was asked before."""
    asked = messages[-1]["content"].lower()
    if "before" in asked:
        earlier = [m["content"] for m in messages[:-1] if m["role"] == "user"]
        return in_tokens(f"Before that you asked me this: {earlier[-1]}" if earlier else "You asked nothing.")
    if "capital" in asked:
        return in_tokens("Paris is the capital of France. It is a very old city with many bridges.")
    return in_tokens("I did not understand that.")


def in_tokens(text: str) -> list[str]:
    words = text.split(" ")
    return [word if at == 0 else f" {word}" for at, word in enumerate(words)]
