"""A live session that listens: sound out of the session's queue, what was said back through the relay."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any, Protocol

from apps.live.wire import Message
from workers.pipelines.listening import LiveListener, Manner, Said
from workers.runtime.host import ModelHost

Tell = Callable[..., None]


class Listened(Protocol):
    """What a session is to this module (runtime.live.Session)."""

    opening: dict[str, Any]
    todo: queue.Queue[Message]

    @property
    def over(self) -> Any: ...


def listen_all(host: ModelHost, session: Listened, tell: Tell) -> None:
    """Listen until the session is over. Tells `said` at each hearing, `judged` when sound was looked at, `ended`."""
    opening = session.opening
    manner = Manner(
        ends=opening["ends"],
        pauses=tuple(opening["pauses"]),
        languages=tuple(opening["languages"]),
        phrases=tuple(opening["phrases"]),
    )
    listener = LiveListener(int(opening["rate"]), manner)
    told = 0.0
    while not session.over.is_set():
        finished = _take(session.todo, listener)
        while not session.over.is_set():
            # Leased for one hearing at a time, as speaking does.
            with host.tool(str(opening["model"])) as model:
                said = listener.look(model, session.over.is_set)
            if said is None:
                break
            tell("said", **_shown(said))
        if listener.judged > told:
            told = listener.judged
            tell("judged", seconds=round(told, 3))
        if finished:
            tell("ended")
            return


def _take(todo: queue.Queue[Message], listener: LiveListener) -> bool:
    """Give the listener all that has come, once something has. True where that was the end."""
    message = todo.get()
    while True:
        if message.kind == "hear":
            listener.push(message.audio)
        elif message.kind == "finish":
            listener.end()
            return True
        elif message.kind == "close":
            return False
        try:
            message = todo.get_nowait()
        except queue.Empty:
            return False


def _shown(said: Said) -> dict[str, Any]:
    return {"text": said.text, "final": said.final, "language": said.language, "reason": said.reason}
