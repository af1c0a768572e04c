"""What happens, counted: each process adds up in memory and hands the sums to Valkey every two seconds.

So one look at any web process tells of the whole platform, workers on other machines included, and a count costs some
three microseconds. A process that is killed takes at most its last two seconds along; Valkey lost means that all
counters begin at nothing again, which Prometheus expects of counters.

Labels never hold what customers choose: models, kinds, queues, routes, codes and statuses are lists of ours.
"""

from __future__ import annotations

import atexit
import bisect
import contextlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

KEY = "metrics:1"
EVERY_SECONDS = 2.0
# More series than this in one process would be a mistake in a label; it must not fill the memory.
MOST_SERIES = 20_000

_LATENCY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_FIRST_AUDIO = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_WORK = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)


@dataclass(frozen=True)
class Counted:
    """A counter, or with `buckets` (upper bounds in seconds) a histogram."""

    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


COUNTED: Mapping[str, Counted] = {
    "tts_http_requests": Counted("HTTP requests answered.", ("method", "route", "status")),
    "tts_http_request_duration_seconds": Counted(
        "From a request to the head of its answer; a request that waits for its audio waits in here.",
        ("route",),
        _LATENCY,
    ),
    "tts_errors": Counted("Errors told to callers, over HTTP and in sockets.", ("code",)),
    "tts_first_audio_seconds": Counted(
        "Live speech: from the first text to the first sound.", ("model",), _FIRST_AUDIO
    ),
    "tts_engine_busy_seconds": Counted("What engines took to speak.", ("model",)),
    "tts_engine_audio_seconds": Counted(
        "The audio that came of it. Busy by audio is the real-time factor.", ("model",)
    ),
    "tts_jobs_ended": Counted("Jobs that ended, by how.", ("kind", "status")),
    "tts_steps": Counted("Steps of jobs that workers ended, by how.", ("kind", "outcome")),
    "tts_step_duration_seconds": Counted("What a step took.", ("kind",), _WORK),
    "tts_step_wait_seconds": Counted("What a step waited for a worker.", ("queue",), _WORK),
    "tts_leases_lost": Counted("Steps whose worker fell silent."),
    "tts_webhook_attempts": Counted("Tries to deliver a webhook, by what came of them.", ("outcome",)),
    "tts_webhook_duration_seconds": Counted("What a try took.", (), _LATENCY),
}

_Series = tuple[str, tuple[str, ...]]


class Counts:
    """The sums of one process that Valkey does not know yet."""

    def __init__(self) -> None:
        self._sums: dict[_Series, float] = {}
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, series: Mapping[_Series, float]) -> None:
        with self._guard:
            for name, amount in series.items():
                if name in self._sums or len(self._sums) < MOST_SERIES:
                    self._sums[name] = self._sums.get(name, 0.0) + amount
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="counts", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Hand over what there is; it stays here where Valkey does not answer."""
        with self._guard:
            sums, self._sums = self._sums, {}
        if not sums:
            return
        try:
            with _client(settings.REDIS_URL).pipeline(transaction=True) as pipeline:
                for series, amount in sums.items():
                    pipeline.hincrbyfloat(KEY, json.dumps(series), amount)
                pipeline.execute()
        except (redis.RedisError, OSError):
            logger.debug("counts not handed over", exc_info=True)
            self.add(sums)

    def _run(self) -> None:
        rest = threading.Event()
        while True:
            rest.wait(EVERY_SECONDS)
            self.flush()


_counts = Counts()


def count(name: str, amount: float = 1.0, **labels: str) -> None:
    """Add to a counter of COUNTED."""
    _counts.add({(name, _values(name, labels)): amount})


def observe(name: str, seconds: float, **labels: str) -> None:
    """Add a value to a histogram of COUNTED."""
    values, buckets = _values(name, labels), COUNTED[name].buckets
    place = bisect.bisect_left(buckets, seconds)
    bucket = f"{buckets[place]:g}" if place < len(buckets) else "+Inf"
    _counts.add({(name, (*values, bucket)): 1.0, (name, (*values, "sum")): seconds})


def flush() -> None:
    """Hand over what this process has counted so far."""
    _counts.flush()


def counted() -> dict[str, dict[tuple[str, ...], float]]:
    """All sums of all processes: name -> values of the labels (and the bucket, or "sum", of histograms) -> sum.

    Raises redis.RedisError.
    """
    found: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in COUNTED}
    rows: Mapping[bytes, bytes] = _client(settings.REDIS_URL).hgetall(KEY)  # type: ignore[assignment]
    for field, amount in rows.items():
        name, values = json.loads(field)
        extra = 1 if name in COUNTED and COUNTED[name].buckets else 0
        # What an older or newer version counts in another way is left out.
        if name in COUNTED and len(values) == len(COUNTED[name].labels) + extra:
            found[name][tuple(values)] = float(amount)
    return found


def _values(name: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(labels[label] for label in COUNTED[name].labels)


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)


def _fresh_process() -> None:
    """What the parent has counted is the parent's to hand over, and its connections are its own."""
    global _counts
    _counts = Counts()
    _client.cache_clear()


os.register_at_fork(after_in_child=_fresh_process)


@atexit.register
def _last() -> None:
    with contextlib.suppress(Exception):
        flush()
