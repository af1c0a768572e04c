"""A live session that is cleaned: sound out of the session's queue, clean sound back through the relay."""

from __future__ import annotations

import base64
import queue
from collections.abc import Callable, Iterator

from apps.live.wire import Message
from workers.audio.encode import from_int16
from workers.engines.kinds import Denoiser
from workers.pipelines.cleaning import OUT_RATE, LiveCleaner
from workers.runtime.host import ModelHost

from .listening import Listened, Tell

Send = Callable[[bytes, float], None]
"""Sends sound of so many seconds; waits while the client is too far behind."""


def clean_all(host: ModelHost, session: Listened, tell: Tell, send: Send) -> None:
    """Clean until the session is over. Tells `judged` when sound was worked on, and `ended`."""
    opening = session.opening
    sample = opening.get("speaker")
    speaker = from_int16(base64.b64decode(sample)) if sample else None
    with host.tool(str(opening["model"])) as engine:
        made: Denoiser = engine
        cleaner = LiveCleaner(made, int(opening["rate"]), speaker)
        while not session.over.is_set():
            data, finished = _take(session.todo)
            for piece in _seconds_of(data, cleaner.rate):
                if session.over.is_set():
                    return
                _sent(cleaner.push(piece), send)
                tell("judged", seconds=round(cleaner.seconds, 3))
            if finished:
                _sent(cleaner.finish(), send)
                tell("ended")
                return


def _seconds_of(data: bytes, rate: int) -> Iterator[bytes]:
    """The sound in pieces of a second: a client that sends faster than is worked gets frames that it can take."""
    for place in range(0, len(data), 2 * rate):
        yield data[place : place + 2 * rate]


def _sent(clean: bytes, send: Send) -> None:
    for piece in _seconds_of(clean, OUT_RATE):
        send(piece, len(piece) / 2 / OUT_RATE)


def _take(todo: queue.Queue[Message]) -> tuple[bytes, bool]:
    """All sound that has come, once something has; and whether that was the end."""
    message = todo.get()
    data = b""
    while True:
        if message.kind == "hear":
            data += message.audio
        elif message.kind in {"finish", "close"}:
            return data, message.kind == "finish"
        try:
            message = todo.get_nowait()
        except queue.Empty:
            return data, False
