"""`python -m bench.live_beside`: does somebody who listens notice that 200 jobs are queued?

First audio through /ws/tts on an idle platform, then while the queue's workers speak jobs of Kokoro's on all cores.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from tests.stacks import LiveStack

from .client import Client
from .listener import Listener
from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show
from .texts import TWELVE_WORDS, sentences

JOBS = 200
MOST = "<= 1.5"


async def _firsts(stack: LiveStack, key: str, model: str, count: int) -> list[float]:
    times = []
    async with Listener(stack.base_url, key) as listener:
        for number in range(count):
            text = TWELVE_WORDS[number % len(TWELVE_WORDS)]
            times.append((await listener.answer(text, model_id=model, language="en")).first_audio)
    return times


def _waiting(client: Client, uuids: list[str]) -> int:
    """How many of the jobs have not begun; looked at from the end, for the oldest begin first."""
    waiting = 0
    for uuid in reversed(uuids):
        if client.job(uuid)["status"] != "queued":
            break
        waiting += 1
    return waiting


def beside(stack: LiveStack, models: tuple[str, ...], count: int, jobs: int) -> list[Row]:
    """For each model the idle figure, the busy one and their ratio."""
    client = unlimited_client(stack)
    key = key_of(client)
    idle: dict[str, list[float]] = {}
    for model in models:
        say(f"first audio of {model} on an idle platform")
        asyncio.run(_firsts(stack, key, model, 3))
        idle[model] = asyncio.run(_firsts(stack, key, model, count))
    say(f"queueing {jobs} jobs of Kokoro's")
    # Long enough that the queue lasts: each is three sentences.
    texts = sentences(3 * jobs)
    uuids = [client.order(" ".join(texts[3 * n : 3 * n + 3])) for n in range(jobs)]
    client.finished(uuids[0])
    rows: list[Row] = []
    for model in models:
        began = time.monotonic()
        busy = asyncio.run(_firsts(stack, key, model, count))
        say(f"{model} beside the jobs: {count} answers in {time.monotonic() - began:.0f} s")
        calm, full = percentile(idle[model], 0.5), percentile(busy, 0.5)
        name = f"first audio of {model}"
        rows += [
            row(f"{name}, idle, p50", calm, "ms"),
            row(f"{name}, {jobs} jobs queued, p50", full, "ms"),
            row(f"{name}, {jobs} jobs queued, p95", percentile(busy, 0.95), "ms"),
            row(f"{name}, queued ÷ idle", full / calm, "×", MOST),
        ]
    rows.append(row("jobs still waiting at the end", _waiting(client, uuids), "", ">= 1"))
    return rows


def run(
    count: int = 20, jobs: int = JOBS, models: tuple[str, ...] = ("fake", "kokoro", "piper")
) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "beside") as stack:
        return beside(stack, models, count, jobs)


if __name__ == "__main__":
    show(run())
