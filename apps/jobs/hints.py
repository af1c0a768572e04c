"""Hints to workers: "there is work in this queue". Losing one costs time, never a job: the reaper repeats them."""

from __future__ import annotations

import logging

from amqp.exceptions import ChannelError
from kombu.exceptions import OperationalError

from ttsplatform.celery import app

logger = logging.getLogger(__name__)

# More idle workers than this are woken by the steps' own follow-up claims.
MOST_AT_ONCE = 16


# A hint that nobody took by then is superfluous: the reaper has sent another, or the work is done.
EXPIRES_SECONDS = 60


def hint(queue: str, count: int = 1, *, passed: int = 0) -> bool:
    """Wake up to `count` idle workers of `queue`. False where the broker cannot be reached.

    `passed`: how often this hint came to a worker that may not take it.
    """
    args = [queue, passed] if passed else [queue]
    try:
        for _ in range(min(count, MOST_AT_ONCE)):
            app.send_task(
                "workers.tasks.run_steps", args=args, queue=queue, retry=False, expires=EXPIRES_SECONDS
            )
    except (OperationalError, OSError) as exc:
        logger.warning("no hint sent, the reaper will repeat it", extra={"queue": queue, "error": str(exc)})
        return False
    return True


def hints_waiting(queue: str) -> int:
    """How many hints lie in the broker untaken: all workers are busy, more of them would help nobody."""
    try:
        with app.connection_for_write() as connection:
            channel = connection.default_channel
            count: int = channel.queue_declare(queue=queue, passive=True).message_count
            return count
    except (ChannelError, OperationalError, OSError):
        return 0
