"""Which workers there are, what each has in memory and in hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.jobs.models import DrainedWorker
from workers.runtime.naming import unit_of
from workers.runtime.presence import present

from .draining import can_be_drained, workers_drained
from .gauges import live_workers


@dataclass(frozen=True, slots=True)
class Process:
    """`busy`: steps or streams that it has in hand."""

    name: str
    loaded: tuple[str, ...]
    memory_mb: float
    since: dt.datetime
    busy: int

    @property
    def number(self) -> str:
        """What the operating system calls it."""
        return self.name.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Unit:
    """What an operator starts and stops as one: the processes of a kind on one machine."""

    name: str
    queues: tuple[str, ...]
    processes: tuple[Process, ...]
    in_hand: int
    """Steps and streams of all its processes, of those that are gone too."""
    drained: DrainedWorker | None = None

    @property
    def state(self) -> str:
        """working, draining (it finishes what it has) or drained (nothing is lost when it is stopped)."""
        if self.drained is None:
            return "working"
        return "draining" if self.in_hand else "drained"

    @property
    def can_drain(self) -> bool:
        return can_be_drained(self.name)


def fleet() -> list[Unit]:
    """Every unit that lives or is drained, by name. Raises redis.RedisError, django.db.Error."""
    drained = workers_drained()
    busy = _steps() | _streams()
    units: dict[str, list[dict[str, Any]]] = {name: [] for name in drained}
    in_hand: dict[str, int] = {}
    for name, count in busy.items():
        in_hand[unit_of(name)] = in_hand.get(unit_of(name), 0) + count
    for state in present():
        # What an older version says of itself has no name.
        if state.get("unit"):
            units.setdefault(state["unit"], []).append(state)
    return [
        Unit(
            name,
            tuple(sorted({queue for state in states for queue in state["queues"]})),
            tuple(_process(state, busy) for state in sorted(states, key=lambda each: each["pid"])),
            in_hand.get(name, 0),
            drained.get(name),
        )
        for name, states in sorted(units.items())
    ]


def _process(state: dict[str, Any], busy: dict[str, int]) -> Process:
    name = state["process"]
    since = dt.datetime.fromtimestamp(state["since"], dt.UTC)
    return Process(name, tuple(state["loaded"]), state["memory_mb"], since, busy.get(name, 0))


def _steps() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker, count(*) FROM jobs_step WHERE status = 'running' GROUP BY worker")
        return dict(cursor.fetchall())


def _streams() -> dict[str, int]:
    """By process: a live worker's own name goes on behind that."""
    return {name.rpartition(":")[0]: taken for name, (_, taken) in live_workers().items()}
