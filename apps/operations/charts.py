"""Lines over the last hour as numbers for an SVG that a template draws: no script, and no inline style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120
MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """`path` is the SVG's; `now` the last value in words. `number` chooses the colour."""

    name: str
    path: str
    now: str
    number: int


@dataclass(frozen=True, slots=True)
class Chart:
    """`top`: what the upper edge stands for, in words. `is_empty`: nothing is known of the last hour."""

    lines: tuple[Line, ...]
    top: str
    left_out: int = 0
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        return not any(line.path for line in self.lines)


Points = Sequence[tuple[float, float | None]]
"""(how far from the left, 0 to 1; the value, or None for a gap), in order."""


def chart(lines: Mapping[str, Points], unit: str = "", digits: int = 0) -> Chart:
    """All lines on one scale, which begins at nothing; of more than MOST_LINES those that are highest."""
    peaks = {
        name: max((v for _, v in points if v is not None), default=0.0) for name, points in lines.items()
    }
    shown = sorted(sorted(lines, key=lambda name: -peaks[name])[:MOST_LINES])
    top = max((peaks[name] for name in shown), default=0.0)
    made = tuple(
        Line(name, _path(lines[name], top or 1.0), _now(lines[name], unit, digits), number)
        for number, name in enumerate(shown)
    )
    return Chart(made, amount(top, unit, digits), len(lines) - len(shown))


def amount(value: float, unit: str = "", digits: int = 0) -> str:
    return f"{value:,.{digits}f}{' ' if unit else ''}{unit}"


def _now(points: Points, unit: str, digits: int) -> str:
    value = points[-1][1] if points else None
    return "–" if value is None else amount(value, unit, digits)


def _path(points: Points, top: float) -> str:
    """Where a value has no neighbour it is a dot: a line of no length with round ends."""
    parts: list[str] = []
    pen_is_up = True
    for place, (x, value) in enumerate(points):
        if value is None:
            pen_is_up = True
            continue
        at = f"{x * WIDTH:.1f} {HEIGHT - value / top * (HEIGHT - 4) - 2:.1f}"
        alone = pen_is_up and (place + 1 == len(points) or points[place + 1][1] is None)
        parts.append(f"M{at}h0.1" if alone else f"{'M' if pen_is_up else 'L'}{at}")
        pen_is_up = False
    return "".join(parts)
