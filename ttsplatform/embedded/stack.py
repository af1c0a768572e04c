"""The whole platform on one machine: servers, web, speech workers and reaper, as one thing."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from . import secrets_file
from .lock import FolderLock
from .places import free_port
from .postgres import Postgres
from .process import Process, StartError, guarded, start_together
from .roles import REPOSITORY, live_worker, reaper, speech_workers, web
from .valkey import Valkey


class Stack:
    """The platform in `var_dir`; `with Stack(path) as stack:` starts it, and stops it at the end.

    `env` is laid over our own environment; an empty value unsets. Where DATABASE_URL or REDIS_URL is set
    after that, that server is used instead of an embedded one. `durable=False` trades safety against a crash
    of the machine for speed. `port=None` takes any free one; `speech_workers=0` starts no workers. LIVE_WORKERS
    processes speak live streams, one unless it is set: each fills a core at some hundred streams at the pace of speech.
    """

    def __init__(
        self,
        var_dir: Path,
        *,
        port: int | None = None,
        speech_workers: int | None = None,
        # Models that want a GPU are served here, too: slowly on a machine without one, but they are.
        queues: str = "speech-cpu,speech-gpu,tools,io",
        env: dict[str, str] | None = None,
        durable: bool = True,
        database: str = "ttsplatform",
    ) -> None:
        self.var_dir = var_dir.resolve()
        self.port = port or free_port()
        self.speech_workers = len(os.sched_getaffinity(0)) if speech_workers is None else speech_workers
        self.queues = queues
        self.durable = durable
        self.database = database
        self.logs = self.var_dir / "log"
        self.environment = {name: value for name, value in {**os.environ, **(env or {})}.items() if value}
        self.live_workers = int(self.environment.get("LIVE_WORKERS", "1"))
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self._platform: dict[str, Process] = {}
        self.lock = FolderLock(self.var_dir)

    def start(self) -> None:
        """Start everything, and return when each part answers.

        StartError, with everything stopped again, where one does not.
        """
        try:
            self.start_servers()
            self.migrate()
            self.start_platform()
        except BaseException:
            self.stop()
            raise

    def start_servers(self) -> None:
        """Lock the folder, start PostgreSQL and Valkey where none are named, complete the environment."""
        self.lock.take()
        secrets = secrets_file.load_or_make(self.var_dir / "secrets.json")
        if "DATABASE_URL" not in self.environment:
            password = secrets["POSTGRES_PASSWORD"]
            self.postgres = Postgres(
                self.var_dir / "postgres", self.logs / "postgres.log", password=password, durable=self.durable
            )
            self.environment["DATABASE_URL"] = self.postgres.url(self.database)
        if "REDIS_URL" not in self.environment:
            password = secrets["VALKEY_PASSWORD"]
            self.valkey = Valkey(
                self.var_dir / "valkey", self.logs / "valkey.log", password=password, durable=self.durable
            )
            self.environment["REDIS_URL"] = self.valkey.url
        start_together(self._servers())
        if self.postgres is not None:
            self.postgres.ensure_database(self.database)
        for name in ("SECRET_KEY", "API_KEY_PEPPER", "LINK_SECRET"):
            self.environment.setdefault(name, secrets[name])
        programs = Path(sys.executable).parent
        self.environment |= {
            "TTSPLATFORM_MODE": "embedded",
            "DJANGO_SETTINGS_MODULE": "ttsplatform.settings",
            "VAR_DIR": str(self.var_dir),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{programs}:{self.environment.get('PATH', '/usr/bin:/bin')}",
        }
        self.environment.setdefault("MODELS_DIR", str(REPOSITORY / "models"))

    def migrate(self) -> None:
        """Bring the tables up to date; at once where our own PostgreSQL has seen these very migrations."""
        seen = self.postgres.home / f"migrated-{self.database}" if self.postgres is not None else None
        fingerprint = fingerprint_of_migrations()
        if seen is not None and seen.exists() and seen.read_text() == fingerprint:
            return
        self.manage("migrate", "--noinput", "--verbosity", "0")
        if seen is not None:
            seen.write_text(fingerprint)

    def start_platform(self) -> None:
        """Start web, workers and reaper side by side. The database must have been migrated."""
        live = [live_worker(self, number) for number in range(self.live_workers)]
        workers = [speech_workers(self), *live] if self.speech_workers else []
        self._platform = {process.name: process for process in (web(self), *workers, reaper(self))}
        start_together(self._platform.values())

    def stop(self) -> None:
        """Stop everything: first the platform, then the servers under it."""
        for group in (self._platform.values(), self._servers()):
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.wait_stopped()
        self.lock.release()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def web(self) -> Process:
        return self._platform["web"]

    @property
    def workers(self) -> Process:
        return self._platform["workers"]

    @property
    def live(self) -> Process:
        return self._platform["live"]

    @property
    def reaper(self) -> Process:
        return self._platform["reaper"]

    @property
    def processes(self) -> list[Process]:
        """All children, the servers first."""
        return [*self._servers(), *self._platform.values()]

    def _servers(self) -> list[Process]:
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def manage(self, *arguments: str) -> str:
        """The output of `manage.py` with `arguments`; StartError with its last lines where it fails."""
        command = guarded([sys.executable, "manage.py", *arguments])
        done = subprocess.run(command, cwd=REPOSITORY, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            lines = "".join(f"\n    {line}" for line in done.stderr.strip().splitlines()[-15:])
            raise StartError(f"manage.py {' '.join(arguments)} failed with status {done.returncode}:{lines}")
        return done.stdout


def fingerprint_of_migrations() -> str:
    """A hash that changes when a migration of ours, or the version of a package with its own, changes; or which of
    its apps are installed."""
    versions = [importlib.metadata.version(name) for name in ("django", "django-allauth")]
    settings = (REPOSITORY / "ttsplatform" / "settings.py").read_text()
    apps = re.findall(r'^    "((?:django|allauth)\b[\w.]*)",$', settings, re.MULTILINE)
    digest = hashlib.sha256(" ".join(versions + apps).encode())
    for file in sorted(REPOSITORY.glob("apps/**/migrations/*.py")):
        digest.update(f"{file.relative_to(REPOSITORY)}\0".encode() + file.read_bytes())
    return digest.hexdigest()
