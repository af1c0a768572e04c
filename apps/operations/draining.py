"""Workers that staff have drained: they begin nothing new, finish what they have, and stay idle until resumed.

What is drained is a unit, `worker@<host>` or `live@<host>`: what an operator stops as one. It is a row, so it outlives
restarts of everything, of the worker under the same name too. claim() looks at the row; live speech, which asks nobody
but Valkey, looks at a copy of all rows there (`mirror`), which every reaper makes anew.
"""

from __future__ import annotations

import logging
import re

import redis
from django.conf import settings
from django.db import connection, transaction

from apps.jobs.hints import MOST_AT_ONCE, hint
from apps.jobs.models import DrainedWorker, Step, StepStatus
from apps.live import wire

logger = logging.getLogger(__name__)

_NAME = re.compile(r"(worker|live)@[\w.-]{1,64}")


def can_be_drained(unit: str) -> bool:
    return _NAME.fullmatch(unit) is not None


def worker_drain(unit: str, *, by: str) -> DrainedWorker | None:
    """From the next claim or stream on. None where it was drained already."""
    row, made = DrainedWorker.objects.get_or_create(name=unit, defaults={"by": by})
    transaction.on_commit(mirror)
    return row if made else None


def worker_resume(unit: str) -> DrainedWorker | None:
    """It works again at once. The row that was there, or None."""
    row = DrainedWorker.objects.filter(name=unit).first()
    if row is None:
        return None
    DrainedWorker.objects.filter(name=unit).delete()
    waiting = Step.objects.filter(status=StepStatus.QUEUED).order_by()
    queues = list(waiting.values_list("queue", flat=True).distinct())
    transaction.on_commit(lambda: _begin_again(queues))
    return row


def _begin_again(queues: list[str]) -> None:
    mirror()
    for queue in queues:
        hint(queue, MOST_AT_ONCE)


def is_drained(unit: str) -> bool:
    """Raises django.db.Error."""
    return DrainedWorker.objects.filter(name=unit).exists()


def workers_drained() -> dict[str, DrainedWorker]:
    """By name. Raises django.db.Error."""
    return {row.name: row for row in DrainedWorker.objects.all()}


def mirror() -> bool:
    """Write the copy that live speech looks at. False where Valkey does not answer: the reaper does it then."""
    # One after another: whoever read the rows earlier has written them before the next one reads.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('drained workers'))")
        wanted = {name.encode() for name in DrainedWorker.objects.values_list("name", flat=True)}
        try:
            client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
            with client, client.pipeline(transaction=True) as pipeline:
                if client.smembers(wire.DRAINED) != wanted:
                    pipeline.delete(wire.DRAINED)
                    if wanted:
                        pipeline.sadd(wire.DRAINED, *wanted)
                    pipeline.execute()
        except redis.RedisError:
            logger.warning("live speech does not know yet which workers are drained", exc_info=True)
            return False
    return True
