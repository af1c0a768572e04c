"""Orders for tests of the queue itself, which does not care what the work is."""

from __future__ import annotations

from typing import Any

from apps.accounts.authentication import caller_for
from apps.accounts.callers import Caller
from apps.jobs.models import Job
from apps.jobs.services import Order, submit
from tests.base import random_address

QUEUE = "test-queue"


def order(price: int = 10, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "kind": "speech",
        "step": "speech",
        "service": "tts",
        "queue": QUEUE,
        "model": "fake",
        "served_model": "fake",
        "voice": "tone",
        "language": "en",
        "characters": price,
        "price": price,
        "request": {"text": "x" * price},
    }
    return Order(**{**values, **changes})


def caller(key: str | None) -> Caller:
    return caller_for(key, random_address())


def submitted(key: str, price: int = 10, **changes: Any) -> Job:
    return submit(caller(key), order(price, **changes), request_id="req_test").job
