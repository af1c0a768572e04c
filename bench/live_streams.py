"""`python -m bench.live_streams [COUNTS…]`: many streams at the pace of speech, from one listener's point of view.

The fake engine gives a stretch of 0.5 s (or FAKE_CHUNK_SECONDS) every 0.45 s: a tenth faster than it is heard, so that
the engine's own small delays do not add up. Two live workers speak, as each is one interpreter. Listeners are
coroutines of one process on the same machine, and take a part of its cores, which is given. A stretch is late where a
player that began 0.2 s after the first one came would have fallen silent.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.stacks import LiveStack
from workers.engines import registry

from .listener import Heard, Listener
from .live_first import SHARE, first_chunk
from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show, spread
from .texts import TWELVE_WORDS, sentences

PACE = {"FAKE_RTF": "0.9", "FAKE_CHUNK_SECONDS": os.environ.get("FAKE_CHUNK_SECONDS") or "0.5"}
BUFFER_SECONDS = 0.2
STAGGER_SECONDS = 5.0
PATIENCE_SECONDS = 90.0
SHARERS = 50
WANTED = {"model_id": "fake", "language": "en"}
LONG = " ".join(text for text in sentences(8) if len(text) > 20)
"""Some 30 s of the fake engine."""


class Cores:
    """How many cores each part of a stack, and this process, used in a `with`."""

    def __init__(self, stack: LiveStack) -> None:
        self._parts = {"listeners": psutil.Process()}
        self._parts |= {each.name: psutil.Process(each.pid) for each in stack.processes}
        self.used: dict[str, float] = {}

    def _seconds(self) -> dict[str, float]:
        found = {}
        for name, process in self._parts.items():
            family = [process, *(process.children(recursive=True) if name == "postgres" else [])]
            found[name] = sum(sum(each.cpu_times()[:2]) for each in family)
        return found

    @contextmanager
    def counted(self) -> Iterator[None]:
        began, before = time.monotonic(), self._seconds()
        yield
        took, after = time.monotonic() - began, self._seconds()
        self.used = {name: (after[name] - before[name]) / took for name in self._parts}

    def __str__(self) -> str:
        return ", ".join(f"{name} {share:.2f}" for name, share in self.used.items() if share >= 0.01)


async def _listen(stack: LiveStack, key: str, delay: float) -> Heard:
    """What was heard until the end or PATIENCE_SECONDS, whichever came first."""
    heard = Heard(time.monotonic())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), Listener(stack.base_url, key) as listener:
            await asyncio.sleep(delay)
            heard = await listener.ask(LONG, **WANTED)
            while not (await listener.next(heard)).get("final"):
                pass
            heard.whole = True
    except Exception as problem:
        say(f"a stream failed after {heard.seconds:.1f} s of sound: {type(problem).__name__} {problem}")
    return heard


async def _together(stack: LiveStack, key: str, count: int) -> tuple[list[Heard], Cores]:
    delays = [2.0 + STAGGER_SECONDS * number / count for number in range(count)]
    answers = [asyncio.create_task(_listen(stack, key, delay)) for delay in delays]
    await asyncio.sleep(2.0 + STAGGER_SECONDS)
    cores = Cores(stack)
    with cores.counted():
        await asyncio.sleep(10)
    return await asyncio.gather(*answers), cores


def streams(stack: LiveStack, key: str, count: int, target: bool = False) -> list[Row]:
    """`count` streams side by side, begun within five seconds, each of half a minute."""
    say(f"{count} streams at the pace of speech, about 40 s")
    began, cores = asyncio.run(_together(stack, key, count))
    heard = [one for one in began if one.arrivals]
    say(f"cores in use with {count} streams: {cores}")
    name = f"{count} streams"
    rows = [
        row(
            f"{name}: heard to the end",
            sum(one.whole for one in began),
            "",
            f">= {count}" if target else None,
        )
    ]
    if not heard:
        return rows
    delays = [delay for one in heard for delay in one.delays()]
    late = sum(delay > BUFFER_SECONDS for delay in delays)
    rows.append(row(f"{name}: late of {len(delays)} stretches", late, "", "<= 0" if target else None))
    for label, share in (("p95", 0.95), ("p99", 0.99), ("greatest", 1.0)):
        behind = max(0.0, percentile(delays, share)) * 1000
        rows.append(row(f"{name}: behind the clock of the sound, {label}", behind, "ms"))
    rows += spread(f"{name}: first audio (the engine's own is {engine_first():.0f} ms)", firsts(heard))
    rows += [row(f"{name}: cores used by {part}", used, "") for part, used in cores.used.items()]
    return rows


def firsts(heard: list[Heard]) -> list[float]:
    return [one.first_audio for one in heard]


def engine_first() -> float:
    """Milliseconds to the first stretch of the fake engine at this pace, by itself."""
    engine = registry.load("fake")
    engine.rtf, engine.chunk_seconds = (float(value) for value in PACE.values())
    return percentile([first_chunk(engine, "fake", TWELVE_WORDS[0]) for _ in range(10)], 0.5)


async def _turns(stack: LiveStack, key: str, seconds: float) -> list[float]:
    """First audio of many requests while SHARERS listeners keep asking, each again when it has heard its answer."""
    until = time.monotonic() + seconds
    times: list[float] = []

    async def one(number: int) -> None:
        async with Listener(stack.base_url, key) as listener:
            await asyncio.sleep(2.0 + 3.5 * number / SHARERS)
            while time.monotonic() < until:
                text = TWELVE_WORDS[number % len(TWELVE_WORDS)]
                times.append((await listener.answer(text, **WANTED)).first_audio)

    await asyncio.gather(*(one(number) for number in range(SHARERS)))
    return times


def share_of_many(stack: LiveStack, key: str, seconds: float = 20.0) -> list[Row]:
    """What the platform adds to the engine's first stretch while SHARERS streams are heard."""
    say(f"first audio while {SHARERS} streams are heard, {seconds:.0f} s")
    times = asyncio.run(_turns(stack, key, seconds))
    bare = engine_first()
    shares = [each - bare for each in times]
    return spread(
        f"the platform's share, fake, {SHARERS} streams ({len(times)} requests)", shares, target=SHARE
    )


def run(counts: tuple[int, ...] = (100, 200, 300), seconds: float = 20.0) -> list[Row]:
    rows: list[Row] = []
    slots = max(*counts, SHARERS) + 10
    env = {**PACE, "LIVE_SLOTS": str(slots), "LIVE_WORKERS": "2"}
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "streams", env=env) as stack:
        key = key_of(unlimited_client(stack, concurrency=slots + 10))
        rows += share_of_many(stack, key, seconds)
        for count in counts:
            rows += streams(stack, key, count, target=count == 200)
    return rows


if __name__ == "__main__":
    show(run(tuple(int(each) for each in sys.argv[1:]) or (100, 200, 300)))
