"""What the staff's dashboard shows: the last hour as lines, and what is so at this moment in words.

A source that does not answer leaves its panels without figures, and says so.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from apps.jobs.pausing import queues_paused

from . import gauges, series
from .charts import Chart, Points, amount, chart
from .fleet import Unit, fleet
from .rates import Sample, by_first, earlier, gained, minutes_between, quantile, real_time_factors

MINUTES = series.MINUTES
# Of so many bookings the newest are looked at for the top accounts, so that a long history makes no look dearer.
BOOKINGS = 20_000
_TOP = """
SELECT account.name, account.id, sum(recent.charged)::bigint, count(*)
FROM (SELECT account_id, charged, kind, created_at FROM usage_ledgerentry ORDER BY id DESC LIMIT %s) recent
JOIN accounts_account account ON account.id = recent.account_id
WHERE recent.kind = 'commit' AND recent.created_at > now() - interval '24 hours'
GROUP BY account.id, account.name ORDER BY 3 DESC, account.id LIMIT 8
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """`now`: the present value in words. `rows` under `heads`, where it has a table."""

    id: str
    title: str
    now: str
    chart: Chart | None = None
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    id: str
    characters: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Board:
    """`missing`: sources that did not answer."""

    at: dt.datetime
    panels: list[Panel]
    units: list[Unit]
    accounts: list[Account] | None
    missing: list[str] = field(default_factory=list)


