"""A plain WebSocket client for tests: JSON frames out and in, whatever the server says."""

from __future__ import annotations

import base64
import json
import time
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from workers.audio.encode import from_int16
from workers.engines.base import Audio

Frame = dict[str, Any]


class Socket:
    """An open socket; `frames` are all that came."""

    def __init__(self, base_url: str, path: str, key: str, **query: str) -> None:
        asked = "&".join(f"{name}={value}" for name, value in {"api_key": key, **query}.items())
        url = f"{base_url.replace('http', 'ws', 1)}{path}?{asked}"
        self._opened = connect(url, max_size=None, compression=None, open_timeout=20)
        self.connection = self._opened.__enter__()
        self.frames: list[Frame] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.__exit__(kind, exc, trace)

    def say(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def next(self, timeout: float = 30.0) -> Frame:
        """The next frame. Raises TimeoutError, ConnectionClosed."""
        frame: Frame = json.loads(self.connection.recv(timeout))
        self.frames.append(frame)
        return frame

    def until(self, name: str, timeout: float = 60.0, **values: Any) -> Frame:
        """Read on to the first frame that has the field `name` set, and these values."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self.next(max(0.01, deadline - time.monotonic()))
            if frame.get(name) and all(frame.get(key) == value for key, value in values.items()):
                return frame

    def closed_with(self, timeout: float = 30.0, pause: float = 0.0) -> int | None:
        """Read to the end, `pause` seconds after each frame; the close code."""
        try:
            while True:
                self.next(timeout)
                time.sleep(pause)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None

    def sound(self, **values: Any) -> Audio:
        """The audio of all frames that came (with these values), as one."""
        return from_int16(
            b"".join(
                base64.b64decode(frame["audio"])
                for frame in self.frames
                if frame.get("audio") and all(frame.get(key) == value for key, value in values.items())
            )
        )
