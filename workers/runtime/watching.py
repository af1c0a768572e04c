"""Engines as they are leased, watched while they speak: how long they take, and for how much audio."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, cast

from ttsplatform import tracing
from ttsplatform.counting import count
from workers.engines.base import AudioChunk, Cancelled, Engine, Utterance
from workers.pipelines.base import Engines


def watched(model: str, engine: Engine) -> Engine:
    """The engine, which counts under its model's name while it speaks."""
    return cast(Engine, WatchedEngine(model, engine))


class WatchedEngine:
    """An engine whose `speak` is counted under its model's name; all else is the engine's own."""

    def __init__(self, model: str, engine: Engine) -> None:
        self._model = model
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """As the engine's own. What the listener takes between chunks does not count."""
        chunks = iter(self._engine.speak(utterance, cancelled))
        busy, samples = 0.0, 0
        span = tracing.start("engine speak", model=self._model, characters=len(utterance.text))
        try:
            while True:
                began = time.monotonic()
                try:
                    chunk = next(chunks, None)
                finally:
                    busy += time.monotonic() - began
                if chunk is None:
                    return
                samples += len(chunk.samples)
                yield chunk
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
            span.note(busy_seconds=round(busy, 4), audio_seconds=round(samples / self._engine.sample_rate, 3))
            span.end()
            count("tts_engine_busy_seconds", busy, model=self._model)
            count("tts_engine_audio_seconds", samples / self._engine.sample_rate, model=self._model)


class WatchedEngines:
    """What a step gets engines from, with those that speak watched."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    @contextlib.contextmanager
    def lease(self, model_id: str) -> Iterator[Engine]:
        with self._engines.lease(model_id) as engine:
            yield watched(model_id, engine)

    def tool(self, model_id: str) -> contextlib.AbstractContextManager[Any]:
        return self._engines.tool(model_id)
