"""What works now, in words for customers: nothing of any account, and nothing of how this server is built.

Looked up at most once in `KEPT_SECONDS` by each process, however many people ask.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import redis
from django.conf import settings
from django.db import Error
from django.utils import timezone

from apps.catalog.selectors import models_on_offer
from apps.operations.gauges import of_database, of_valkey
from apps.operations.readiness import readiness

Level = Literal["working", "degraded", "down"]
KEPT_SECONDS = 5.0
LONG_SECONDS = 120.0
"""Orders that have waited for longer make a queue degraded."""
LATE_SECONDS = 300.0
"""The same for webhooks that are due."""
SAID: Mapping[Level, str] = {
    "working": "Everything works.",
    "degraded": "Everything is there, but some of it waits.",
    "down": "Some of it does not work right now.",
}
_LEVELS: tuple[Level, ...] = ("working", "degraded", "down")
_KINDS = {
    "tts": "Speech",
    "stt": "Transcription",
    "enhance": "Enhancement",
    "separate": "Separation",
    "convert": "Another voice",
}
_guard = threading.Lock()
_kept: tuple[float, State] | None = None


@dataclass(frozen=True)
class Component:
    id: str
    name: str
    status: Level
    about: str
    wait_seconds: float | None = None


@dataclass(frozen=True)
class UsableModel:
    """`served_by`: the model that really answers for it."""

    id: str
    name: str
    type: str
    served_by: str


@dataclass(frozen=True)
class State:
    status: Level
    checked_at: dt.datetime
    components: list[Component]
    models: list[UsableModel]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "checked_at": self.checked_at.isoformat()}

    @property
    def kinds(self) -> dict[str, list[UsableModel]]:
        """The models under what they are for."""
        found: dict[str, list[UsableModel]] = {}
        for model in self.models:
            found.setdefault(_KINDS.get(model.type, model.type.capitalize()), []).append(model)
        return found


@dataclass(frozen=True)
class _Seen:
    """`queues` and `live` are None where they could not be looked at."""

    checks: Mapping[str, bool]
    queues: Mapping[str, Mapping[Any, float]] | None
    workers: Mapping[str, Mapping[Any, float]] | None


def state_now() -> State:
    """At most KEPT_SECONDS old; whoever asks while it is being looked up waits for that."""
    global _kept
    with _guard:
        if _kept is None or time.monotonic() > _kept[0]:
            found = _look()
            _kept = (time.monotonic() + KEPT_SECONDS, found)
        return _kept[1]


def forget() -> None:
    """Look again at the next call."""
    global _kept
    with _guard:
        _kept = None


def _look() -> State:
    seen = _see()
    basics = all(seen.checks[name] for name in ("database", "migrations", "valkey", "broker"))
    good, bad = "Requests are answered.", "Requests cannot be answered properly right now."
    components = [
        Component("api", "API", "working" if basics else "down", good if basics else bad),
        *_of_queues(seen),
        _simple(
            seen, "storage", "Storage", "Audio is kept and handed out.", "Audio cannot be stored or fetched."
        ),
        _simple(seen, "database", "Database", "It answers.", "It does not answer."),
    ]
    worst = max((each.status for each in components), key=_LEVELS.index)
    return State(worst, timezone.now(), components, _models())


def _see() -> _Seen:
    checks = {name: bool(check["ok"]) for name, check in readiness.report()["checks"].items()}
    queues = workers = None
    # What is known not to answer is not asked again.
    if checks["database"]:
        try:
            queues = {gauge.name: gauge.values for gauge in of_database()}
        except Error:
            pass
    if checks["valkey"]:
        try:
            workers = {gauge.name: gauge.values for gauge in of_valkey()}
        except redis.RedisError:
            pass
    return _Seen(checks, queues, workers)


def _simple(seen: _Seen, id: str, name: str, good: str, bad: str) -> Component:
    is_well = seen.checks[id]
    return Component(id, name, "working" if is_well else "down", good if is_well else bad)


def _of_queues(seen: _Seen) -> list[Component]:
    speech = sorted({"speech-cpu", *(name for name in settings.READY_QUEUES if name.startswith("speech"))})
    made = [
        _live(seen),
        _queue(seen, "speech", "Queued speech", speech),
        _queue(seen, "tools", "Transcription and audio tools", ["tools"]),
        _webhooks(seen),
    ]
    return [each for each in made if each is not None]


def _live(seen: _Seen) -> Component | None:
    id, name = "live", "Live speech"
    missing = _unserved(seen, id, name, ["live"])
    if missing is not None or not _offered(seen, ["live"]):
        return missing
    assert seen.workers is not None
    slots, taken = seen.workers["tts_live_slots"][()], seen.workers["tts_live_slots_taken"][()]
    if not slots:
        return Component(id, name, "degraded", "It is just being started.")
    if taken >= slots:
        about = "All places are taken: who asks now is told to come again in a moment."
        return Component(id, name, "degraded", about)
    return Component(id, name, "working", "Speech is heard while it is being made.")


def _queue(seen: _Seen, id: str, name: str, queues: list[str]) -> Component | None:
    missing = _unserved(seen, id, name, queues)
    if missing is not None or not _offered(seen, queues):
        return missing
    if seen.queues is None:
        return Component(id, name, "down", "Orders cannot be taken right now.")
    waits = [seen.queues["tts_queue_oldest_wait_seconds"].get((queue,), 0.0) for queue in queues]
    wait = round(max(waits), 1)
    if any(seen.queues["tts_queue_paused"].get((queue,)) for queue in queues):
        about = f"Paused by the operator: orders are taken, and wait. {waited(wait)}"
        return Component(id, name, "degraded", about, wait)
    return Component(id, name, "degraded" if wait > LONG_SECONDS else "working", waited(wait), wait)


def _webhooks(seen: _Seen) -> Component | None:
    id, name = "webhooks", "Webhooks"
    missing = _unserved(seen, id, name, ["io"])
    if missing is not None or not _offered(seen, ["io"]):
        return missing
    if seen.queues is None:
        return Component(id, name, "down", "Messages cannot be sent right now.")
    late = seen.queues["tts_webhooks_late_seconds"][()]
    if late > LATE_SECONDS:
        return Component(id, name, "degraded", f"Messages are {in_words(late)} late.")
    return Component(id, name, "working", "Messages are sent as they come due.")


def _offered(seen: _Seen, queues: list[str]) -> bool:
    """Whether this server has anything to do with these queues."""
    return any(queue in settings.READY_QUEUES or _workers(seen, queue) for queue in queues)


def _unserved(seen: _Seen, id: str, name: str, queues: list[str]) -> Component | None:
    """The component, where nobody works for it."""
    if not _offered(seen, queues) or any(_workers(seen, queue) for queue in queues):
        return None
    about = "No worker is there: orders are taken, and wait."
    if seen.workers is None:
        about = "Nobody can say: the workers cannot be asked right now."
    elif id == "live":
        about = "No worker is there: live speech is answered by an error."
    return Component(id, name, "down", about)


def _workers(seen: _Seen, queue: str) -> float:
    return (seen.workers or {}).get("tts_worker_processes", {}).get((queue,), 0)


def _models() -> list[UsableModel]:
    return [
        UsableModel(offer.model.id, offer.model.name, offer.model.type, offer.served_by)
        for offer in models_on_offer()
        if offer.served_by and offer.model.type in _KINDS
    ]


def waited(seconds: float) -> str:
    """How long orders wait, in a sentence."""
    if seconds < 3:
        return "Work begins at once."
    return f"The order that has waited longest has waited for {in_words(seconds)}."


def in_words(seconds: float) -> str:
    for size, name in ((3600, "hour"), (60, "minute"), (1, "second")):
        count = int(seconds // size)
        if count or size == 1:
            return f"{count} {name}{'' if count == 1 else 's'}"
    raise AssertionError
