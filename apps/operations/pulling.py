"""Models that staff pull from their pages: asked for in Valkey, fetched beside the work of a worker that serves `io`.

Such a worker may reach the outside and has the models' folder. It runs `manage.py models pull NAME` in a process of its
own, so nothing of the pull stays in the worker, and looks for orders by itself: a hint would wait behind its steps. One
pull a model: an order that waits or is worked on is the answer to a second one. How it goes is kept under one key a
model, which is gone half a minute after its puller.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO

import redis
from django.conf import settings

from apps.live import wire
from ttsplatform.embedded.process import guarded
from workers.engines import store

logger = logging.getLogger(__name__)

_ASKED_SECONDS = 600
_RUNNING_SECONDS = 30
_ENDED_SECONDS = 24 * 3600
LOOK_SECONDS = 1.0
REST_SECONDS = 3.0
COMMAND = (sys.executable, "manage.py", "models", "pull")
# KEYS: a model's key. ARGV: the states in which it may be written over, the new value, seconds that it is kept.
# "" stands for no state. Answers 1 where it was written.
_MOVE = """
local kept = redis.call('GET', KEYS[1])
local state = kept and cjson.decode(kept).state or ''
if not string.find(ARGV[1], '|' .. state .. '|', 1, true) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Pull:
    """`state`: asked, running, done or failed. `done` of `total` bytes, 0 where that is not known beforehand.

    `said`: the last line of the pull, or why it failed.
    """

    state: str
    by: str
    at: float
    done: int = 0
    total: int = 0
    said: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.state in {"asked", "running"}


def pull_ask(model_id: str, *, by: str) -> bool:
    """Order a pull. False where one is under way. Raises redis.RedisError."""
    return _move(model_id, ("", "done", "failed"), Pull("asked", by, time.time()), _ASKED_SECONDS)


def pulls(model_ids: Iterable[str]) -> dict[str, Pull]:
    """What is known of pulls, by model. Raises redis.RedisError."""
    ids = list(model_ids)
    values: list[bytes | None] = _client(settings.REDIS_URL).mget([_key(id) for id in ids]) if ids else []  # type: ignore[assignment]
    return {id: Pull(**json.loads(value)) for id, value in zip(ids, values, strict=True) if value}


class Puller:
    """Fetches for one process, one model after another; `unit` is the worker's name (workers.runtime.naming)."""

    def __init__(self, unit: str) -> None:
        self._unit = unit

    def start(self, model_ids: Iterable[str]) -> None:
        """Look for orders of these models for as long as the process lives. Returns at once."""
        threading.Thread(target=self._run, args=[list(model_ids)], name="pulls", daemon=True).start()

    def _run(self, model_ids: list[str]) -> None:
        while True:
            time.sleep(REST_SECONDS)
            try:
                self.work(model_ids)
            except redis.RedisError:
                logger.debug("pulls wait for Valkey", exc_info=True)
            except Exception:
                logger.exception("a pull broke off")

    def work(self, model_ids: list[str]) -> int:
        """Pull what was ordered and nobody has begun; how many it was. Raises redis.RedisError."""
        count = 0
        for model_id, order in pulls(model_ids).items():
            if order.state != "asked" or self._is_drained():
                continue
            running = replace(order, state="running", total=_total(model_id))
            if _move(model_id, ("asked",), running, _RUNNING_SECONDS):
                _pull(model_id, running)
                count += 1
        return count

    def _is_drained(self) -> bool:
        return bool(_client(settings.REDIS_URL).sismember(wire.DRAINED, self._unit))


def _pull(model_id: str, running: Pull) -> None:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            # Not one that goes on unseen when its worker is killed.
            guarded([*COMMAND, model_id]),
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=_environment(),
        )
        logger.info("pull begun", extra={"model": model_id})
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS)
                    break
                now = replace(running, done=_fetched(model_id), said=_last(out))
                with contextlib.suppress(redis.RedisError):
                    _move(model_id, ("", "asked", "running"), now, _RUNNING_SECONDS)
        finally:
            process.kill()
            process.wait()
        good = process.returncode == 0
        said = "Installed." if good else _why(err, process.returncode)
        ended = replace(
            running, state="done" if good else "failed", done=running.total, said=said, at=time.time()
        )
    logger.info("pull ended", extra={"model": model_id, "state": ended.state})
    _move(model_id, ("", "asked", "running"), ended, _ENDED_SECONDS)


def _environment() -> dict[str, str]:
    """A worker looks for models on its own disk alone; this is what brings them there."""
    offline = {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}
    kept = {name: value for name, value in os.environ.items() if name not in offline}
    return kept | {"PYTHONUNBUFFERED": "1", "MODELS_DIR": str(settings.MODELS_DIR)}


def _why(err: IO[bytes], status: int) -> str:
    """What the command said last, for people."""
    return _last(err).removeprefix("CommandError: ") or f"The pull ended with status {status}."


def _last(stream: IO[bytes]) -> str:
    """The last line that the process has written; its own place in the file stays."""
    size = os.fstat(stream.fileno()).st_size
    tail = os.pread(stream.fileno(), 4000, max(0, size - 4000)).decode("utf-8", "replace")
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return lines[-1][:500] if lines else ""


def _fetched(model_id: str) -> int:
    """Bytes that lie in the pull's scratch folders."""
    weights = store.weights_for(model_id)
    found = 0
    for folder in (Path(settings.MODELS_DIR) / ".tmp").glob(f"{weights.name}-*") if weights else ():
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):
                found += path.stat().st_size if path.is_file() else 0
    return found


def _total(model_id: str) -> int:
    weights = store.weights_for(model_id)
    return (weights.bytes or 0) if weights else 0


def _move(model_id: str, before: tuple[str, ...], after: Pull, seconds: int) -> bool:
    allowed = "".join(f"|{state}" for state in before) + "|"
    client = _client(settings.REDIS_URL)
    return bool(client.eval(_MOVE, 1, _key(model_id), allowed, json.dumps(asdict(after)), str(seconds)))


def _key(model_id: str) -> str:
    return f"models:pull:{model_id}"


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
