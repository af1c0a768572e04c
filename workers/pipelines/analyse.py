"""Key, tempo and metre of a recording. The answer is in the result, in `analysis`, and as a file that links lead to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from workers.audio.analysis import RATE, Analysis
from workers.audio.analysis import analyse as listen

from . import tooling
from .base import Done, Outcome, Refused, StepContext


def analyse(context: StepContext) -> Outcome:
    """The one step. Raises Refused for silence."""
    heard = listen(block[0] for block in tooling.sound(context, RATE, 1))
    if heard.key is None:
        raise Refused(tooling.SILENT)
    analysis = shown(heard)
    path = context.scratch / "analysis.json"
    path.write_text(json.dumps(analysis))
    return Done(
        {
            "key": context.files.put(path.name, path),
            "filename": path.name,
            "content_type": "application/json",
            "format": "json",
            "duration": round(heard.seconds, 3),
            "analysis": analysis,
        }
    )


def shown(heard: Analysis) -> dict[str, Any]:
    """The document's fields; `bpm` and `time_signature` are null where nothing beats."""
    assert heard.key is not None
    rhythm = heard.rhythm
    return {
        "key": heard.key.name,
        "scale": heard.key.scale,
        "bpm": rhythm.bpm if rhythm else None,
        "time_signature": f"{rhythm.beats}/4" if rhythm else None,
        "camelot": heard.key.camelot,
        "compatible_keys": heard.key.compatible,
        "key_confidence": round(heard.key.sure, 3),
    }


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"analyse": analyse}
