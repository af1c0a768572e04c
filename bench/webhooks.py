"""`python -m bench.webhooks`: how soon after a job has ended its webhook arrives, and whether one is ever lost.

Jobs of the fake engine, a receiver on this machine. In the second half every process of the platform is killed and
started again while messages are under way.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from tests.receiver import Receiver
from tests.stacks import LiveStack

from .client import Client
from .queued import unlimited_client
from .table import Row, percentile, row, show

CALLERS = 4


def order_all(client: Client, count: int) -> set[str]:
    """Order `count` jobs, some at a time; their uuids. An order that a restart cut off is made again."""

    def order(number: int) -> str:
        own = Client(client.base_url, str(client.session.headers["Authorization"]).removeprefix("Bearer "))
        own.session.headers["Idempotency-Key"] = f"{time.monotonic_ns()}-{number}"
        while True:
            try:
                return own.order(f"Number {number}.", model="fake", voice="tone", format="wav")
            except OSError:
                time.sleep(0.3)

    with ThreadPoolExecutor(CALLERS) as callers:
        return set(callers.map(order, range(count)))


def arrived(receiver: Receiver, uuids: set[str], patience: float = 75) -> dict[str, float]:
    """When each job's first message came, in Unix seconds, once all have, or none came for so many seconds.

    The patience is longer than the first three pauses between tries of a message.
    """
    seen, deadline = 0, time.monotonic() + patience
    while True:
        times: dict[str, float] = {}
        for got in list(receiver.got):
            times.setdefault(json.loads(got.body)["task_id"], got.at)
        if len(receiver.got) > seen:
            seen, deadline = len(receiver.got), time.monotonic() + patience
        if uuids <= set(times) or time.monotonic() > deadline:
            return {uuid: at for uuid, at in times.items() if uuid in uuids}
        time.sleep(0.5)


def run(count: int = 1000) -> list[Row]:
    """`count` jobs undisturbed, then a quarter of that over a restart of everything."""
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        environment = {"WEBHOOK_ALLOW": "127.0.0.1", "JOB_LEASE_SECONDS": "4", "WATERMARK": "false"}
        with LiveStack(Path(folder), speech_workers=2, durable=True, env=environment) as stack:
            client = unlimited_client(stack)
            made = client.session.post(
                f"{stack.base_url}/v1/webhooks/", json={"url": receiver.url}, timeout=10
            )
            made.raise_for_status()
            began = time.monotonic()
            uuids = order_all(client, count)
            ordered = time.monotonic() - began
            times = arrived(receiver, uuids)
            took = time.monotonic() - began
            messages = len(receiver.got)
            waits = []
            for uuid, at in times.items():
                waits.append(at - datetime.fromisoformat(client.job(uuid)["finished_at"]).timestamp())
            lost = over_a_restart(stack, client, receiver, count // 4)
    return [
        row(f"{count} orders by {CALLERS} callers", ordered, "s"),
        row(f"{count} jobs and their webhooks", took, "s"),
        row("job ended → webhook received, p50", 1000 * percentile(waits, 0.5), "ms"),
        row("job ended → webhook received, p95", 1000 * percentile(waits, 0.95), "ms", "<= 1000"),
        row("job ended → webhook received, slowest", 1000 * max(waits), "ms"),
        row("messages sent more than once", messages - count),
        row("webhooks lost", count - len(times), target="<= 0"),
        row(f"of {count // 4}, lost over a restart of everything", lost, target="<= 0"),
    ]


def over_a_restart(stack: LiveStack, client: Client, receiver: Receiver, count: int) -> int:
    """How many of `count` messages never came when every process was killed and restarted in between."""
    assert stack.valkey is not None
    assert stack.postgres is not None
    with ThreadPoolExecutor(1) as aside:
        ordering = aside.submit(order_all, client, count)
        time.sleep(1.5)
        stack.workers.kill()
        stack.web.kill()
        stack.reaper.kill()
        stack.valkey.kill()
        stack.postgres.restart()
        stack.valkey.restart()
        for process in (stack.web, stack.workers, stack.reaper):
            process.restart()
        uuids = ordering.result()
    return count - len(arrived(receiver, uuids))


if __name__ == "__main__":
    show(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
