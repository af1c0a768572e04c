"""The last hour: a sample a minute of what was counted and of what was so, kept in one key in Valkey.

Every reaper may call `keep`: the minute is the name under which a sample is kept, and the first one stays. What is
lost with Valkey is a gap in the charts.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable
from functools import lru_cache

import redis
from django.conf import settings
from django.db import Error, connection

from ttsplatform.counting import counted

from . import gauges
from .rates import Sample, Sums

logger = logging.getLogger(__name__)

KEY = "operations:series:1"
MINUTES = 60
_KEPT_SECONDS = 2 * 3600


def keep() -> bool:
    """Keep this minute's sample. False where it is there already, or could not be taken."""
    minute = int(time.time() // 60)
    try:
        client = _client(settings.REDIS_URL)
        if client.hexists(KEY, str(minute)):
            return False
        sample = look()
        written = {"at": sample.at, "sums": sample.sums, "levels": sample.levels}
        made = bool(client.hsetnx(KEY, str(minute), json.dumps(written)))
        fields = client.hkeys(KEY)
        # Those that a clock which ran ahead has written would stay for ever, too.
        old = [field for field in fields if not minute - MINUTES < int(field) <= minute + 1]
        if old:
            client.hdel(KEY, *old)
        client.expire(KEY, _KEPT_SECONDS)
        return made
    except (Error, redis.RedisError, OSError):
        logger.warning("no sample was kept; the charts have a gap", exc_info=True)
        connection.close()
        return False


def kept() -> list[Sample]:
    """The samples of the last hour, the oldest first. Raises redis.RedisError."""
    rows: dict[bytes, bytes] = _client(settings.REDIS_URL).hgetall(KEY)  # type: ignore[assignment]
    found = [json.loads(row) for row in rows.values()]
    since = time.time() - MINUTES * 60
    samples = [Sample(each["at"], each["sums"], each["levels"]) for each in found if each["at"] > since]
    return sorted(samples, key=lambda sample: sample.at)


def look(found: Iterable[gauges.Gauge] | None = None) -> Sample:
    """A sample of this moment; `found`: gauges that the caller has looked at. Raises django.db.Error, RedisError."""
    there = list(found) if found is not None else [*gauges.of_database(), *gauges.of_valkey()]
    return Sample(time.time(), _sums(), _levels(there))


def _sums() -> Sums:
    """Of all that is counted what the charts tell; requests by the kind of their status."""
    every = counted()
    sums: dict[str, dict[str, float]] = {"requests": {}, "first_audio": {}}
    for (_, _, status), amount in every["tts_http_requests"].items():
        kind = f"{status[:1]}xx"
        sums["requests"][kind] = sums["requests"].get(kind, 0.0) + amount
    for (_, bucket), amount in every["tts_first_audio_seconds"].items():
        sums["first_audio"][bucket] = sums["first_audio"].get(bucket, 0.0) + amount
    for name, source in (
        ("errors", "tts_errors"),
        ("busy", "tts_engine_busy_seconds"),
        ("audio", "tts_engine_audio_seconds"),
        ("waits", "tts_step_wait_seconds"),
    ):
        sums[name] = {" ".join(labels): amount for labels, amount in every[source].items()}
    return sums


def _levels(found: Iterable[gauges.Gauge]) -> Sums:
    by_name = {gauge.name: gauge.values for gauge in found}
    steps = by_name.get("tts_queue_steps", {})
    return {
        "queued": {queue: amount for (queue, state), amount in steps.items() if state == "queued"},
        "running": {queue: amount for (queue, state), amount in steps.items() if state == "running"},
        "oldest": {
            queue: round(amount, 1)
            for (queue,), amount in by_name.get("tts_queue_oldest_wait_seconds", {}).items()
        },
        "live": {
            "slots": by_name.get("tts_live_slots", {}).get((), 0.0),
            "taken": by_name.get("tts_live_slots_taken", {}).get((), 0.0),
        },
    }


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
