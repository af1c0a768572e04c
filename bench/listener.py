"""A listener of /ws/tts: one socket, requests one after the other, and the moment at which each stretch came."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class Refused(RuntimeError):
    """The platform answered with an error frame, or closed the socket."""


@dataclass
class Heard:
    """One answer: `arrivals` are (moment, seconds of sound); all moments on time.monotonic's clock."""

    asked: float
    arrivals: list[tuple[float, float]] = field(default_factory=list)
    whole: bool = False
    """Whether it was heard to its end."""

    @property
    def first_audio(self) -> float:
        """Milliseconds from the request to the first sound."""
        return (self.arrivals[0][0] - self.asked) * 1000

    @property
    def seconds(self) -> float:
        """Seconds of sound."""
        return sum(seconds for _, seconds in self.arrivals)

    def delays(self) -> list[float]:
        """For each stretch after the first, how many seconds after the end of the sound before it came.

        Below 0: it was there before it was needed. The clock of the sound starts with the first stretch.
        """
        began, first = self.arrivals[0]
        heard, delays = first, []
        for moment, seconds in self.arrivals[1:]:
            delays.append(moment - began - heard)
            heard += seconds
        return delays


class Listener:
    """An open /ws/tts; `async with` opens and closes it. `asked`, `arrivals` are those of the last request."""

    def __init__(self, base_url: str, key: str) -> None:
        self._url = f"{base_url.replace('http', 'ws', 1)}/ws/tts?api_key={key}"
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(self._url, max_size=None, compression=None, open_timeout=60)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def ask(self, text: str, **fields: Any) -> Heard:
        """Send a request; its answer is still empty."""
        assert self._socket is not None
        heard = Heard(time.monotonic())
        await self._socket.send(json.dumps({"text": text, **fields}))
        return heard

    async def next(self, heard: Heard) -> Frame:
        """The next frame, counted into the answer where it is sound. Raises Refused."""
        assert self._socket is not None
        try:
            raw = await self._socket.recv(decode=False)
        except ConnectionClosed as end:
            raise Refused(f"the socket was closed: {end}") from None
        moment = time.monotonic()
        frame: Frame = json.loads(raw)
        if frame.get("audio"):
            heard.arrivals.append((moment, frame["samples"] / frame["sr"]))
        if "error" in frame:
            raise Refused(f"{frame.get('error_code')}: {frame['error']}")
        return frame

    async def answer(self, text: str, **fields: Any) -> Heard:
        """Ask, and listen to the end. Raises Refused."""
        heard = await self.ask(text, **fields)
        while not (await self.next(heard)).get("final"):
            pass
        heard.whole = True
        return heard

    async def beginning(self, text: str, **fields: Any) -> Heard:
        """Ask, and listen to the first sound. Raises Refused."""
        heard = await self.ask(text, **fields)
        while not heard.arrivals:
            await self.next(heard)
        return heard