def board(*, with_accounts: bool) -> Board:
    """The whole page's figures; accounts only for those who may see accounts."""
    missing: list[str] = []

    def ask(name: str, source: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return source()
        except (Error, redis.RedisError, OSError):
            missing.append(name)
            return otherwise

    found = [*ask("PostgreSQL", gauges.of_database, []), *ask("Valkey", gauges.of_valkey, [])]
    now: Sample | None = None
    samples: list[Sample] = []
    if not missing:
        samples, now = ask("Valkey", lambda: (series.kept(), series.look(found)), ([], None))
    samples = samples if now else []
    panels = [
        *(_counted(samples, now) if now else []),
        _queues(samples, now) if now else None,
        _waits(samples, now) if now else None,
        _storage(ask("the disk of the audio", gauges.of_storage, [])),
    ]
    units = ask("the workers", fleet, []) if not missing else []
    accounts = ask("the ledger", _top_accounts, []) if with_accounts else None
    return Board(timezone.now(), [each for each in panels if each], units, accounts, missing)


def _counted(samples: list[Sample], now: Sample) -> list[Panel]:
    before = earlier(samples, now)
    gain = gained(before, now) if before else None
    minutes = minutes_between(before, now) if before else None
    hour = _since(samples, now)
    return [
        _requests(samples, now, gain, minutes),
        _first_audio(samples, now, hour),
        _factors(samples, now, hour),
        _errors(samples, now, hour),
    ]


Gain = Mapping[str, Mapping[str, float]]


def _requests(samples: list[Sample], now: Sample, gain: Gain | None, minutes: float | None) -> Panel:
    kinds = {"2xx": "answered", "3xx": "led on", "4xx": "refused", "5xx": "failed"}
    points = {
        words: _points(samples, now, lambda g, m, k=kind: g.get("requests", {}).get(k, 0.0) / m)
        for kind, words in kinds.items()
    }
    lines = {
        words: line
        for words, line in points.items()
        if words == "answered" or any(value for _, value in line)
    }
    if gain is None or not minutes:
        words = "Known a minute after the reaper has begun to count."
    else:
        made = gain.get("requests", {})
        every = sum(made.values())
        words = f"{amount(every / minutes, digits=1)} a minute"
        if every:
            words += f", of which {100 * made.get('5xx', 0.0) / every:.1f} % failed"
    return Panel("requests", "Requests a minute", words, chart(lines, digits=1))


def _first_audio(samples: list[Sample], now: Sample, hour: Gain) -> Panel:
    def at(share: float) -> Points:
        return _points(samples, now, lambda gain, _: quantile(gain.get("first_audio", {}), share))

    half, most = (quantile(hour.get("first_audio", {}), share) for share in (0.5, 0.95))
    words = "Nobody has listened live in the last hour."
    if half is not None and most is not None:
        words = f"In the last hour half began within {_ms(half)}, 95 of 100 within {_ms(most)}"
    return Panel("first-audio", "First audio", words, chart({"p50": at(0.5), "p95": at(0.95)}, "s", 2))


def _factors(samples: list[Sample], now: Sample, hour: Gain) -> Panel:
    factors = real_time_factors(hour)
    lines = {
        model: _points(samples, now, lambda gain, _, m=model: real_time_factors(gain).get(m))
        for model in factors
    }
    words = "Nothing was spoken in the last hour."
    if factors:
        worst = max(factors, key=lambda model: factors[model])
        words = f"A second of sound takes at most {factors[worst]:.2f} s of work ({worst})"
    rows = tuple(
        (model, f"{factor:.2f}", amount(hour["audio"][model] / 60, "min", 1))
        for model, factor in sorted(factors.items())
    )
    heads = ("Model", "Factor, last hour", "Sound")
    return Panel("factors", "Real-time factor by model", words, chart(lines, digits=2), heads, rows)


def _errors(samples: list[Sample], now: Sample, hour: Gain) -> Panel:
    codes = {code: count for code, count in hour.get("errors", {}).items() if count > 0}
    lines = {
        code: _points(samples, now, lambda gain, m, c=code: gain.get("errors", {}).get(c, 0.0) / m)
        for code in codes
    }
    words = f"{amount(sum(codes.values()))} in the last hour" if codes else "None in the last hour."
    most_first = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    rows = tuple((code, amount(count)) for code, count in most_first)
    return Panel("errors", "Errors by code", words, chart(lines, digits=1), ("Code", "Last hour"), rows)


def _queues(samples: list[Sample], now: Sample) -> Panel:
    paused = queues_paused()
    queued, running, oldest = (now.levels.get(name, {}) for name in ("queued", "running", "oldest"))
    waits = by_first(_since(samples, now).get("waits", {}))
    rows = []
    for queue in sorted(queued):
        usual = quantile(waits.get(queue, {}), 0.95)
        row = paused.get(queue)
        state = (
            "open"
            if row is None
            else f"paused by {row.by or 'the command line'}: {row.reason or 'no reason given'}"
        )
        rows.append(
            (
                queue,
                amount(queued[queue]),
                amount(running.get(queue, 0.0)),
                _span(oldest.get(queue, 0.0)),
                "–" if usual is None else _span(usual),
                state,
            )
        )
    words = f"{amount(sum(queued.values()))} wait, {amount(sum(running.values()))} are worked on"
    live = now.levels.get("live", {})
    if live.get("slots"):
        words += f". Live: {amount(live['taken'])} of {amount(live['slots'])} places taken"
    lines = {queue: _levels(samples, now, "queued", queue) for queue in queued}
    heads = ("Queue", "Waiting", "With workers", "Longest wait now", "95 of 100 waited less", "State")
    return Panel("queues", "Queues", words, chart(lines), heads, tuple(rows))


def _waits(samples: list[Sample], now: Sample) -> Panel:
    oldest = now.levels.get("oldest", {})
    lines = {queue: _levels(samples, now, "oldest", queue) for queue in oldest}
    worst = max(oldest, key=lambda queue: oldest[queue], default="")
    words = "Nothing waits."
    if worst and oldest[worst] >= 1:
        words = f"What has waited longest has waited for {_span(oldest[worst])} ({worst})"
    return Panel("waits", "Wait by queue", words, chart(lines, "s"))


def _storage(found: Iterable[gauges.Gauge]) -> Panel:
    values = {gauge.name: gauge.values[()] for gauge in found}
    if settings.MEDIA_STORE != "local":
        return Panel("storage", "Storage", f"Audio is in the bucket {settings.S3_BUCKET}.")
    if not values:
        return Panel("storage", "Storage", "The disk of the audio does not answer.")
    free, size = values["tts_storage_free_bytes"], values["tts_storage_size_bytes"]
    words = f"{free / 1e9:,.1f} GB of {size / 1e9:,.1f} GB are free ({100 * free / size:.0f} %)"
    return Panel("storage", "Storage", words)


def _top_accounts() -> list[Account]:
    with connection.cursor() as cursor:
        cursor.execute(_TOP, [BOOKINGS])
        return [Account(name, str(id), characters, jobs) for name, id, characters, jobs in cursor.fetchall()]


def _since(samples: list[Sample], now: Sample) -> dict[str, dict[str, float]]:
    """What was gained over the hour, from each sample to the next, so that a loss in between costs only itself."""
    total: dict[str, dict[str, float]] = {}
    every = [*samples, now]
    for before, after in itertools.pairwise(every):
        for name, labels in gained(before, after).items():
            sums = total.setdefault(name, {})
            for label, much in labels.items():
                sums[label] = sums.get(label, 0.0) + much
    return total


Measure = Callable[..., float | None]


def _points(samples: list[Sample], now: Sample, measure: Measure) -> Points:
    """A value for each two neighbours, at the later one; `measure(what was gained, minutes)`."""
    every = _steady(samples, now)
    points: list[tuple[float, float | None]] = []
    for before, after in itertools.pairwise(every):
        minutes = minutes_between(before, after)
        points.append((_x(after, now), measure(gained(before, after), minutes) if minutes else None))
    return points


def _levels(samples: list[Sample], now: Sample, name: str, label: str) -> Points:
    points: list[tuple[float, float | None]] = []
    before: Sample | None = None
    for sample in [*samples, now]:
        if before is not None and minutes_between(before, sample) is None:
            points.append((_x(sample, now), None))
        points.append((_x(sample, now), sample.levels.get(name, {}).get(label, 0.0)))
        before = sample
    return points


def _steady(samples: list[Sample], now: Sample) -> list[Sample]:
    """With `now` in place of the last samples that are too near to it for a rate that holds still."""
    return [*(each for each in samples if now.at - each.at >= 20), now]


def _x(sample: Sample, now: Sample) -> float:
    return max(0.0, 1 - (now.at - sample.at) / (MINUTES * 60))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
