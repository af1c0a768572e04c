"""What goes for every socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def refused(application: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse the upgrade where there is no such socket, instead of failing with an exception in the log."""

    async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await application(scope, receive, send)
        except ValueError as exc:
            if not str(exc).startswith("No route found"):
                raise
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    return guarded
