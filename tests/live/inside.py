"""The web side and a live worker in the process of the test: constants can be shortened, and the engine is chosen.

    with worker(FakeEngine()):
        asyncio.run(talk())            # with `Socket`s and `Request`s in it

Real PostgreSQL, Valkey, ASGI application, relay and worker; only the HTTP server between is missing.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import redis
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from apps.live import wire
from tests.base import random_address
from tests.live.helpers import eventually
from ttsplatform.asgi import application
from workers.runtime.host import ModelHost
from workers.runtime.live import LiveWorker

Frame = dict[str, Any]


@contextlib.contextmanager
def worker(engine: Any, slots: int = 8, load_seconds: float = 0.0) -> Iterator[LiveWorker]:
    """A live worker that speaks (or hears) everything with this engine, which takes so long to load."""

    def load(model_id: str) -> Any:
        time.sleep(load_seconds)
        return engine

    live = LiveWorker(ModelHost(load), slots)
    thread = threading.Thread(target=live.run, daemon=True)
    thread.start()
    try:
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            assert eventually(lambda: client.exists(wire.worker_alive(live.name)), bool)
        yield live
    finally:
        live.stop()
        thread.join(10)
        # Threads of the event loop are gone, and their connections with them: the database is to be removed.
        gc.collect()


class Socket:
    """A socket of the application; `frames` are all that came."""

    def __init__(self, path: str, key: str, **query: str) -> None:
        asked = "&".join(f"{name}={value}" for name, value in {"api_key": key, **query}.items())
        self._wire = ApplicationCommunicator(
            application,
            {
                "type": "websocket",
                "path": path,
                "raw_path": path.encode(),
                "query_string": asked.encode(),
                "headers": [],
                "subprotocols": [],
                "client": (random_address(), 1),
            },
        )
        self.frames: list[Frame] = []

    async def __aenter__(self) -> Self:
        await self._wire.send_input({"type": "websocket.connect"})
        answer = await self._wire.receive_output(10)
        assert answer["type"] == "websocket.accept", answer
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1006})
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await self._wire.wait(10)

    async def say(self, **frame: Any) -> None:
        await self._wire.send_input({"type": "websocket.receive", "text": json.dumps(frame)})

    async def next(self, timeout: float = 10.0) -> Frame:
        """The next frame; `{"close": code}` where the server closes. Raises TimeoutError."""
        message = await self._wire.receive_output(timeout)
        frame = (
            {"close": message.get("code", 1000)}
            if message["type"] == "websocket.close"
            else json.loads(message["text"])
        )
        self.frames.append(frame)
        return frame

    async def until(self, name: str, timeout: float = 10.0, **values: Any) -> Frame:
        """Read on to the first frame that has the field `name` set, and these values."""
        deadline = time.monotonic() + timeout
        while True:
            frame = await self.next(max(0.01, deadline - time.monotonic()))
            if frame.get(name) and all(frame.get(key) == value for key, value in values.items()):
                return frame

    @property
    def words(self) -> list[Frame]:
        """All word times that came."""
        return [word for frame in self.frames for word in frame.get("word_timestamps", ())]

    @property
    def sound(self) -> bytes:
        """The audio of all frames that came."""
        return b"".join(base64.b64decode(frame["audio"]) for frame in self.frames if frame.get("audio"))


class Request:
    """A POST of JSON. `start` sends it; the answer is read as it comes, or the client goes before."""

    def __init__(self, path: str, key: str, **body: Any) -> None:
        self._body = json.dumps(body).encode()
        path, _, query = path.partition("?")
        headers = {
            "content-type": "application/json",
            "content-length": str(len(self._body)),
            "authorization": f"Bearer {key}",
        }
        self._wire = ApplicationCommunicator(
            application,
            {
                "type": "http",
                "http_version": "1.1",
                "method": "POST",
                "path": path,
                "raw_path": path.encode(),
                "query_string": query.encode(),
                "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
                "client": (random_address(), 1),
                "server": ("testserver", 80),
                "scheme": "http",
            },
        )

    async def start(self) -> None:
        await self._wire.send_input({"type": "http.request", "body": self._body, "more_body": False})

    async def leave(self) -> None:
        """The client has gone."""
        await self._wire.send_input({"type": "http.disconnect"})
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await self._wire.wait(10)

    async def begun(self, timeout: float = 10.0) -> tuple[int, dict[str, str]]:
        """(status, headers in lower case). Raises TimeoutError."""
        began = await self._wire.receive_output(timeout)
        return began["status"], {name.decode().lower(): value.decode() for name, value in began["headers"]}

    async def rest(self, timeout: float = 10.0) -> bytes:
        """The body from here on. Raises TimeoutError."""
        body, more = b"", True
        while more:
            part = await self._wire.receive_output(timeout)
            body, more = body + part.get("body", b""), part.get("more_body", False)
        return body

    async def events(self) -> list[tuple[str, Any]]:
        """The Server-Sent Events from here on: (name or "", data). Comments are left out."""
        events = []
        for block in (await self.rest()).decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in lines:
                events.append((lines.get("event", ""), json.loads(lines["data"])))
        return events


async def events_of(path: str, key: str, **body: Any) -> list[tuple[str, Any]]:
    """The events of a whole answer."""
    request = Request(path, key, **body)
    await request.start()
    status, headers = await request.begun()
    assert (status, headers["content-type"]) == (200, "text/event-stream"), await request.rest()
    return await request.events()
