"""Waking a sender: the one in this process, where there is one, else any that serves the queue `io`.

A hint that is lost costs two seconds: the reaper repeats it as long as something is due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from kombu.exceptions import OperationalError

from ttsplatform.celery import app

logger = logging.getLogger(__name__)

_wake_here: Callable[[], None] | None = None


def sends_here(wake: Callable[[], None]) -> None:
    """From now on this process sends by itself: what it brings to its end is told without a way through the broker."""
    global _wake_here
    _wake_here = wake


def something_is_due() -> None:
    """Wake a sender; never raises."""
    if _wake_here is not None:
        _wake_here()
        return
    try:
        app.send_task("workers.tasks.send_webhooks", queue="io", retry=False, expires=60)
    except (OperationalError, OSError) as exc:
        logger.warning("no hint sent, the reaper will repeat it", extra={"error": str(exc)})
