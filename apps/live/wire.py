"""What web processes and live workers say to each other over Redis.

Each side has one stream of its own (`live:in:<worker>`, `live:out:<web>`), read by one loop. A message is one entry:
`k` its kind, `s` the session (hex), `h` a JSON object, `a` audio bytes. The reader trims what it has read, so that
Redis holds what is on its way and little else; a session's flow control (see `WINDOW_SECONDS`) keeps that small.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# A worker speaks at most this far ahead of what the client has taken. So a slow client slows its own engine, and a
# stream holds at most this much audio in memory, wherever it is.
WINDOW_SECONDS = 20.0
# Both sides renew their sign of life several times within these, in milliseconds.
WORKER_ALIVE_MS = 1500
WEB_ALIVE_MS = 2000
# A slot taken for a session whose worker never heard of it comes free after this.
SLOT_SECONDS = 5.0
STREAM_LENGTH = 20_000
"""Entries at most, for a reader that has died."""
WORKERS = "live:workers"
# Units (workers.runtime.naming) that admit nobody: a copy of the rows of apps.operations.draining.
DRAINED = "live:drained"


def inbox(worker: str) -> str:
    return f"live:in:{worker}"


def outbox(web: str) -> str:
    return f"live:out:{web}"


def worker_alive(worker: str) -> str:
    return f"live:alive:{worker}"


def worker_slots(worker: str) -> str:
    return f"live:slots:{worker}"


def web_alive(web: str) -> str:
    return f"live:web:{web}"


# KEYS: the set of workers. ARGV: session, seconds a slot is kept unheard of. Answers the worker with the smallest
# share of its slots in use, or false: a full house answers at once. One call, so two sessions never share a slot.
ADMIT = """
local now = redis.call('TIME')
local seconds = tonumber(now[1]) + tonumber(now[2]) / 1e6
local best, least = false, 1
for _, worker in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local slots = tonumber(redis.call('GET', 'live:alive:' .. worker) or '0')
  if slots == 0 then
    if redis.call('EXISTS', 'live:in:' .. worker) == 0 then redis.call('SREM', KEYS[1], worker) end
  elseif redis.call('SISMEMBER', 'live:drained', string.match(worker, '^[^:]*')) == 0 then
    local key = 'live:slots:' .. worker
    redis.call('ZREMRANGEBYSCORE', key, '-inf', seconds)
    local share = redis.call('ZCARD', key) / slots
    if share < least then best, least = worker, share end
  end
end
if best then redis.call('ZADD', 'live:slots:' .. best, seconds + tonumber(ARGV[2]), ARGV[1]) end
return best
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a stream, on either side."""

    kind: str
    session: str
    header: Mapping[str, Any] = field(default_factory=dict)
    audio: bytes = b""

    def fields(self) -> dict[bytes | str, bytes | str]:
        """As Redis stores it."""
        made: dict[bytes | str, bytes | str] = {"k": self.kind, "s": self.session}
        if self.header:
            made["h"] = json.dumps(self.header, ensure_ascii=False)
        if self.audio:
            made["a"] = self.audio
        return made


def arrived(answer: Any) -> Iterator[tuple[bytes, Message]]:
    """The (entry id, message) pairs in an answer to XREAD of one stream, in RESP2's shape or RESP3's."""
    streams = answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or []]
    for entries in streams:
        for entry_id, fields in entries[0] if entries and isinstance(entries[0], list) else entries:
            yield entry_id, read(fields)


def read(fields: Mapping[bytes, bytes]) -> Message:
    """The message of a stream's entry."""
    return Message(
        kind=fields[b"k"].decode(),
        session=fields[b"s"].decode(),
        header=json.loads(fields.get(b"h", b"{}")),
        audio=fields.get(b"a", b""),
    )


class Trimming:
    """When a reader trims what it has read: a call to Redis for each message would cost it as much as reading."""

    _ENTRIES, _SECONDS = 64, 0.5

    def __init__(self) -> None:
        self._read = 0
        self._trimmed = time.monotonic()

    def due(self, read: int) -> bool:
        """Whether to trim now, after `read` more entries (0: there was nothing to read)."""
        self._read += read
        now = time.monotonic()
        if not self._read or (self._read < self._ENTRIES and now - self._trimmed < self._SECONDS):
            return False
        self._read, self._trimmed = 0, now
        return True
