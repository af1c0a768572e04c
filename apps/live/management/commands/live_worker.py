"""`manage.py live_worker`: speaks live sessions. Run as many as there are machines for it."""

from __future__ import annotations

import logging
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ttsplatform import tracing
from workers.engines import registry
from workers.runtime.host import ModelHost
from workers.runtime.live import LiveWorker
from workers.runtime.presence import Presence

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Speaks live sessions; LIVE_SLOTS at once."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        tracing.role = "live"
        host = ModelHost(lambda model_id: registry.load(model_id, threads=settings.LIVE_THREADS))
        worker = LiveWorker(host, settings.LIVE_SLOTS)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        for model_id in settings.PRELOAD_MODELS:
            try:
                with host.lease(model_id):
                    pass
            except Exception:
                logger.exception("could not preload", extra={"model": model_id})
        with Presence("live", ["live"], lambda: host.load_seconds):
            worker.run()
