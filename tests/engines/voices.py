"""Recordings and utterances for the tests of engines that speak in recorded voices."""

from __future__ import annotations

import importlib
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workers.engines.base import AudioChunk, Engine, Utterance

RATE = 24_000


def recording(seed: int = 0, seconds: float = 2.0) -> np.ndarray:
    """Noise below a voice-like hum: nobody's voice, and another one for each seed."""
    rng = np.random.default_rng(seed)
    time_ = np.arange(round(seconds * RATE)) / RATE
    hum = np.sin(2 * np.pi * (90 + 40 * seed) * time_) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time_))
    return (0.2 * hum + 0.02 * rng.normal(size=len(time_))).astype(np.float32)


def voice(seed: int = 0, text: str = "", **more: Any) -> dict[str, Any]:
    """Options of an utterance in a recorded voice."""
    data = {"kind": "reference", "key": f"voices/{seed}.wav", "text": text, "samples": recording(seed)}
    return {"voice_data": {**data, **more}}


def said(engine: Engine, text: str, options: dict[str, Any], **settings: Any) -> list[AudioChunk]:
    """Everything the engine says."""
    return list(engine.speak(Utterance(text, "", "en", options=options, **settings), lambda: False))


def samples(chunks: list[AudioChunk]) -> np.ndarray:
    return np.concatenate([chunk.samples for chunk in chunks]) if chunks else np.zeros(0, np.float32)


def stops(engine: Engine, text: str, options: dict[str, Any], after: int) -> tuple[list[AudioChunk], float]:
    """What is heard where `cancelled` is True from its `after`th question on, and the seconds it took."""
    asked = iter(range(after))
    began = time.monotonic()
    heard = list(engine.speak(Utterance(text, "", "en", options=options), lambda: next(asked, None) is None))
    return heard, time.monotonic() - began


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> Iterator[None]:
    """Fake packages, written as files and importable: `stand_in(folder, patch, package__module="code")`."""
    for name, code in modules.items():
        *parents, last = name.split("__")
        place = folder.joinpath(*parents)
        place.mkdir(parents=True, exist_ok=True)
        for depth in range(1, len(parents) + 1):
            (folder.joinpath(*parents[:depth]) / "__init__.py").touch()
        (place / f"{last}.py").write_text(textwrap.dedent(code))
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    yield
    for name in modules:
        root = name.split("__")[0]
        for loaded in [each for each in sys.modules if each == root or each.startswith(f"{root}.")]:
            del sys.modules[loaded]
