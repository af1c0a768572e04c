"""The web side of live speech: one hub an event loop, one Redis reader for all its lines."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
import weakref
from collections.abc import AsyncIterator
from typing import Any

import redis.asyncio as redis
from django.conf import settings
from redis.exceptions import RedisError

from ttsplatform import tracing
from ttsplatform.errors import ApiError

from . import wire
from .wire import Message

logger = logging.getLogger(__name__)

_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()
# The worker is told of audio that was taken when it comes to so much: a fifth of its window.
TAKEN_SECONDS = 4.0
_AWAY = "Live speech is briefly unavailable."
_CUT = "Live speech was cut off. Try again; only what was spoken is charged."


def hub() -> Hub:
    """The running event loop's hub."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Line:
    """One session's line to its worker: what to say goes in, messages come out, in order."""

    def __init__(self, hub: Hub, session: str, worker: str) -> None:
        self._hub = hub
        self.session = session
        self.worker = worker
        self._arrived: asyncio.Queue[Message] = asyncio.Queue()
        self._leaving: list[Message] = []

    def write(self, kind: str, audio: bytes = b"", **header: Any) -> None:
        """A message to the worker, which leaves with the next `send`: one trip to the relay for all of them."""
        self._leaving.append(Message(kind, self.session, header, audio))

    async def send(self, kind: str, **header: Any) -> None:
        """A message to the worker, after those written before. Raises service_unavailable where the relay is away."""
        self.write(kind, **header)
        await self.post()

    async def post(self) -> None:
        """Send what was written. Raises service_unavailable where the relay is away."""
        leaving, self._leaving = self._leaving, []
        try:
            await self._hub.send(self.worker, leaving)
        except RedisError as exc:
            raise ApiError("service_unavailable", _AWAY, retry_after=2) from exc

    def put(self, message: Message) -> None:
        """Let `messages` give this one, after those that are there."""
        self._arrived.put_nowait(message)

    async def messages(self) -> AsyncIterator[Message]:
        """What the worker says, as it comes. Each stretch of audio taken here lets the worker speak on."""
        taken = 0.0
        while True:
            message = await self._arrived.get()
            yield message
            taken += message.header.get("seconds", 0.0) if message.audio else 0.0
            if taken >= TAKEN_SECONDS:
                await self.send("taken", seconds=taken)
                taken = 0.0
            if message.kind in {"ended", "lost"}:
                return

    async def close(self) -> None:
        """Nothing more is wanted: the worker stops at once. Twice is fine; never raises."""
        if self._hub.forget(self):
            try:
                await self.send("close")
            except ApiError:
                self._hub.owe(self)


class Hub:
    """Reads this process's outbox, keeps its sign of life, and notices workers that die."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        # No time-out on reading: XREAD blocks for its own while.
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=None)
        self._lines: dict[str, Line] = {}
        self._owed: list[Line] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._admit = self._redis.register_script(wire.ADMIT)

    async def open(self, session: str, **opening: Any) -> Line:
        """A line to the least busy worker, which hears of it with the first message that is sent.

        Raises service_unavailable where all are busy, or none is there.
        """
        await self._start()
        try:
            worker = await self._admit(keys=[wire.WORKERS], args=[session, wire.SLOT_SECONDS])
        except RedisError as exc:
            raise ApiError("service_unavailable", _AWAY, retry_after=2) from exc
        if worker is None:
            raise ApiError(
                "service_unavailable", "All live workers are busy. Try again shortly.", retry_after=1
            )
        line = self._lines[session] = Line(self, session, worker.decode())
        if trace := tracing.traceparent():
            opening.setdefault("traceparent", trace)
        line.write("open", web=self.name, **opening)
        return line

    def owe(self, line: Line) -> None:
        """Its worker has not heard yet that nothing more is wanted: tell it once the relay is back."""
        self._owed.append(line)

    def forget(self, line: Line) -> bool:
        """Whether the line was open until now."""
        return self._lines.pop(line.session, None) is not None

    async def send(self, worker: str, messages: list[Message]) -> None:
        """Messages to a worker's inbox, in order and in one trip."""
        pipeline = self._redis.pipeline(transaction=False)
        for message in messages:
            pipeline.xadd(wire.inbox(worker), message.fields(), maxlen=wire.STREAM_LENGTH)  # type: ignore[arg-type]
        await pipeline.execute()

    async def _start(self) -> None:
        if not self._tasks or any(task.done() for task in self._tasks):
            for task in self._tasks:
                task.cancel()
            await self._sign()
            self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]

    async def _read(self) -> None:
        last: bytes | str = "0"
        trimming = wire.Trimming()
        while True:
            try:
                answer: Any = await self._redis.xread({wire.outbox(self.name): last}, count=200, block=1000)
            except RedisError:
                logger.warning("the relay is away; its streams end")
                self._tell_all("failed", code="service_unavailable", message=_CUT)
                await asyncio.sleep(0.3)
                continue
            read = 0
            for entry_id, message in wire.arrived(answer):
                last = entry_id
                read += 1
                line = self._lines.get(message.session)
                if line is not None:
                    line.put(message)
            if trimming.due(read):
                with contextlib.suppress(RedisError):
                    await self._redis.xtrim(wire.outbox(self.name), minid=last, approximate=False)

    def _tell_all(self, kind: str, **header: Any) -> None:
        """What goes for every line: workers end their sessions too when the relay is away."""
        for line in list(self._lines.values()):
            line.put(Message(kind, line.session, header))

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(RedisError):
                await self._sign()
                await self._tell_lost_lines()
                while self._owed:
                    line = self._owed[0]
                    await self.send(line.worker, [Message("close", line.session)])
                    self._owed.pop(0)
            await asyncio.sleep(wire.WEB_ALIVE_MS / 10_000)

    async def _sign(self) -> None:
        await self._redis.set(wire.web_alive(self.name), 1, px=wire.WEB_ALIVE_MS)
        await self._redis.expire(wire.outbox(self.name), 600)

    async def _tell_lost_lines(self) -> None:
        for worker in {line.worker for line in self._lines.values()}:
            if not await self._redis.exists(wire.worker_alive(worker)):
                for line in list(self._lines.values()):
                    if line.worker == worker:
                        line.put(Message("lost", line.session))
