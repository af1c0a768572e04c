"""The worker side of live speech: a fixed number of slots, a thread for each session, one inbox for all."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import redis
import structlog
from django.conf import settings

from apps.live import wire
from apps.live.wire import Message
from apps.media.store import media_store
from ttsplatform import tracing
from workers.engines.base import CannotSpeak, Engine
from workers.engines.registry import ModelUnavailable
from workers.pipelines.live import Line, LiveSpeaker, Out
from workers.pipelines.references import with_reference
from workers.runtime.host import ModelHost

from . import naming
from .cleaning import clean_all
from .listening import listen_all
from .urgency import NotWanted, Urgency
from .watching import watched

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
    # Seconds that it waited for its model to be loaded, and has not told yet.
    load: float = 0.0
    # Hz of what is sent.
    rate: int = 0
    # The moment at which a listener who plays along will have heard all that was sent.
    due: float = field(default_factory=time.monotonic)
    piece: int = 0
    taken: threading.Condition = field(default_factory=threading.Condition)

    @property
    def ends_here(self) -> bool:
        """Whether the next thing to do is to finish."""
        with self.todo.mutex:
            return bool(self.todo.queue) and self.todo.queue[0].kind == "finish"

    def end(self) -> None:
        """Stop speaking at the next chance, which the engine gives between chunks."""
        self.over.set()
        with self.taken:
            self.taken.notify_all()

    def waited(self, seconds: float) -> None:
        """For the model, which had to be loaded first."""
        self.load += seconds

    def sent(self, seconds: float) -> None:
        """Count what was sent."""
        self.due = max(self.due, time.monotonic()) + seconds
        with self.taken:
            self.ahead += seconds

    def wait(self) -> None:
        """Wait while the client is too far behind."""
        with self.taken:
            while self.ahead > wire.WINDOW_SECONDS and not self.over.is_set():
                self.taken.wait(1.0)


class LiveWorker:
    """Runs until `stop` is called. `slots` sessions at most; more are never admitted here."""

    def __init__(self, host: ModelHost, slots: int) -> None:
        # Never one that was there before: in a container the process id is the same after each restart, and a name
        # that seems to live on would hide from web processes that its sessions are lost.
        self.name = f"{naming.process('live')}:{uuid.uuid4().hex[:8]}"
        self.host = host
        self.slots = slots
        self._sessions: dict[str, Session] = {}
        self._guard = threading.Lock()
        self._urgencies: dict[str, Urgency] = {}
        self._stop = threading.Event()
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=10)

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Serve until stopped; outages of Redis end the sessions and are waited out."""
        beat = threading.Thread(target=self._beat, name="live-beat", daemon=True)
        beat.start()
        last: bytes | str = "0"
        trimming = wire.Trimming()
        lost: list[Session] = []
        while not self._stop.is_set():
            try:
                answer: Any = self._redis.xread({wire.inbox(self.name): last}, count=100, block=1000)
            except redis.RedisError:
                logger.warning("the relay is away; its sessions end")
                with self._guard:
                    cut = list(self._sessions.values())
                self._end(cut)
                lost += cut
                self._stop.wait(0.3)
                continue
            if lost:
                self._bury(lost)
                lost.clear()
            read = 0
            for entry_id, message in wire.arrived(answer):
                last = entry_id
                read += 1
                self._handle(message)
            if trimming.due(read):
                with contextlib.suppress(redis.RedisError):
                    self._redis.xtrim(wire.inbox(self.name), minid=last, approximate=False)
        self._end(list(self._sessions.values()))

    def _bury(self, lost: list[Session]) -> None:
        """Make good what sessions could not do that ended while Redis was away."""
        try:
            self._redis.zrem(wire.worker_slots(self.name), *(session.id for session in lost))
        except redis.RedisError:
            return  # the slots run out by themselves
        for session in lost:
            # A web process that kept its own connection does not know yet.
            self._tell(session, "failed", code="service_unavailable")

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
        parent = str(session.opening.get("traceparent", ""))
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id, session=session.id),
            tracing.span(
                "live session", kind="server", parent=parent, request_id=request_id, session=session.id
            ),
        ):
            try:
                if session.opening.get("does") == "listen":
                    listen_all(self.host, session, partial(self._tell, session))
                elif session.opening.get("does") == "clean":
                    clean_all(
                        self.host, session, partial(self._tell, session), partial(self._send_sound, session)
                    )
                else:
                    self._speak_all(session)
            except CannotSpeak as exc:
                self._tell(session, "failed", code="bad_request", message=str(exc))
            except ModelUnavailable as exc:
                self._tell(session, "failed", code="model_unavailable", message=str(exc))
            except NotWanted:
                pass  # closed while others were speaking
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

    def _speak_all(self, session: Session) -> None:
        opening = session.opening
        rate = int(opening["rate"]) if opening.get("rate") else None
        speaker: LiveSpeaker | None = None
        with contextlib.ExitStack() as stack:
            while not session.over.is_set():
                order = session.todo.get()
                if order.kind == "speak":
                    # Leased for a line at a time: a turn that waits for its text keeps nobody from the engine.
                    with self.host.lease(str(opening["model"]), session.waited) as leased:
                        engine = watched(str(opening["model"]), leased)
                        if speaker is None:
                            made = LiveSpeaker(
                                engine.sample_rate, str(opening["format"]), rate, watermark=settings.WATERMARK
                            )
                            speaker = stack.enter_context(made)
                            session.rate = made.rate
                        self._speak(session, engine, speaker, dict(order.header))
                    session.wait()
                elif order.kind == "finish":
                    if speaker is not None:
                        self._send(session, session.piece, speaker.finish())
                    self._tell(session, "ended")
                    return

    def _speak(self, session: Session, engine: Engine, speaker: LiveSpeaker, order: dict[str, Any]) -> None:
        session.piece = int(order.pop("piece"))
        last = bool(order.pop("last"))
        start, took = speaker.seconds, speaker.took
        order["options"] = with_reference(order["options"], media_store().open)
        over = session.over.is_set
        urgency = self._urgency_of(str(session.opening["model"]), engine)
        outs = speaker.speak(engine, Line(**order), over, lambda: urgency.turn(session.due, over))
        for out in outs:
            if over():
                return
            self._send(session, session.piece, out)
            session.sent(out.seconds)
            if engine.reentrant:
                # With any other engine the wait comes after the line: nobody else could speak meanwhile.
                session.wait()
        if last or session.ends_here:
            # What the encoder and its filters hold back belongs to this piece.
            self._send(session, session.piece, speaker.finish())
        self._tell(
            session,
            "said",
            piece=session.piece,
            start=round(start, 4),
            seconds=round(speaker.seconds - start, 4),
            took=round(speaker.took - took, 4),
            load=round(session.load, 4),
        )
        session.load = 0.0

    def _urgency_of(self, model: str, engine: Engine) -> Urgency:
        with self._guard:
            return self._urgencies.setdefault(model, Urgency(engine.at_once))

    def _send(self, session: Session, piece: int, out: Out) -> None:
        if out.data:
            header = {"piece": piece, "seconds": out.seconds, "rate": session.rate, "words": out.words}
            self._add(session, Message("audio", session.id, header, out.data))

    def _send_sound(self, session: Session, data: bytes, seconds: float) -> None:
        """Sound that is nobody's words; waits while the client is too far behind."""
        self._add(session, Message("audio", session.id, {"seconds": seconds}, data))
        session.sent(seconds)
        session.wait()

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
                self._redis.expire(wire.worker_slots(self.name), 600)
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
