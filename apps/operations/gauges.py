"""What is so at this moment, asked for when Prometheus asks: queues, jobs, workers, live slots, webhooks, disk."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.db import connection, transaction

from apps.live import wire
from workers.runtime.presence import present

# All found over partial indexes of what has not ended, so that the history makes no look dearer.
_QUEUES = """
SELECT queue, 'queued', count(*)::float8,
       greatest(0, extract(epoch FROM clock_timestamp() - min(available_at)))::float8
FROM jobs_step WHERE status = 'queued' GROUP BY queue
UNION ALL
SELECT queue, 'running', count(*)::float8, 0 FROM jobs_step WHERE status = 'running' GROUP BY queue
"""
_JOBS = "SELECT status, count(*)::float8 FROM jobs_job WHERE status IN ('queued', 'running') GROUP BY status"
_OVERDUE = "SELECT count(*)::float8 FROM jobs_job WHERE purged_at IS NULL AND purge_at < now()"
_WEBHOOKS = """
SELECT count(*)::float8, coalesce(extract(epoch FROM now() - min(next_at) FILTER (WHERE next_at < now())), 0)::float8
FROM webhooks_delivery WHERE status = 'pending'
"""


@dataclass(frozen=True)
class Gauge:
    """One metric: values of its labels -> amount."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: Mapping[Any, float]
    """By a tuple of the values of `labels`, all strings."""


def of_database() -> list[Gauge]:
    """Queues, jobs, webhooks, retention. Raises django.db.Error."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '3s'")
        cursor.execute(_QUEUES)
        steps = cursor.fetchall()
        cursor.execute(_JOBS)
        jobs = cursor.fetchall()
        cursor.execute(_OVERDUE)
        overdue = cursor.fetchone()[0]
        cursor.execute(_WEBHOOKS)
        pending, late = cursor.fetchone()
        cursor.execute("SELECT queue FROM jobs_pausedqueue")
        paused = {row[0] for row in cursor.fetchall()}
    waits = {(queue,): wait for queue, status, _, wait in steps if status == "queued"}
    return [
        Gauge(
            "tts_queue_steps",
            "Steps of jobs that wait for a worker, or are with one.",
            ("queue", "state"),
            {(queue, status): number for queue, status, number, _ in steps} | _zeros(steps),
        ),
        Gauge(
            "tts_queue_paused",
            "1 where staff have paused the queue.",
            ("queue",),
            {(queue,): float(queue in paused) for queue in {*settings.READY_QUEUES, *paused} - {"live"}},
        ),
        Gauge(
            "tts_queue_oldest_wait_seconds",
            "How long the step has waited that waits longest.",
            ("queue",),
            {(queue,): 0.0 for queue in settings.READY_QUEUES if queue != "live"} | waits,
        ),
        Gauge(
            "tts_jobs_unfinished",
            "Jobs that have not ended.",
            ("status",),
            {("queued",): 0.0, ("running",): 0.0} | {(status,): number for status, number in jobs},
        ),
        Gauge(
            "tts_results_overdue",
            "Jobs whose results are past their time and still there.",
            (),
            {(): overdue},
        ),
        Gauge(
            "tts_webhooks_pending", "Webhooks that have not been delivered or given up.", (), {(): pending}
        ),
        Gauge(
            "tts_webhooks_late_seconds",
            "How long the webhook has been due that is due longest.",
            (),
            {(): late},
        ),
    ]


def _zeros(steps: Iterable[tuple[str, str, float, float]]) -> dict[tuple[str, str], float]:
    """A queue that is empty is said to be: 0 for what has no row."""
    there = {(queue, status) for queue, status, _, _ in steps}
    queues = {queue for queue, _ in there} | set(settings.READY_QUEUES) - {"live"}
    every = {(queue, state) for queue in queues for state in ("queued", "running")}
    return dict.fromkeys(every - there, 0.0)


def of_valkey() -> list[Gauge]:
    """Workers, what they have loaded, live slots. Raises redis.RedisError."""
    states = present()
    queues = Counter({(queue,): 0 for queue in settings.READY_QUEUES})
    queues.update((queue,) for state in states for queue in state["queues"])
    models = Counter((model,) for state in states for model in state["loaded"])
    memory = sum(state["memory_mb"] for state in states) * 1e6
    alive = [(slots, taken) for slots, taken in live_workers().values() if slots]
    slots, taken = (float(sum(each)) for each in zip(*alive, strict=True)) if alive else (0.0, 0.0)
    return [
        Gauge("tts_worker_processes", "Living worker processes.", ("queue",), dict(queues)),
        Gauge(
            "tts_models_loaded", "Worker processes that have the model in memory.", ("model",), dict(models)
        ),
        Gauge("tts_workers_memory_bytes", "Memory of all workers and the reaper.", (), {(): memory}),
        Gauge("tts_live_slots", "Streams that the live workers can speak at once.", (), {(): slots}),
        Gauge("tts_live_slots_taken", "Of these, taken.", (), {(): taken}),
    ]


def live_workers() -> dict[str, tuple[int, int]]:
    """By name the streams that each live worker can speak at once (0: it gives no sign of life) and those it has.

    A place whose session is gone without a word runs out, and is not counted. Raises redis.RedisError.
    """
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    with client:
        names = [name.decode() for name in client.smembers(wire.WORKERS)]  # type: ignore[union-attr]
        pipeline = client.pipeline(transaction=False)
        for name in names:
            pipeline.get(wire.worker_alive(name))
            pipeline.zcount(wire.worker_slots(name), time.time(), "+inf")
        answers = pipeline.execute()
    pairs = zip(names, answers[::2], answers[1::2], strict=True)
    return {name: (int(slots or 0), taken) for name, slots, taken in pairs}


def of_storage() -> list[Gauge]:
    """Room where audio lies, where that is a folder of ours. Raises OSError."""
    if settings.MEDIA_STORE != "local":
        return []
    folder = settings.MEDIA_DIR
    usage = shutil.disk_usage(folder if folder.exists() else settings.BASE_DIR)
    return [
        Gauge("tts_storage_free_bytes", "Free room on the disk of the audio.", (), {(): float(usage.free)}),
        Gauge("tts_storage_size_bytes", "The size of that disk.", (), {(): float(usage.total)}),
    ]
