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
from typing import Any

from tests.receiver import Got, Receiver
from tests.stacks import LiveStack
from ttsplatform.embedded.process import start_together

from .client import Client
from .queued import unlimited_client
from .table import Row, percentile, row, say, show

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


def arrived(receiver: Receiver, uuids: set[str], patience: float = 75) -> dict[str, list[Got]]:
    """The messages of each job in the order in which they came, once each has one, or none came for so many seconds.

    The patience is longer than the lease of a message that a killed sender held.
    """
    seen, deadline = 0, time.monotonic() + patience
    while True:
        messages: dict[str, list[Got]] = {}
        for got in list(receiver.got):
            messages.setdefault(json.loads(got.body)["task_id"], []).append(got)
        if len(receiver.got) > seen:
            seen, deadline = len(receiver.got), time.monotonic() + patience
        if uuids <= messages.keys() or time.monotonic() > deadline:
            return {uuid: came for uuid, came in messages.items() if uuid in uuids}
        time.sleep(0.5)


def run(count: int = 1000) -> list[Row]:
    """`count` jobs undisturbed, then as many over a restart of everything."""
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        environment = {"WEBHOOK_ALLOW": "127.0.0.1", "JOB_LEASE_SECONDS": "4", "WATERMARK": "false"}
        with LiveStack(Path(folder), speech_workers=2, durable=True, env=environment) as stack:
            client = unlimited_client(stack)
            made = client.session.post(
                f"{stack.base_url}/v1/webhooks/", json={"url": receiver.url}, timeout=10
            )
            made.raise_for_status()
            say(f"{count} jobs and their webhooks")
            rows = undisturbed(client, receiver, count)
            say(f"{count} more, and every process is killed and started again meanwhile")
            return rows + over_a_restart(stack, client, receiver, count)


def undisturbed(client: Client, receiver: Receiver, count: int) -> list[Row]:
    """How soon after each job's end its message came."""
    began = time.monotonic()
    uuids = order_all(client, count)
    ordered = time.monotonic() - began
    messages = arrived(receiver, uuids)
    took = time.monotonic() - began
    waits = []
    for uuid, came in messages.items():
        ended = datetime.fromisoformat(client.job(uuid)["finished_at"]).timestamp()
        waits.append(1000 * (came[0].at - ended))
    return [
        row(f"{count} orders by {CALLERS} callers", ordered, "s"),
        row(f"{count} jobs and their webhooks", took, "s"),
        row("job ended → webhook received, p50", percentile(waits, 0.5), "ms"),
        row("job ended → webhook received, p95", percentile(waits, 0.95), "ms", "<= 1000"),
        row("job ended → webhook received, slowest", max(waits), "ms"),
        row("messages sent more than once", repeated(messages), target="<= 0"),
        row("webhooks lost", count - len(messages), target="<= 0"),
    ]


def over_a_restart(stack: LiveStack, client: Client, receiver: Receiver, count: int) -> list[Row]:
    """What came of the messages of `count` jobs when everything was killed once a quarter of them had come.

    A message that the receiver had accepted in the moment of the kill comes again, under the same webhook-id.
    """
    before = len(receiver.got)
    with ThreadPoolExecutor(1) as aside:
        ordering = aside.submit(order_all, client, count)
        while len(receiver.got) < before + count // 4:
            time.sleep(0.02)
        down = restart_everything(stack)
        uuids = ordering.result()
    messages = arrived(receiver, uuids)
    ids = {uuid: {one.headers["webhook-id"] for one in came} for uuid, came in messages.items()}
    return [
        row("every process killed → all of them there again", down, "s"),
        row(f"of {count}, lost over a restart of everything", count - len(messages), target="<= 0"),
        row("jobs told of under two webhook-ids", sum(len(each) > 1 for each in ids.values()), target="<= 0"),
        row("messages that came again under their own webhook-id", repeated(messages)),
    ]


def repeated(messages: dict[str, list[Got]]) -> int:
    return sum(len(came) - 1 for came in messages.values())


def restart_everything(stack: LiveStack) -> float:
    """Kill every process of the platform and its servers (`kill -9`), and start them again; the seconds it took."""
    began = time.monotonic()
    servers: list[Any] = [stack.postgres, stack.valkey]
    platform = [stack.web, stack.workers, stack.live, stack.reaper]
    assert {*map(id, stack.processes)} == {*map(id, servers + platform)}, (
        "a process that this knows nothing of"
    )
    for process in stack.processes:
        process.kill_all()
    for group in (servers, platform):
        start_together(process for process in group if process is not None)
    return time.monotonic() - began


if __name__ == "__main__":
    show(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
