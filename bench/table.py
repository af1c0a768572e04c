"""Rows of figures: how they are made, shown and kept."""

from __future__ import annotations

import os
import platform
import re
import time
from pathlib import Path
from typing import Any

Row = dict[str, Any]
"""`what`, `value`, `unit`; `target` such as ">= 0.9" where there is one."""


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0…1) of the values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def row(what: str, value: float, unit: str = "", target: str | None = None) -> Row:
    made: Row = {"what": what, "value": value, "unit": unit}
    return made if target is None else {**made, "target": target}


def spread(what: str, values: list[float], unit: str = "ms", target: str | None = None) -> list[Row]:
    """The median (which the target is for) and the 95th percentile."""
    return [
        row(f"{what}, p50", percentile(values, 0.5), unit, target),
        row(f"{what}, p95", percentile(values, 0.95), unit),
    ]


def verdict(row: Row) -> str:
    """Whether a row with a target such as ">= 0.9" reaches it."""
    if "target" not in row:
        return ""
    relation, bound = row["target"].split()
    good = row["value"] >= float(bound) if relation == ">=" else row["value"] <= float(bound)
    return f"{row['target']:>8}  {'reached' if good else 'MISSED'}"


def show(rows: list[Row]) -> None:
    for each in rows:
        print(f"{each['what']:<64}{each['value']:>10.2f} {each['unit']:<4}{verdict(each)}", flush=True)


def say(what: str) -> None:
    """Tell whoever waits what is being done."""
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def machine() -> dict[str, Any]:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    return {
        "cpu": found[1] if found else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }
