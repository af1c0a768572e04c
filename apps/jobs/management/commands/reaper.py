"""`manage.py reaper`: sweeps for ever. Run one or more; they do not disturb each other."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection

from apps.accounts.leftovers import sweep as sweep_sessions
from apps.chat.services import sweep_conversations
from apps.jobs.reaper import sweep
from apps.live.metering import close_lost_sessions
from apps.operations import series
from apps.operations.draining import mirror
from apps.voices.removing import sweep as sweep_voices
from ttsplatform import tracing
from workers.runtime.presence import Presence

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Finds lost work again, repeats hints, expires and purges jobs."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="one sweep, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(str(_round()))
            return
        tracing.role = "reaper"
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with Presence("reaper", queues=[]):
            while not stop.is_set():
                try:
                    done = _round()
                    mirror()
                    if any(done.values()):
                        logger.info("swept", extra=done)
                except (Error, OSError):
                    logger.exception("a sweep failed; the next one follows")
                    connection.close()
                series.keep()
                stop.wait(settings.REAPER_INTERVAL_SECONDS)


def _round() -> dict[str, int]:
    """One round of all sweeps; how much each did."""
    return {
        **sweep(),
        "live_closed": close_lost_sessions(),
        "voices": sweep_voices(),
        "chats": sweep_conversations(),
        "sessions": sweep_sessions(),
    }
