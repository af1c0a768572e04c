"""Stream sessions in Redis: any web process can serve the next chunk, and a forgotten session goes by itself.

A session belongs to the account that started it; started without a key, it belongs to whoever knows its random id.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from apps.accounts.callers import Caller
from apps.limits.store import StoreDown, store
from ttsplatform.errors import ApiError

from .fields import Manner

# A session that nobody has used for so long is gone.
IDLE_SECONDS = 900
# One chunk at a time. The lock is renewed before each sentence; it outlasts the slowest of them, and a web process that
# dies with it keeps the session closed no longer.
LOCK_MS = 120_000
WAIT_SECONDS = 15.0

_START = "redis.call('HSET', KEYS[1], unpack(ARGV, 2)) redis.call('EXPIRE', KEYS[1], ARGV[1])"
# 0: there is no such session; 1: another chunk is being spoken; else the session's fields.
_TAKE = """
if redis.call('HGET', KEYS[1], 'account') ~= ARGV[1] then return 0 end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 1 end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return redis.call('HMGET', KEYS[1], 'model', 'voice', 'speed', 'buffer')
"""
_RENEW = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('EXPIRE', KEYS[1], ARGV[3])
"""
# A session that was ended meanwhile is not brought back.
_PUT_BACK = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[3] then redis.call('HSET', KEYS[1], 'buffer', ARGV[3]) end
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
_END = """
if redis.call('HGET', KEYS[1], 'account') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


@dataclass
class Held:
    """A session while one request works on it. What `buffer` holds in the end is kept, unless the request fails."""

    session_id: str
    manner: Manner
    buffer: str
    token: str

    async def renew(self) -> None:
        """Raises not_found where the session was ended meanwhile."""
        if not await _run(_RENEW, self.session_id, [self.token, LOCK_MS, IDLE_SECONDS]):
            raise _unknown()


async def start(caller: Caller, manner: Manner) -> str:
    """The id of a new session, impossible to guess."""
    session_id = str(uuid.uuid4())
    fields: list[str | int] = [IDLE_SECONDS, "account", _owner(caller), "buffer", ""]
    fields += ["model", manner.model, "voice", manner.voice, "speed", repr(manner.speed)]
    await _run(_START, session_id, fields)
    return session_id


@contextlib.asynccontextmanager
async def held(caller: Caller, session_id: str) -> AsyncIterator[Held]:
    """The session, for this request alone. Raises not_found, conflict (others are at it for too long)."""
    session_id, token = _canonical(session_id), uuid.uuid4().hex
    until = time.monotonic() + WAIT_SECONDS
    args: list[str | int] = [_owner(caller), token, LOCK_MS, IDLE_SECONDS]
    while (found := await _run(_TAKE, session_id, args)) == 1:
        if time.monotonic() > until:
            message = "Another chunk of this session is still being spoken. Send one chunk after the other."
            raise ApiError("conflict", message, retry_after=1)
        await asyncio.sleep(0.05)
    if found == 0:
        raise _unknown()
    model, voice, speed, buffer = (value.decode() for value in found)
    session = Held(session_id, Manner(model, voice, float(speed)), buffer, token)
    try:
        yield session
    except BaseException:
        with contextlib.suppress(ApiError):
            await asyncio.shield(_run(_PUT_BACK, session_id, [token, IDLE_SECONDS]))
        raise
    if not await asyncio.shield(_run(_PUT_BACK, session_id, [token, IDLE_SECONDS, session.buffer])):
        raise _unknown()


async def end(caller: Caller, session_id: str) -> str:
    """Forget a session; its id. A chunk that is being spoken stops at its next sentence. Raises not_found."""
    session_id = _canonical(session_id)
    if not await _run(_END, session_id, [_owner(caller)]):
        raise _unknown()
    return session_id


def _owner(caller: Caller) -> str:
    return str(caller.account.pk) if caller.account else ""


def _canonical(session_id: str) -> str:
    try:
        return str(uuid.UUID(session_id))
    except ValueError:
        raise _unknown() from None


def _unknown() -> ApiError:
    return ApiError("not_found", "Session not found. POST /api/stream/start makes one.")


async def _run(script: str, session_id: str, args: Sequence[str | int]) -> Any:
    keys = [f"kittentts:session:{{{session_id}}}", f"kittentts:session:{{{session_id}}}:lock"]
    try:
        return await sync_to_async(store().run, thread_sensitive=False)(script, keys, args)
    except StoreDown:
        message = "Stream sessions are briefly unavailable."
        raise ApiError("service_unavailable", message, retry_after=2) from None
