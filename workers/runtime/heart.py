"""Keeps the lease of the step in hand alive, and notices when it is lost."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import Error, connection

from apps.jobs import events, steps
from apps.jobs.steps import Claim

logger = logging.getLogger(__name__)


class Pulse:
    """One step's pulse: its progress, and whether it still is ours."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.progress = 0.0
        self.lost = False
        self.began = self.sure_until = time.monotonic()
        self.sure_until += settings.JOB_LEASE_SECONDS

    def beat(self) -> None:
        """Prolong the lease; without an answer from the database it counts as lost once it must have run out."""
        if time.monotonic() - self.began > settings.JOB_STEP_MAX_SECONDS:
            logger.error("step takes too long", extra={"job": str(self.claim.job_id)})
            self.lost = True
            return
        try:
            asked = time.monotonic()
            self.lost = not steps.beat(self.claim, self.progress)
            self.sure_until = asked + settings.JOB_LEASE_SECONDS
        except Error:
            connection.close()
            self.lost = time.monotonic() >= self.sure_until
        else:
            if not self.lost:
                events.tell(self.claim.job_id, "running", self.progress)


class Heart:
    """One thread for all the steps of a worker, so that a beat does not open a connection each time."""

    def __init__(self) -> None:
        self._pulses: set[Pulse] = set()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the thread and give its database connection back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    @contextlib.contextmanager
    def follow(self, claim: Claim) -> Iterator[Pulse]:
        """Beat for `claim` until the context ends."""
        pulse = Pulse(claim)
        with self._guard:
            self._pulses.add(pulse)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="heart", daemon=True)
                self._thread.start()
        try:
            yield pulse
        finally:
            with self._guard:
                self._pulses.discard(pulse)

    def _run(self) -> None:
        try:
            while not self._stop.wait(settings.JOB_BEAT_SECONDS):
                with self._guard:
                    pulses = [pulse for pulse in self._pulses if not pulse.lost]
                for pulse in pulses:
                    pulse.beat()
        finally:
            connection.close()
