"""Requests to addresses that customers named: only to the outside, bounded in time and size, no redirects.

What counts is the address that is connected to, not the name: a name may lead inside, or lead elsewhere at the second
look. So names are resolved here, every address is judged, and the connection is made to one that was found good.
`settings.WEBHOOK_ALLOW` (hosts and networks) lets the operator open the way to receivers of their own network.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .outside import is_allowed, is_outside

Problem = Literal["blocked", "dns", "connect", "timeout", "tls", "protocol"]

MAX_URL = 2000
CHECK_SECONDS = 3.0
"""How long the look-up of a name may hold up the request that names it."""
_MOST_ADDRESSES = 4


class OutboundError(Exception):
    """The request could not be made or answered. `problem` says how, in one word that customers may read."""

    def __init__(self, problem: Problem, message: str) -> None:
        self.problem = problem
        super().__init__(message)


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the body's first bytes as they were sent (never decoded)."""

    status: int
    body: bytes


def check_url(url: str) -> None:
    """Refuse a URL that could never be called: ValueError with a sentence for whoever named it.

    A name that can not be looked up just now passes: it is judged again at every connection anyway.
    """
    parts = _parts(url)
    try:
        _good_addresses(_host(parts), _port(parts), CHECK_SECONDS)
    except OutboundError as problem:
        if problem.problem == "blocked" or "has no address" in str(problem):
            raise ValueError(str(problem)) from None


def exchange(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    seconds: float = 10.0,
    max_bytes: int = 64 * 1024,
) -> Answer:
    """One request, answered within `seconds` in all, however slowly the bytes drip. Redirects are not followed.

    At most `max_bytes` of the body are read. Once there is a status, a body that breaks off is no error. Raises
    OutboundError; ValueError as check_url.
    """
    parts = _parts(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    deadline = _Deadline(seconds)
    guarded: Any = _GuardedHTTPS if parts.scheme == "https" else _GuardedHTTP
    connection = guarded(_host(parts), _port(parts), timeout=seconds, deadline=deadline)
    try:
        with deadline:
            sent = {"Connection": "close", **(headers or {})}
            connection.request(
                method, target, body=body, headers=sent, preload_content=False, decode_content=False
            )
            answer = connection.getresponse()
            status = int(answer.status)
            try:
                read = answer.read(max_bytes, decode_content=False)
            except (HTTPError, http.client.HTTPException, OSError, ValueError):
                read = b""
            return Answer(status, read)
    except OutboundError:
        raise
    except (HTTPError, http.client.HTTPException, OSError, ValueError) as exc:
        raise _described(exc, deadline) from exc
    finally:
        connection.close()


def _described(exc: Exception, deadline: _Deadline) -> OutboundError:
    causes = [exc, exc.__cause__, exc.__context__]
    if deadline.passed or any(isinstance(cause, TimeoutError) for cause in causes):
        return OutboundError("timeout", "The receiver did not answer in time.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return OutboundError("tls", "No secure connection could be made: check the certificate.")
    return OutboundError("protocol", "The receiver did not answer with HTTP, or closed the connection.")


def _parts(url: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise ValueError(f"at most {MAX_URL} characters.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("use plain characters only: %-escapes in the path, xn-- names for hosts.")
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be an http:// or https:// address.")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password.")
    return parts


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _good_addresses(host: str, port: int, seconds: float) -> list[tuple[int, Any]]:
    """The (family, socket address) of `host` that may be connected to. Raises OutboundError blocked or dns."""
    try:
        found = _looked_up(host, port, seconds)
    except socket.gaierror as exc:
        gone = exc.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
        reason = "has no address" if gone else "could not be looked up just now"
        raise OutboundError("dns", f"The host {host} {reason}. Check the spelling.") from None
    except (OSError, UnicodeError, ValueError):
        raise OutboundError("dns", f"The host {host} has no address. Check the spelling.") from None
    good = [
        (int(family), where)
        for family, _, _, _, where in found
        if is_outside(address := ipaddress.ip_address(str(where[0])))
        or is_allowed(host, address, tuple(settings.WEBHOOK_ALLOW))
    ]
    if not good:
        raise OutboundError(
            "blocked", f"The host {host} lies inside a private or reserved network, which is not called."
        )
    return good[:_MOST_ADDRESSES]


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """getaddrinfo's answer within `seconds`. It knows no limit of its own, so it asks in a thread that is left behind.

    Raises what it raises, and gaierror EAI_AGAIN where it takes longer.
    """
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except Exception as exc:
            answers.put(exc)

    threading.Thread(target=ask, name="name look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.1, seconds))
    except queue.Empty:
        raise socket.gaierror(socket.EAI_AGAIN, "the look-up takes too long") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


class _Deadline:
    """Ends a conversation when its time is over, whatever it waits for: the handshake, a header, the body."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._line: socket.socket | None = None
        self._lock = threading.Lock()

    def watch(self, line: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first one over.
        self._line = line.dup()

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *problem: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _cut(self) -> None:
        self.passed = True
        with self._lock:
            if self._line is not None:
                try:
                    self._line.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def _connect(host: str, port: int, deadline: _Deadline) -> socket.socket:
    problem: OSError | None = None
    for family, where in _good_addresses(host, port, deadline.left):
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(max(0.1, deadline.left))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.connect(where)
        except OSError as exc:
            line.close()
            problem = exc
            continue
        deadline.watch(line)
        return line
    if isinstance(problem, TimeoutError):
        raise OutboundError("timeout", "The receiver could not be reached in time.")
    raise OutboundError("connect", "The receiver could not be reached.")


class _GuardedHTTP(HTTPConnection):
    """urllib3's connection, to judged addresses only. Host header and certificate keep to the name."""

    def __init__(self, *args: Any, deadline: _Deadline, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return _connect(self.host, int(self.port or 80), self._deadline)


class _GuardedHTTPS(HTTPSConnection):
    def __init__(self, *args: Any, deadline: _Deadline, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline = deadline

    def _new_conn(self) -> socket.socket:
        return _connect(self.host, int(self.port or 443), self._deadline)
