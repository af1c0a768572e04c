"""The models a process has loaded: each once, counted while in use, put away when too many or long idle."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from workers.engines.base import Engine

logger = logging.getLogger(__name__)


@dataclass
class _Loaded:
    engine: Engine
    lock: contextlib.AbstractContextManager[object]
    load_seconds: float
    users: int = 0
    loaded_at: float = field(default_factory=time.monotonic)
    last_used: float = field(default_factory=time.monotonic)


class ModelHost:
    """Loads engines on demand and keeps at most `most` of them; safe to use from several threads.

    An engine that is not reentrant serves one caller at a time. A model is loaded once even if two ask at once.
    """

    def __init__(self, load: Callable[[str], Engine], *, most: int = 3, idle_seconds: float = 1800.0) -> None:
        self._load = load
        self._most = most
        self._idle_seconds = idle_seconds
        self._loaded: dict[str, _Loaded] = {}
        self._guard = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    @property
    def loaded(self) -> list[str]:
        """Ids of the models in memory."""
        with self._guard:
            return sorted(self._loaded)

    @property
    def load_seconds(self) -> dict[str, float]:
        """What loading took of each model in memory."""
        with self._guard:
            return {name: entry.load_seconds for name, entry in sorted(self._loaded.items())}

    @contextlib.contextmanager
    def lease(
        self, model_id: str, waited: Callable[[float], None] = lambda seconds: None
    ) -> Iterator[Engine]:
        """The engine of `model_id`, loaded first if need be; then `waited` is told how long that took.

        Raises what loading raises.
        """
        began = time.monotonic()
        entry = self._acquire(model_id)
        try:
            if entry.loaded_at > began:
                waited(entry.loaded_at - began)
            with entry.lock:
                yield entry.engine
        finally:
            with self._guard:
                entry.users -= 1
                entry.last_used = time.monotonic()
            self.tidy()

    def tool(self, model_id: str) -> contextlib.AbstractContextManager[Any]:
        """As `lease`, for models of every other type (workers.engines.kinds)."""
        return self.lease(model_id)

    def _acquire(self, model_id: str) -> _Loaded:
        with self._guard:
            loading = self._loading.setdefault(model_id, threading.Lock())
        with loading:
            with self._guard:
                entry = self._loaded.get(model_id)
                if entry is not None:
                    entry.users += 1
                    return entry
            began = time.monotonic()
            engine = self._load(model_id)
            engine.warm()
            took = round(time.monotonic() - began, 3)
            logger.info("model loaded", extra={"model": model_id, "seconds": took})
            lock: contextlib.AbstractContextManager[object] = (
                contextlib.nullcontext() if engine.reentrant else threading.Lock()
            )
            with self._guard:
                entry = self._loaded[model_id] = _Loaded(engine, lock, took, users=1)
            return entry

    def tidy(self) -> None:
        """Put away unused engines: those idle too long, and the longest idle ones beyond `most`."""
        now = time.monotonic()
        with self._guard:
            unused = sorted((e.last_used, name) for name, e in self._loaded.items() if e.users == 0)
            surplus = len(self._loaded) - self._most
            going = [
                name
                for place, (last_used, name) in enumerate(unused)
                if place < surplus or now - last_used > self._idle_seconds
            ]
            engines = [(name, self._loaded.pop(name).engine) for name in going]
        for name, engine in engines:
            logger.info("model put away", extra={"model": name})
            engine.close()
