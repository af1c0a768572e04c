"""`python -m bench [--quick]`: prints the table, writes bench/results/<time>.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import time
from pathlib import Path
from typing import Any

from . import live, queued


def verdict(row: dict[str, Any]) -> str:
    """Whether a row with a target such as ">= 0.9" reaches it."""
    if "target" not in row:
        return ""
    relation, bound = row["target"].split()
    good = row["value"] >= float(bound) if relation == ">=" else row["value"] <= float(bound)
    return f"{row['target']:>8}  {'reached' if good else 'MISSED'}"


def cpu_name() -> str:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench", description="Measurements of the platform on this machine."
    )
    parser.add_argument("--quick", action="store_true", help="fewer sentences, to see that it runs")
    parser.add_argument("--long-model", default="piper", help="which model speaks the 10,000 characters")
    options = parser.parse_args()
    sizes = {"sentences_count": 8, "characters": 4000, "posts": 40} if options.quick else {}
    rows = [*live.run(5 if options.quick else 20), *queued.run(**sizes, model=options.long_model)]
    machine = {"cpu": cpu_name(), "cores": len(os.sched_getaffinity(0)), "python": platform.python_version()}
    print(f"\n{machine['cpu']}, {machine['cores']} cores")
    for row in rows:
        print(f"{row['what']:<48}{row['value']:>10.2f} {row['unit']:<4}{verdict(row)}")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    target = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))
    print(f"written to {target}")


if __name__ == "__main__":
    main()
