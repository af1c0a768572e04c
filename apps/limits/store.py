"""The one way to the Redis that counts: short timeouts, and no waiting for a server that has just failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

_REST_SECONDS = 1.0
_LOG_EVERY_SECONDS = 30.0


class StoreDown(Exception):
    """Redis does not answer. What that means is for the caller to decide."""


class Store:
    """Runs Lua scripts by their hash (EVALSHA; loaded again by itself after a restart of Redis).

    After a failure nothing is asked for a second, so that a dead Redis costs each request microseconds
    instead of its timeout.
    """

    def __init__(self, url: str) -> None:
        pool = redis.ConnectionPool.from_url(
            url,
            max_connections=256,
            socket_connect_timeout=0.25,
            socket_timeout=0.5,
            retry=Retry(NoBackoff(), 0),  # a script that may have run must not run twice
        )
        self.client = redis.Redis(connection_pool=pool)
        self._scripts: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._asleep_until = 0.0
        self._quiet_until = 0.0

    def run(self, script: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """The script's answer. Raises StoreDown."""
        if time.monotonic() < self._asleep_until:
            raise StoreDown
        if script not in self._scripts:
            self._scripts[script] = self.client.register_script(script)
        try:
            return self._scripts[script](keys=keys, args=args)
        except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, OSError) as problem:
            self._note_failure(problem)
            raise StoreDown from problem

    def _note_failure(self, problem: Exception) -> None:
        now = time.monotonic()
        with self._lock:
            self._asleep_until = now + _REST_SECONDS
            loud, self._quiet_until = (
                now >= self._quiet_until,
                max(self._quiet_until, now + _LOG_EVERY_SECONDS),
            )
        if loud:
            logger.error("Redis does not answer, limits are not counted: %s. Check REDIS_URL.", problem)


@lru_cache(maxsize=4)
def _store_at(url: str) -> Store:
    return Store(url)


def store() -> Store:
    """The store at settings.REDIS_URL, one for each process."""
    return _store_at(settings.REDIS_URL)
