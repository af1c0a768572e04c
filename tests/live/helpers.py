"""What tests of live speech look up from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import redis
import requests

from tests.stacks import LiveStack

T = TypeVar("T")


def eventually(look: Callable[[], T], good: Callable[[T], bool], seconds: float = 10.0) -> T:
    """What `look` sees once it is good, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen


def balance(stack: LiveStack, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return int(requests.get(f"{stack.base_url}/v1/account/", headers=headers, timeout=10).json()["balance"])


def busy_slots(stack: LiveStack) -> int:
    """How many streams the live workers hold a slot for. Those of a dead worker run out, and do not count then."""
    with redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:
        names = list(client.scan_iter("live:slots:*"))
        return sum(client.zcount(name, time.time(), "+inf") for name in names)


def revoke(stack: LiveStack, key: str) -> None:
    """Revoke a key with itself."""
    headers = {"Authorization": f"Bearer {key}"}
    keys = requests.get(f"{stack.base_url}/v1/keys/", headers=headers, timeout=10).json()
    for each in keys.get("keys", keys):
        answer = requests.delete(f"{stack.base_url}/v1/keys/{each['id']}/", headers=headers, timeout=10)
        assert answer.status_code < 300, answer.text
