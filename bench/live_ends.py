"""`python -m bench.live_ends`: how soon everybody knows when a client leaves, a worker dies, a web process dies.

That the engine has stopped is seen where a worker gives back the slot: after its thread has left the engine. The
Redis that holds the slots is asked every 5 ms.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from pathlib import Path

import redis.asyncio
import requests

from tests.stacks import LiveStack

from .listener import Heard, Listener, Refused
from .live_streams import LONG, PACE, WANTED
from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show

KEEP_ON = f"{LONG} {LONG}"
"""A minute of speech, in sentences: an engine that is not stopped goes on for long."""
POLL_SECONDS = 0.005
CHARACTER_SECONDS = 0.06
"""How long the fake engine sounds for each character."""
LONGEST_PIECE = 220
"""Characters that are spoken, and charged, in one go."""


async def _free(store: redis.asyncio.Redis, began: float, limit: float = 30.0) -> float:
    """Milliseconds since `began` at which no slot was taken any more; infinite after `limit` seconds.

    A slot is a lease: those of a worker that was killed have run out, and count as little as they do for callers.
    """
    while time.monotonic() - began < limit:
        names = [name async for name in store.scan_iter("live:slots:*")]
        if sum([await store.zcount(name, time.time(), "+inf") for name in names]) == 0:
            return (time.monotonic() - began) * 1000
        await asyncio.sleep(POLL_SECONDS)
    return math.inf


async def _leave(stack: LiveStack, key: str, model: str, count: int) -> list[float]:
    took = []
    async with redis.asyncio.Redis.from_url(stack.environment["REDIS_URL"]) as store:
        for number in range(count):
            listener = Listener(stack.base_url, key)
            async with listener:
                await listener.beginning(KEEP_ON, model_id=model, language="en")
                # Somewhere in what the engine does next, each time elsewhere.
                await asyncio.sleep(0.05 + 0.9 * number / count)
                began = time.monotonic()
                leaving = asyncio.create_task(listener.close())
                took.append(await _free(store, began))
                await leaving
    return took


def closed_sockets(stack: LiveStack, key: str, model: str, count: int) -> list[Row]:
    """From a client's closing its socket in mid-sentence to the engine's rest."""
    say(f"{count} sockets closed in mid-sentence, {model}")
    took = asyncio.run(_leave(stack, key, model, count))
    quick = sum(each <= 200 for each in took)
    name = f"closed socket → engine stopped, {model}"
    return [
        row(f"{name}, p50", percentile(took, 0.5), "ms"),
        row(f"{name}, longest", max(took), "ms"),
        row(f"{name}, of {count} within 200 ms", quick, "", f">= {count}"),
    ]


def _balance(stack: LiveStack, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return int(requests.get(f"{stack.base_url}/v1/account/", headers=headers, timeout=30).json()["balance"])


async def _lose_worker(stack: LiveStack, key: str) -> tuple[float, Heard]:
    async with Listener(stack.base_url, key) as listener:
        heard = await listener.beginning(KEEP_ON, **WANTED)
        await asyncio.sleep(1.0)
        killed = time.monotonic()
        stack.live.kill()
        try:
            async with asyncio.timeout(30):
                while not (await listener.next(heard)).get("final"):
                    pass
        except Refused:
            return (time.monotonic() - killed) * 1000, heard
        except TimeoutError:
            pass
        return math.inf, heard


def killed_workers(stack: LiveStack, count: int) -> list[Row]:
    """From `kill -9` of the live worker to the client's error frame; and what its account was charged."""
    say(f"the live worker killed {count} times")
    took, overcharged = [], 0
    for _ in range(count):
        key, granted = stack.account(characters=100_000), 100_000
        milliseconds, heard = asyncio.run(_lose_worker(stack, key))
        took.append(milliseconds)
        stack.live.restart()
        most = math.ceil(heard.seconds / CHARACTER_SECONDS) + LONGEST_PIECE
        give_up = time.monotonic() + 10
        while (charged := granted - _balance(stack, key)) > most and time.monotonic() < give_up:
            time.sleep(0.1)
        overcharged += charged > most
        say(f"told after {milliseconds:.0f} ms; charged {charged} characters for {heard.seconds:.1f} s heard")
    return [
        row(f"live worker killed → client told, median of {count}", percentile(took, 0.5), "ms"),
        row(f"live worker killed → client told, longest of {count}", max(took), "ms", "<= 2000"),
        row("charged for more than the piece in hand", overcharged, "", "<= 0"),
    ]


async def _lose_web(stack: LiveStack, key: str) -> float:
    async with redis.asyncio.Redis.from_url(stack.environment["REDIS_URL"]) as store:
        listener = Listener(stack.base_url, key)
        try:
            async with listener:
                await listener.beginning(KEEP_ON, **WANTED)
                await asyncio.sleep(0.5)
                killed = time.monotonic()
                stack.web.kill()
                return await _free(store, killed)
        except OSError:
            return math.inf


def killed_webs(stack: LiveStack, key: str, count: int) -> list[Row]:
    """From `kill -9` of the web process to the worker's free slot."""
    say(f"the web process killed {count} times")
    took = []
    for _ in range(count):
        took.append(asyncio.run(_lose_web(stack, key)))
        say(f"slot free after {took[-1]:.0f} ms")
        stack.web.restart()
    return [
        row(f"web process killed → slot free, median of {count}", percentile(took, 0.5), "ms"),
        row(f"web process killed → slot free, longest of {count}", max(took), "ms", "<= 3000"),
    ]


def run(count: int = 50, kills: int = 5) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "ends", env=PACE) as stack:
        key = key_of(unlimited_client(stack))
        for model in ("fake", "kokoro"):
            rows += closed_sockets(stack, key, model, count)
        rows += killed_workers(stack, kills)
        rows += killed_webs(stack, key, kills)
    return rows


if __name__ == "__main__":
    show(run())
