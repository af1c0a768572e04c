"""The host of models: loads once, counts users, puts away what is idle."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from workers.engines.base import AudioChunk, Cancelled, Utterance
from workers.runtime.host import ModelHost


class Silent:
    """An engine that says nothing, slowly if told so, and counts what happens to it."""

    sample_rate = 24_000

    def __init__(self, reentrant: bool = True) -> None:
        self.reentrant = reentrant
        self.at_once = 1
        self.closed = 0
        self.inside = self.most_inside = 0

    def warm(self) -> None:
        pass

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        yield AudioChunk(np.zeros(10, np.float32))

    def close(self) -> None:
        self.closed += 1


class Shelf:
    def __init__(self, *, reentrant: bool = True, seconds: float = 0.0) -> None:
        self.made: dict[str, list[Silent]] = {}
        self.reentrant, self.seconds = reentrant, seconds

    def __call__(self, model_id: str) -> Silent:
        time.sleep(self.seconds)
        engine = Silent(self.reentrant)
        self.made.setdefault(model_id, []).append(engine)
        return engine


def test_a_model_is_loaded_once_even_if_many_ask_at_once() -> None:
    shelf = Shelf(seconds=0.05)
    host = ModelHost(shelf)

    def use() -> None:
        with host.lease("a"):
            time.sleep(0.01)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shelf.made["a"]) == 1
    assert host.loaded == ["a"]


def test_whoever_waits_for_a_model_is_told_how_long() -> None:
    host = ModelHost(Shelf(seconds=0.2))
    waits: dict[str, list[float]] = {"early": [], "late": [], "after": []}

    def use(name: str) -> None:
        with host.lease("a", waits[name].append):
            pass

    early, late = (threading.Thread(target=use, args=[name]) for name in ("early", "late"))
    early.start()
    time.sleep(0.1)
    late.start()
    early.join()
    late.join()
    use("after")
    assert 0.2 <= waits["early"][0] < 0.4
    assert 0.0 < waits["late"][0] < waits["early"][0]
    assert waits["after"] == []
    assert host.load_seconds == {"a": pytest.approx(waits["early"][0], abs=0.02)}


def test_an_engine_that_is_not_reentrant_serves_one_at_a_time() -> None:
    shelf = Shelf(reentrant=False)
    host = ModelHost(shelf)
    inside: list[int] = []
    most: list[int] = []

    def use() -> None:
        with host.lease("a"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


def test_beyond_the_limit_the_longest_unused_goes_and_a_used_one_never() -> None:
    shelf = Shelf()
    host = ModelHost(shelf, most=2)
    with host.lease("a"):
        for name in ("b", "c", "d"):
            with host.lease(name):
                pass
        assert "a" in host.loaded
        assert shelf.made["a"][0].closed == 0
        assert shelf.made["b"][0].closed == 1
    assert len(host.loaded) == 2
    with host.lease("b"):
        assert len(shelf.made["b"]) == 2, "a model that was put away is loaded anew"


def test_idle_models_go() -> None:
    shelf = Shelf()
    host = ModelHost(shelf, idle_seconds=0.0)
    with host.lease("a"):
        pass
    time.sleep(0.01)
    host.tidy()
    assert host.loaded == []
    assert shelf.made["a"][0].closed == 1


def test_a_model_that_cannot_be_loaded_leaves_nothing_behind() -> None:
    calls = []

    def load(model_id: str) -> Silent:
        calls.append(model_id)
        if len(calls) == 1:
            raise OSError("no memory")
        return Silent()

    host = ModelHost(load)
    with pytest.raises(OSError, match="no memory"), host.lease("a"):
        pass
    with host.lease("a"):
        assert host.loaded == ["a"]
