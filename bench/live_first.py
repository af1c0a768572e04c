"""`python -m bench.live_first`: first audio through /ws/tts beside the bare engine's first chunk, in the same run.

For each sentence in turn: the engine alone in this process (with as many threads as the live worker gives it), then
the platform, so that both meet the same machine. The share is what the platform adds to the engine.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.stacks import LiveStack
from workers.engines import registry
from workers.engines.base import Engine, Utterance
from workers.engines.catalogue import catalogue

from .listener import Listener
from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show, spread
from .texts import TWELVE_WORDS

WARM = 3
"""Answers before those that count."""
TARGETS = {"kokoro": "<= 300", "piper": "<= 120"}
SHARE = "<= 15"
"""Milliseconds that the platform may add, at the median."""


def live_threads(stack: LiveStack) -> int:
    """With how many threads an engine of the stack's live worker computes."""
    return int(stack.environment.get("LIVE_THREADS") or 2)


def voice_of(model: str) -> str:
    """The voice that speaks English where none is named."""
    return catalogue().models[model].default_voices["en"]


def first_chunk(engine: Engine, model: str, text: str) -> float:
    """Milliseconds to an engine's first chunk."""
    began = time.monotonic()
    chunks = engine.speak(Utterance(text, voice_of(model), "en"), lambda: False)
    next(iter(chunks))
    took = (time.monotonic() - began) * 1000
    for _ in chunks:
        pass
    return took


async def _beside(
    stack: LiveStack, key: str, engine: Engine, model: str, count: int
) -> dict[str, list[float]]:
    wanted: dict[str, Any] = {"model_id": model, "language": "en"}
    times: dict[str, list[float]] = {"bare": [], "socket": [], "connect": []}
    async with Listener(stack.base_url, key) as listener:
        for number in range(count + WARM):
            text = TWELVE_WORDS[number % len(TWELVE_WORDS)]
            bare = first_chunk(engine, model, text)
            heard = await listener.answer(text, **wanted)
            if number >= WARM:
                times["bare"].append(bare)
                times["socket"].append(heard.first_audio)
    for number in range(max(3, count // 4)):
        began = time.monotonic()
        async with Listener(stack.base_url, key) as listener:
            heard = await listener.answer(TWELVE_WORDS[number % len(TWELVE_WORDS)], **wanted)
            times["connect"].append((heard.arrivals[0][0] - began) * 1000)
    return times


def first_rows(stack: LiveStack, key: str, model: str, count: int) -> list[Row]:
    """First audio of one listener, one sentence after another."""
    say(f"first audio of {model} through /ws/tts, {count} sentences")
    engine = registry.load(model, threads=live_threads(stack))
    engine.warm()
    try:
        times = asyncio.run(_beside(stack, key, engine, model, count))
    finally:
        engine.close()
    share = percentile(times["socket"], 0.5) - percentile(times["bare"], 0.5)
    name = f"first audio, /ws/tts, {model}, 12 words"
    return [
        *spread(name, times["socket"], target=TARGETS.get(model)),
        row(f"{name}, with the connect, p50", percentile(times["connect"], 0.5), "ms"),
        row(f"bare engine's first chunk, {model}, p50", percentile(times["bare"], 0.5), "ms"),
        row(f"the platform's share, {model}, 1 stream, p50", share, "ms", SHARE if model == "fake" else None),
    ]


def run(count: int = 20) -> list[Row]:
    """The fake engine (as fast as it goes), Kokoro, Piper."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "first") as stack:
        key = key_of(unlimited_client(stack))
        for model in ("fake", "kokoro", "piper"):
            rows += first_rows(stack, key, model, count)
    return rows


if __name__ == "__main__":
    show(run())
