"""Plots as numbers for an SVG that a template draws: no script, and no inline style."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

WIDTH, HEIGHT = 720, 160
GAP = 0.25
"""How much of a column's place stays empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """A bar: where it stands in WIDTH × HEIGHT, and what it tells."""

    x: float
    y: float
    width: float
    height: float
    day: dt.date
    characters: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Plot:
    columns: tuple[Column, ...]
    top: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return sum(column.characters for column in self.columns)


def columns(rows: Sequence[Mapping[str, Any]], *, days: int) -> Plot:
    """A column for each of the last `days` days (UTC), today's last, of rows of {day, characters, jobs}."""
    by_day = {row["day"]: row for row in rows}
    today = timezone.now().date()
    top = max((row["characters"] for row in rows), default=0)
    step = WIDTH / days
    made = []
    for index in range(days):
        day = today - dt.timedelta(days=days - 1 - index)
        row = by_day.get(day.isoformat(), {"characters": 0, "jobs": 0})
        # What was used at all is to be seen, if only as a line.
        height = max(2.0, HEIGHT * row["characters"] / top) if row["characters"] else 0.0
        x = index * step + step * GAP / 2
        made.append(
            Column(
                round(x, 1),
                round(HEIGHT - height, 1),
                round(step * (1 - GAP), 1),
                round(height, 1),
                day,
                row["characters"],
                row["jobs"],
            )
        )
    return Plot(tuple(made), top)
