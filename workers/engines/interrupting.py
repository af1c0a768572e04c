"""Ends a run of onnxruntime in its middle, once nobody wants its result any more.

A sentence is one run, which may take seconds; `cancelled` is only asked between sentences. Here one thread of the
process asks it during runs too, and tells onnxruntime to stop at the next node of its graph.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import onnxruntime

from .base import Cancelled

POLL_SECONDS = 0.02

_running: dict[int, tuple[onnxruntime.RunOptions, Cancelled]] = {}
_changed = threading.Condition()
_watcher: threading.Thread | None = None


@contextlib.contextmanager
def interruptible(cancelled: Cancelled) -> Iterator[onnxruntime.RunOptions]:
    """Options for runs of a session, which then fail (onnxruntime's own exception) soon after `cancelled` says so."""
    global _watcher
    options = onnxruntime.RunOptions()
    with _changed:
        _running[id(options)] = (options, cancelled)
        # Also after a fork, which takes no threads along.
        if _watcher is None or not _watcher.is_alive():
            _watcher = threading.Thread(target=_watch, name="interrupting", daemon=True)
            _watcher.start()
        _changed.notify()
    try:
        yield options
    finally:
        with _changed:
            del _running[id(options)]


class InterruptibleSession:
    """A session for libraries that call `run` themselves: within `until`, runs of that thread can be cancelled."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._here = threading.local()

    @contextlib.contextmanager
    def until(self, cancelled: Cancelled) -> Iterator[None]:
        with interruptible(cancelled) as options:
            self._here.options = options
            try:
                yield
            finally:
                self._here.options = None

    def run(self, outputs: list[str] | None, feed: dict[str, Any]) -> list[Any]:
        return list(self._session.run(outputs, feed, getattr(self._here, "options", None)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def _watch() -> None:
    while True:
        with _changed:
            _changed.wait_for(lambda: _running)
            runs = list(_running.values())
        for options, cancelled in runs:
            if cancelled():
                options.terminate = True
        time.sleep(POLL_SECONDS)
