"""`python -m bench [--quick] [PARTS…]`: prints the table, writes bench/results/<time>.json.

Parts that fail are told and left out of the table; the others go on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import (
    chat,
    heard,
    kokoro,
    listening,
    live,
    live_beside,
    live_ends,
    live_first,
    live_streams,
    peers,
    queued,
    saved_voices,
    tools,
    voices,
    watermark,
    webhooks,
    word_times,
)
from .table import Row, machine, say, show

Part = Callable[[bool, str], list[Row]]


def _queued(quick: bool, long_model: str) -> list[Row]:
    sizes = {"sentences_count": 8, "characters": 4000, "posts": 40} if quick else {}
    return queued.run(**sizes, model=long_model)


PARTS: dict[str, Part] = {
    "live": lambda quick, _: live.run(5 if quick else 20),
    "live_first": lambda quick, _: live_first.run(5 if quick else 20),
    "live_streams": lambda quick, _: live_streams.run(*(((50,), 10.0) if quick else ((100, 200), 20.0))),
    "live_ends": lambda quick, _: live_ends.run(*((5, 1) if quick else (50, 5))),
    "live_beside": lambda quick, _: live_beside.run(*((5, 20) if quick else (20, 200))),
    "chat": lambda quick, _: chat.run(4 if quick else 20),
    "kokoro": lambda quick, _: kokoro.run(12 if quick else 60, wer=not quick),
    "peers": lambda quick, _: peers.run(4 if quick else 20),
    "queued": _queued,
    "listening": lambda quick, _: listening.run(4 if quick else 30),
    "heard": lambda quick, _: heard.run(2 if quick else 8),
    "word_times": lambda quick, _: word_times.run(5 if quick else 20),
    "tools": lambda quick, _: tools.run(*((0.5, 2) if quick else (4.0, 5))),
    "voice_match": lambda quick, _: voices.run(quick),
    "voices_http": lambda quick, _: saved_voices.run(*((4, 6) if quick else (12, 30))),
    "webhooks": lambda quick, _: webhooks.run(50 if quick else 1000),
    "watermark": lambda quick, _: watermark.run(5, streams=4) if quick else watermark.run(),
}
"""Each takes whether it must be quick, and the model of the long text."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench", description="Measurements of the platform on this machine."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer sentences, to see that it runs")
    parser.add_argument("--long-model", default="piper", help="which model speaks the 10,000 characters")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
    rows: list[Row] = []
    failed = []
    for name in options.parts or PARTS:
        say(f"== {name}")
        try:
            made = PARTS[name](options.quick, options.long_model)
        except Exception:
            traceback.print_exc()
            failed.append(name)
            continue
        show(made)
        rows += made
    here = machine()
    print(f"\n{here['cpu']}, {here['cores']} cores")
    show(rows)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    target = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.write_text(json.dumps({"machine": here, "rows": rows}, indent=1))
    print(f"written to {target}")
    if failed:
        print(f"failed, see above: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
