"""Workers say in Redis that they are alive, what they have loaded, and what that took.

For eyes only: nothing is decided by it.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis
from django.conf import settings

from .naming import process, unit

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 3.0
_KEPT_SECONDS = 12


class Presence:
    """While it lasts, `presence:<name>:<host>:<pid>` is renewed every three seconds by a thread of its own.

    `loaded`: the models in memory, each with the seconds that loading it took.
    """

    def __init__(
        self, name: str, queues: Sequence[str], loaded: Callable[[], Mapping[str, float]] = dict
    ) -> None:
        self._key = f"presence:{name}:{socket.gethostname()}:{os.getpid()}"
        self._name = name
        self._since = time.time()
        self._queues = list(queues)
        self._loaded = loaded
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stop.is_set():
            loaded = dict(self._loaded())
            state = {
                "queues": self._queues,
                "loaded": list(loaded),
                "load_seconds": loaded,
                "memory_mb": memory_mb(),
                "pid": os.getpid(),
                "kind": self._name,
                "unit": unit(self._name),
                "process": process(self._name),
                "since": self._since,
            }
            try:
                self._redis.set(self._key, json.dumps(state), ex=_KEPT_SECONDS)
            except redis.RedisError:
                logger.debug("presence not told", exc_info=True)
            self._stop.wait(_EVERY_SECONDS)
        try:
            self._redis.delete(self._key)
        except redis.RedisError:
            pass


def memory_mb() -> float:
    """Megabytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def present() -> list[dict[str, Any]]:
    """What every living worker last said. Raises redis.RedisError."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    with client:
        keys = sorted(client.scan_iter("presence:*", count=500))
        values = client.mget(keys) if keys else []
    return [json.loads(value) for value in values if value]
