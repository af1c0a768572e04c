"""A receiver of webhooks on this machine, which does as it is told and remembers what came."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True)
class Got:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    def verified(self, secret: str) -> dict[str, Any]:
        """The message, once the published library has checked its signature."""
        message: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return message


# Answers a request by itself, with the handler in hand.
Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """Answers with `statuses` in turn (the last one for ever), or lets `behave` answer. Use as a context."""

    statuses: list[int] = field(default_factory=lambda: [204])
    behave: Behaviour | None = None
    tls: ssl.SSLContext | None = None
    got: list[Got] = field(default_factory=list)

    def __enter__(self) -> Receiver:
        receiver = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    receiver.got.append(Got(self.path, headers, body, time.time()))
                    many = len(receiver.statuses) > 1
                    status = receiver.statuses.pop(0) if many else receiver.statuses[0]
                if receiver.behave:
                    receiver.behave(self)
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                pass  # a client that was cut off is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=tests"

    def ids(self) -> set[str]:
        return {one.headers["webhook-id"] for one in self.got}
