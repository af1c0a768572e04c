"""Commands worked off one after the other in a task of their own, so that whoever gives them never waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ttsplatform.errors import ApiError

Command = Callable[[], Awaitable[None]]

QUEUED = 10_000
"""Commands that may wait."""


class Commands:
    """`patience` says how many seconds to wait for the next command; when they are over, `overdue` is carried out.

    `failed` is told what a command raised. Only `cancel` overtakes what waits.
    """

    def __init__(
        self,
        *,
        patience: Callable[[], float | None],
        overdue: Command,
        failed: Callable[[Exception], Awaitable[None]],
    ) -> None:
        self._patience = patience
        self._overdue = overdue
        self._failed = failed
        self._waiting: asyncio.Queue[Command] = asyncio.Queue(QUEUED)
        self._current: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._work())

    def __bool__(self) -> bool:
        """Whether any wait."""
        return not self._waiting.empty()

    def put(self, command: Command) -> None:
        """Raises rate_limited where too many wait. Never waits itself: the next frame may be a cancel."""
        try:
            self._waiting.put_nowait(command)
        except asyncio.QueueFull:
            message = f"{QUEUED} frames wait to be spoken already. Wait for what was said, or cancel it."
            raise ApiError("rate_limited", message, retry_after=1) from None

    def look_again(self) -> None:
        """`patience` may have changed."""
        if self._waiting.empty():
            self._waiting.put_nowait(_nothing)

    async def cancel(self) -> None:
        """Forget those that wait, and leave the one in hand where it is."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        if self._current is not None:
            self._current.cancel()
            await asyncio.wait([self._current])

    async def close(self) -> None:
        """The end."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self.cancel()

    async def _work(self) -> None:
        while True:
            try:
                command = await asyncio.wait_for(self._waiting.get(), self._patience())
            except TimeoutError:
                command = self._overdue
            self._current = asyncio.create_task(self._carry_out(command))
            await asyncio.wait([self._current])
            self._current = None

    async def _carry_out(self, command: Command) -> None:
        try:
            await command()
        except Exception as exc:
            await self._failed(exc)


async def _nothing() -> None:
    pass
