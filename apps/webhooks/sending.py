"""Sends what is due: one thread talks to the database, a few more to the receivers.

It stands beside the work of its process and never holds a worker up: a receiver that hangs costs a thread that
sleeps. Whatever is in the air when the process is killed is due again when its lease ends.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, OperationalError, connection

from apps.jobs.links import links_of
from apps.jobs.models import Job
from ttsplatform import tracing
from ttsplatform.counting import count, observe
from ttsplatform.outbound import OutboundError, exchange

from . import queue, services
from .models import Delivery
from .signing import signed_headers

logger = logging.getLogger(__name__)

# The document's order; jsonb keeps none.
FIELDS = ("event", "object", "task_id", "status", "result_url", "credits_used", "created_at", "completed_at")

# Receivers that hang keep a thread each: of an account PER_ACCOUNT, so it takes many such accounts to fill these.
THREADS = 64
SECONDS = 10.0
# With nothing to do for so long, the connection to the database is given back.
IDLE_SECONDS = 30.0
# How often, in seconds, a database that went away is tried again, and how often while outcomes are in hand.
OUTAGE_PAUSE = 1.0
OUTAGE_TRIES = 20


class Sender:
    """Sends for one process. `wake` from anywhere; the threads begin with the first call."""

    def __init__(self, resting: Callable[[], bool] = lambda: False) -> None:
        """While `resting` says so, nothing new is begun; what is in the air comes to its end."""
        self._resting = resting
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is something to send. Returns at once."""
        self._wanted.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            if not self._wanted.wait(IDLE_SECONDS):
                connection.close()
                self._wanted.wait()
            try:
                self.drain()
            except Error as exc:
                logger.warning("webhooks wait for the database", extra={"error": str(exc)})
                connection.close()
                time.sleep(OUTAGE_PAUSE)
                self._wanted.set()

    def drain(self) -> int:
        """Send until nothing is due; returns how many tries were made."""
        made = 0
        flying: set[Future[queue.Outcome]] = set()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
            while True:
                self._wanted.clear()
                if (free := THREADS - len(flying)) and not self._resting():
                    claimed = queue.claim(free)
                    parents = _traces(claimed)
                    flying |= {
                        pool.submit(_traced, parents.get(task[0].task_id, ""), *task)
                        for task in _prepared(claimed)
                    }
                if not flying:
                    return made
                done, flying = wait(flying, timeout=0.25, return_when=FIRST_COMPLETED)
                _record([future.result() for future in done])
                made += len(done)


def _record(outcomes: Sequence[queue.Outcome]) -> None:
    """Note outcomes, also over a restart of the database: what is not noted is sent a second time."""
    for _ in range(OUTAGE_TRIES):
        try:
            return queue.record(outcomes)
        except OperationalError:
            connection.close()
            time.sleep(OUTAGE_PAUSE)
    return queue.record(outcomes)


def _prepared(deliveries: Sequence[Delivery]) -> list[tuple[Delivery, bytes, list[str]]]:
    """Each delivery with its body and the secrets that sign it: all that a thread needs, without the database."""
    secrets = {
        account.pk: services.secret_of(account).valid_secrets() for account in queue.accounts_of(deliveries)
    }
    return [
        (one, body_of(one), one.endpoint.valid_secrets() if one.endpoint else secrets[one.account_id])
        for one in deliveries
    ]


def _traces(deliveries: Sequence[Delivery]) -> dict[uuid.UUID | None, str]:
    """Where the trace of each delivery's job goes on; nothing where there are no traces."""
    ids = [one.task_id for one in deliveries if one.task_id] if tracing.ON else []
    return dict(Job.objects.filter(pk__in=ids).values_list("pk", "traceparent")) if ids else {}


def _traced(parent: str, delivery: Delivery, body: bytes, secrets: list[str]) -> queue.Outcome:
    """`_try` with its span and its log lines under the job's name."""
    about = {"delivery": delivery.pk.hex, "account": str(delivery.account_id)}
    if delivery.task_id is not None:
        about["job"] = delivery.task_id.hex
    with (
        structlog.contextvars.bound_contextvars(**about),
        tracing.span("webhook", kind="client", parent=parent, event=delivery.event, **about) as span,
    ):
        outcome = _try(delivery, body, secrets)
        span.note(attempt=delivery.attempts, http__response__status_code=outcome.status_code)
        if outcome.error:
            span.fail(outcome.error)
        return outcome


def body_of(delivery: Delivery) -> bytes:
    """The message as it is sent: the payload, with links that are fresh now."""
    stored: dict[str, Any] = delivery.payload
    payload = {name: stored[name] for name in FIELDS if name in stored} | stored
    items = [dict(item) for item in payload.get("items", ())]
    ids = [item["uuid"] for item in items] or [delivery.task_id]
    links = links_of([each for each in ids if each], settings.PUBLIC_URL or delivery.origin)
    if items:
        payload["items"] = [{**item, "url": links.get(item["uuid"])} for item in items]
    elif delivery.task_id is not None:
        payload["result_url"] = links.get(delivery.task_id.hex)
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _try(delivery: Delivery, body: bytes, secrets: list[str]) -> queue.Outcome:
    url = delivery.endpoint.url if delivery.endpoint else delivery.url
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "ttsplatform-webhooks/1",
        **signed_headers(secrets, delivery.message_id, int(time.time()), body),
    }
    began = time.monotonic()
    status, error = None, ""
    try:
        status = exchange("POST", url, body=body, headers=headers, seconds=SECONDS).status
        if not 200 <= status < 300:
            error = "redirect" if 300 <= status < 400 else "status"
    except OutboundError as problem:
        error = problem.problem
    except ValueError:
        error = "blocked"
    except Exception:
        logger.exception("a webhook could not be sent", extra={"delivery": str(delivery.pk)})
        error = "internal"
    took = time.monotonic() - began
    count("tts_webhook_attempts", outcome=error or "accepted")
    observe("tts_webhook_duration_seconds", took)
    return queue.Outcome(delivery, status, error, round(1000 * took))
