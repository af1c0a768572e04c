"""What was spoken through this API, over all web processes and since Redis was last emptied. No text is kept."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from apps.limits.store import StoreDown, store

KEPT = 50
SHOWN = 10
_TOTALS, _RECENT = "kittentts:{stats}:totals", "kittentts:{stats}:recent"

_RECORD = """
redis.call('HINCRBY', KEYS[1], 'requests', 1)
redis.call('HINCRBYFLOAT', KEYS[1], 'generation', ARGV[1])
redis.call('HINCRBYFLOAT', KEYS[1], 'audio', ARGV[2])
redis.call('LPUSH', KEYS[2], ARGV[3])
redis.call('LTRIM', KEYS[2], 0, ARGV[4] - 1)
"""
_READ = """
local totals = redis.call('HMGET', KEYS[1], 'requests', 'generation', 'audio')
return {totals[1] or '0', totals[2] or '0', totals[3] or '0', redis.call('LRANGE', KEYS[2], 0, ARGV[1] - 1)}
"""


def record(
    *,
    model: str,
    voice: str,
    text_length: int,
    preparing: float,
    load: float,
    generation: float,
    audio: float,
) -> None:
    """Count one generation (a request, or a sentence of a stream); times in seconds. Redis down: not counted."""
    entry = {
        "timestamp": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        "model": model,
        "voice": voice,
        "text_length": text_length,
        "generation_time": round(generation, 3),
        "audio_duration": round(audio, 3),
        # None where the worker had the model loaded already.
        "load_time": round(load, 3),
        "preprocessing_time": round(preparing, 3),
        "rtf": factor(audio, generation),
    }
    args: list[str | int] = [f"{generation:.6f}", f"{audio:.6f}", json.dumps(entry), KEPT]
    try:
        store().run(_RECORD, [_TOTALS, _RECENT], args)
    except StoreDown:
        pass


def generation_stats() -> dict[str, Any]:
    """The document's `generation_stats`, newest request first; zeros while Redis is down."""
    requests, generation, audio, recent = 0, 0.0, 0.0, []
    try:
        found = store().run(_READ, [_TOTALS, _RECENT], [SHOWN])
        requests, generation, audio = int(found[0]), float(found[1]), float(found[2])
        recent = [json.loads(entry) for entry in found[3]]
    except StoreDown:
        pass
    return {
        "total_requests": requests,
        "avg_generation_time": round(generation / requests, 3) if requests else 0.0,
        "avg_rtf": factor(audio, generation),
        "total_audio_generated": round(audio, 2),
        "recent_requests": recent,
    }


def factor(audio: float, generation: float) -> float:
    """Seconds of audio made in a second of work."""
    return round(audio / generation, 2) if generation > 0 else 0.0
