"""The bare engine in a loop: what the platform is measured against."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any


def _loop(texts: Queue[str | None], start: Barrier, spoken: Any, threads: int) -> None:
    from workers.engines import registry
    from workers.engines.base import Utterance

    engine = registry.load("kokoro", threads=threads)
    engine.warm()
    start.wait()
    while (text := texts.get()) is not None:
        samples = 0
        for chunk in engine.speak(Utterance(text, "af_bella", "en"), lambda: False):
            samples += len(chunk.samples)
        with spoken.get_lock():
            spoken.value += samples / engine.sample_rate


def bare_seconds(texts: list[str], processes: int, threads: int = 1) -> tuple[float, float]:
    """(seconds it took, seconds of audio) for `texts` spoken by warm engines in `processes` processes."""
    context = multiprocessing.get_context("spawn")
    queue: Queue[str | None] = context.Queue()
    start, spoken = context.Barrier(processes + 1), context.Value("d", 0.0)
    for text in [*texts, *[None] * processes]:
        queue.put(text)
    loops = [context.Process(target=_loop, args=(queue, start, spoken, threads)) for _ in range(processes)]
    for loop in loops:
        loop.start()
    start.wait()
    began = time.monotonic()
    for loop in loops:
        loop.join()
    return time.monotonic() - began, float(spoken.value)
