"""Jobs whose workers die in the middle of them."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import requests

from tests.faults.test_kills import pool_children
from tests.stacks import LiveStack


def outlived(
    stack: LiveStack, job: dict[str, Any], *, progress: float, seconds: float = 300
) -> dict[str, Any]:
    """The job as it ended, after all workers were killed when it had come as far as `progress`, and started again."""
    deadline = time.monotonic() + seconds

    def state(pause: float) -> dict[str, Any]:
        time.sleep(pause)
        answer: dict[str, Any] = requests.get(job["status_url"], timeout=30).json()
        assert time.monotonic() < deadline, answer
        return answer

    now = state(0.0)
    while now["status"] == "processing" and float(now["progress"]) < progress:
        now = state(0.02)
    assert now["status"] == "processing", "it must be under way when its workers die"
    for child in pool_children(stack):
        os.kill(child.pid, signal.SIGKILL)
    stack.workers.kill()
    stack.workers.restart()
    while now["status"] == "processing":
        now = state(0.2)
    assert now["status"] == "completed", now
    return now
