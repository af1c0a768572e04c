"""How each part of the platform is run, and how one sees that it is ready."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import redis

from .process import Process

if TYPE_CHECKING:
    from .stack import Stack

REPOSITORY = Path(__file__).resolve().parents[2]
WEB_CONNECTIONS = "20"
# A file that is missing in a model's folder is missing: no library goes and looks for it elsewhere.
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
# Audio in base64 does not get smaller by compression. Pings find clients that have vanished without a word.
SOCKET_OPTIONS = (
    *("--ws", "websockets-sansio", "--ws-max-size", "1048576", "--ws-per-message-deflate", "false"),
    # A client that plays as it reads sees a ping only after the sound before it.
    *("--ws-ping-interval", "20", "--ws-ping-timeout", "60"),
)


def web(stack: Stack) -> Process:
    """One uvicorn; ready when it answers its health check with 200."""
    command = ["uvicorn", "ttsplatform.asgi:application", "--host", "127.0.0.1", "--port", str(stack.port)]
    # Our own TRUSTED_PROXIES decides who may name a caller's address, not uvicorn's trust in 127.0.0.1.
    command += [
        "--no-proxy-headers",
        "--no-server-header",
        "--no-access-log",
        "--timeout-graceful-shutdown",
        "3",
        *SOCKET_OPTIONS,
    ]
    return _process(
        stack,
        "web",
        ["-m", *command],
        ready=lambda: _healthy(f"{stack.base_url}/v1/health/"),
        DATABASE_POOL=stack.environment.get("DATABASE_POOL", WEB_CONNECTIONS),
    )


def speech_workers(stack: Stack) -> Process:
    """A Celery worker with a process a core; ready when each of them has announced itself."""
    command = ["celery", "-A", "ttsplatform.celery", "worker", "-Q", stack.queues, "--pool=prefork"]
    command += [f"--concurrency={stack.speech_workers}", "-n", "speech@%h"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    presence = _Presence(stack.environment["REDIS_URL"], "worker", stack.speech_workers)
    return _process(
        stack,
        "workers",
        ["-m", *command],
        ready=presence.complete,
        before_start=presence.forget,
        WORKER_QUEUES=stack.queues,
        **OFFLINE,
    )


def live_worker(stack: Stack, number: int = 0) -> Process:
    """A worker of live streams; ready when all of them have announced themselves."""
    presence = _Presence(stack.environment["REDIS_URL"], "live", stack.live_workers)
    return _process(
        stack,
        f"live-{number + 1}" if number else "live",
        ["manage.py", "live_worker"],
        ready=presence.complete,
        before_start=presence.forget,
        **OFFLINE,
    )


def reaper(stack: Stack) -> Process:
    """The reaper; ready when it has announced itself."""
    presence = _Presence(stack.environment["REDIS_URL"], "reaper", 1)
    return _process(
        stack, "reaper", ["manage.py", "reaper"], ready=presence.complete, before_start=presence.forget
    )


def _process(
    stack: Stack,
    name: str,
    arguments: list[str],
    *,
    ready: Callable[[], bool],
    before_start: Callable[[], None] = lambda: None,
    **variables: str,
) -> Process:
    return Process(
        name=name,
        command=[sys.executable, *arguments],
        environment={**stack.environment, **variables},
        log=stack.logs / f"{name}.log",
        ready=ready,
        before_start=before_start,
        cwd=REPOSITORY,
    )


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


class _Presence:
    """The keys by which running processes show themselves. Those of an earlier start are forgotten first."""

    def __init__(self, url: str, name: str, count: int) -> None:
        self.client = redis.Redis.from_url(url, socket_timeout=5, decode_responses=True)
        self.pattern = f"presence:{name}:*"
        self.count = count

    def complete(self) -> bool:
        """Whether `count` processes have announced themselves."""
        return len(self._keys()) >= self.count

    def forget(self) -> None:
        if keys := self._keys():
            self.client.delete(*keys)

    def _keys(self) -> list[str]:
        return list(self.client.scan_iter(self.pattern, count=500))
