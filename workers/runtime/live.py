"""The worker side of live speech: a fixed number of slots, a thread for each session, one inbox for all."""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import redis
import structlog
from django.conf import settings

from apps.live import wire
from apps.live.wire import Message
from workers.audio.streaming import StreamEncoder
from workers.engines.base import AudioChunk, CannotSpeak, Engine, Utterance
from workers.engines.registry import ModelUnavailable
from workers.pipelines.live import LiveJoiner
from workers.runtime.host import ModelHost
from workers.text.wording import as_written, worded

logger = logging.getLogger(__name__)

_BEAT_SECONDS = 0.4


@dataclass
class Session:
    """One stream that this worker speaks."""

    id: str
    web: str
    opening: dict[str, Any]
    todo: queue.Queue[Message] = field(default_factory=queue.Queue)
    over: threading.Event = field(default_factory=threading.Event)
    # Seconds of audio sent and not yet taken by the client.
    ahead: float = 0.0
    taken: threading.Condition = field(default_factory=threading.Condition)

    def end(self) -> None:
        """Stop speaking at the next chance, which the engine gives between chunks."""
        self.over.set()
        with self.taken:
            self.taken.notify_all()

    def sent(self, seconds: float) -> None:
        """Count what was sent, and wait while the client is too far behind."""
        with self.taken:
            self.ahead += seconds
            while self.ahead > wire.WINDOW_SECONDS and not self.over.is_set():
                self.taken.wait(1.0)


class LiveWorker:
    """Runs until `stop` is called. `slots` sessions at most; more are never admitted here."""

    def __init__(self, host: ModelHost, slots: int) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.host = host
        self.slots = slots
        self._sessions: dict[str, Session] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=10)

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Serve until stopped; outages of Redis end the sessions and are waited out."""
        beat = threading.Thread(target=self._beat, name="live-beat", daemon=True)
        beat.start()
        last: bytes | str = "$"
        while not self._stop.is_set():
            try:
                answer: Any = self._redis.xread({wire.inbox(self.name): last}, count=100, block=1000)
            except redis.RedisError:
                logger.warning("the relay is away; its sessions end")
                self._end(list(self._sessions.values()))
                self._stop.wait(0.3)
                continue
            for entry_id, message in wire.arrived(answer):
                last = entry_id
                self._handle(message)
        self._end(list(self._sessions.values()))

    def _handle(self, message: Message) -> None:
        if message.kind == "open":
            session = Session(message.session, str(message.header["web"]), dict(message.header))
            with self._guard:
                self._sessions[session.id] = session
            threading.Thread(target=self._serve, args=[session], name="live", daemon=True).start()
            return
        session_or_none = self._sessions.get(message.session)
        if session_or_none is None:
            return
        session = session_or_none
        if message.kind == "taken":
            with session.taken:
                session.ahead -= float(message.header["seconds"])
                session.taken.notify_all()
        elif message.kind == "close":
            session.end()
            session.todo.put(message)
        else:
            session.todo.put(message)

    def _serve(self, session: Session) -> None:
        request_id = str(session.opening.get("request_id", ""))
        with structlog.contextvars.bound_contextvars(request_id=request_id, session=session.id):
            try:
                with self.host.lease(str(session.opening["model"])) as engine:
                    self._speak_all(session, engine)
            except CannotSpeak as exc:
                self._tell(session, "failed", code="bad_request", message=str(exc))
            except ModelUnavailable as exc:
                self._tell(session, "failed", code="model_unavailable", message=str(exc))
            except redis.RedisError:
                logger.warning("session lost with the relay")
            except Exception:
                logger.exception("live session failed")
                self._tell(session, "failed", code="internal_error")
            finally:
                with self._guard:
                    self._sessions.pop(session.id, None)
                try:
                    self._redis.zrem(wire.worker_slots(self.name), session.id)
                except redis.RedisError:
                    pass

    def _speak_all(self, session: Session, engine: Engine) -> None:
        opening = session.opening
        joiner = LiveJoiner(engine.sample_rate)
        rate = int(opening["rate"]) if opening.get("rate") else None
        with StreamEncoder(str(opening["format"]), engine.sample_rate, rate) as encoder:
            while not session.over.is_set():
                order = session.todo.get()
                if order.kind != "speak":
                    continue
                self._speak(session, engine, joiner, encoder, dict(order.header))
                if order.header.get("last"):
                    self._send(session, int(order.header["piece"]), encoder.finish(), 0.0, [])
                    self._tell(session, "ended")
                    return

    def _speak(
        self,
        session: Session,
        engine: Engine,
        joiner: LiveJoiner,
        encoder: StreamEncoder,
        order: dict[str, Any],
    ) -> None:
        text = str(order["text"])
        said = worded(text, order["language"])
        utterance = Utterance(said.text, order["voice"], order["language"], float(order["speed"]))
        began = time.monotonic()
        chunks = (
            AudioChunk(chunk.samples, as_written(chunk.words, said, text))
            for chunk in engine.speak(utterance, session.over.is_set)
        )
        for samples, words in joiner.piece(chunks, text, int(order["start"]), order["pause"]):
            if session.over.is_set():
                return
            seconds = len(samples) / engine.sample_rate
            data = encoder.push(samples)
            self._send(session, int(order["piece"]), data, seconds, words)
            session.sent(seconds)
        logger.debug("piece spoken", extra={"took": round(time.monotonic() - began, 3)})

    def _send(self, session: Session, piece: int, data: bytes, seconds: float, words: list[Any]) -> None:
        if data:
            header = {"piece": piece, "seconds": seconds, "words": words}
            self._add(session, Message("audio", session.id, header, data))

    def _tell(self, session: Session, kind: str, **header: Any) -> None:
        try:
            self._add(session, Message(kind, session.id, header))
        except redis.RedisError:
            pass

    def _add(self, session: Session, message: Message) -> None:
        self._redis.xadd(wire.outbox(session.web), message.fields(), maxlen=wire.STREAM_LENGTH)  # type: ignore[arg-type]

    def _beat(self) -> None:
        """Say that we live, keep our sessions' slots, and end those whose web process is gone."""
        while not self._stop.is_set():
            try:
                self._redis.set(wire.worker_alive(self.name), self.slots, px=wire.WORKER_ALIVE_MS)
                self._redis.sadd(wire.WORKERS, self.name)
                self._redis.expire(wire.inbox(self.name), 600)
                with self._guard:
                    sessions = list(self._sessions.values())
                if sessions:
                    until = time.time() + wire.SLOT_SECONDS
                    self._redis.zadd(
                        wire.worker_slots(self.name), {session.id: until for session in sessions}
                    )
                for web in {session.web for session in sessions}:
                    if not self._redis.exists(wire.web_alive(web)):
                        self._end([session for session in sessions if session.web == web])
            except redis.RedisError:
                logger.debug("no sign of life sent", exc_info=True)
            self._stop.wait(_BEAT_SECONDS)
        try:
            self._redis.delete(wire.worker_alive(self.name))
            self._redis.srem(wire.WORKERS, self.name)
        except redis.RedisError:
            pass

    @staticmethod
    def _end(sessions: list[Session]) -> None:
        for session in sessions:
            session.end()
            session.todo.put(Message("close", session.id))
