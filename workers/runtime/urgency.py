"""Who may use an engine next: whoever's listener would fall silent first.

With more speakers than cores somebody must wait. A stream that has not begun is due at once; one that is ahead of its
listener can wait as long as it is ahead. So first sounds stay quick while long streams go on, and no stream is let
down before it must be (earliest deadline first).
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import threading
from collections.abc import Callable, Iterator

_LOOK_SECONDS = 0.05


class NotWanted(Exception):
    """Nobody waits for this turn any more."""


class Urgency:
    """Lets `at_once` callers in at a time; 0: any number."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._waiting: list[tuple[float, int]] = []
        self._running = 0
        self._changed = threading.Condition()
        self._numbers = itertools.count()

    @contextlib.contextmanager
    def turn(self, due: float, cancelled: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Wait for a turn; `due` is the moment (any one clock) at which the caller's listener runs out of sound.

        Raises NotWanted soon after `cancelled` says so, if that is before the turn has come.
        """
        if not self._at_once:
            yield
            return
        me = (due, next(self._numbers))
        with self._changed:
            heapq.heappush(self._waiting, me)
            try:
                while not (self._running < self._at_once and self._waiting[0] == me):
                    self._changed.wait(_LOOK_SECONDS)
                    if cancelled():
                        raise NotWanted
            except BaseException:
                self._waiting.remove(me)
                heapq.heapify(self._waiting)
                self._changed.notify_all()
                raise
            heapq.heappop(self._waiting)
            self._running += 1
            # Another place may be free for the next in line.
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
