"""Whether the platform answers, what waits, and what the workers have loaded. Good news is kept for 30 seconds."""

from __future__ import annotations

import threading
import time
from typing import Any

import redis
from django.db import Error

from apps.jobs.selectors import queue_size
from workers.runtime.presence import present

KEPT_SECONDS = 30.0
# While something is amiss people look again and again to see it end.
KEPT_SECONDS_DEGRADED = 2.0
_guard = threading.Lock()
_kept: tuple[float, dict[str, Any]] | None = None


def health() -> dict[str, Any]:
    """{status: online|degraded, latency_ms, queue_size, models_loaded, workers}."""
    global _kept
    with _guard:
        if _kept is None or time.monotonic() > _kept[0]:
            found = _look()
            kept = KEPT_SECONDS if found["status"] == "online" else KEPT_SECONDS_DEGRADED
            _kept = (time.monotonic() + kept, found)
        return _kept[1]


def workers_present() -> list[dict[str, Any]]:
    """What each worker that serves somebody last said (workers.runtime.presence); none while Redis is down."""
    try:
        return _serving()
    except redis.RedisError:
        return []


def _serving() -> list[dict[str, Any]]:
    return [state for state in present() if state["queues"]]


def _look() -> dict[str, Any]:
    began = time.monotonic()
    status, waiting, workers = "online", None, []
    try:
        waiting = queue_size()
        workers = _serving()
    except (Error, redis.RedisError):
        status = "degraded"
    if not workers:
        status = "degraded"
    return {
        "status": status,
        "latency_ms": round((time.monotonic() - began) * 1000),
        "queue_size": waiting,
        "models_loaded": sorted({model for state in workers for model in state["loaded"]}),
        "workers": len(workers),
    }
