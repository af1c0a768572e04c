"""Engines go to whoever's listener would fall silent first."""

from __future__ import annotations

import threading
import time

import pytest

from workers.runtime.urgency import NotWanted, Urgency


def test_the_most_urgent_of_those_who_wait_is_next_and_only_so_many_run() -> None:
    urgency, order, running, most = Urgency(1), [], 0, 0
    lock = threading.Lock()

    def work(name: str, due: float) -> None:
        nonlocal running, most
        with urgency.turn(due):
            with lock:
                running += 1
                most = max(most, running)
                order.append(name)
            time.sleep(0.02)
            with lock:
                running -= 1

    with urgency.turn(0.0):
        threads = []
        for name, due in (("ten seconds ahead", 10.0), ("just begun", 0.0), ("a second ahead", 1.0)):
            threads.append(threading.Thread(target=work, args=(name, due)))
            threads[-1].start()
            time.sleep(0.02)
    for thread in threads:
        thread.join(5)
    assert order == ["just begun", "a second ahead", "ten seconds ahead"]
    assert most == 1


def test_without_a_limit_nobody_waits() -> None:
    urgency = Urgency(0)
    with urgency.turn(0.0), urgency.turn(0.0), urgency.turn(0.0):
        pass


def test_a_failure_gives_the_turn_on() -> None:
    urgency = Urgency(1)
    try:
        with urgency.turn(0.0):
            raise RuntimeError
    except RuntimeError:
        pass
    with urgency.turn(0.0):
        pass


def test_whoever_is_not_wanted_any_more_stops_waiting_and_keeps_nobody_back() -> None:
    urgency, over, ended = Urgency(1), threading.Event(), threading.Event()

    def wait() -> None:
        with pytest.raises(NotWanted), urgency.turn(0.0, over.is_set):
            pass
        ended.set()

    with urgency.turn(0.0):
        threading.Thread(target=wait).start()
        time.sleep(0.02)
        over.set()
        assert ended.wait(1)
    with urgency.turn(5.0):
        pass
