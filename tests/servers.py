"""PostgreSQL and Valkey for the tests of one session."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ttsplatform.embedded.leftovers import command_line
from ttsplatform.embedded.postgres import Postgres
from ttsplatform.embedded.process import start_together
from ttsplatform.embedded.valkey import Valkey

REPOSITORY = Path(__file__).resolve().parents[1]
PASSWORD = "only-for-this-run"


def folder_of_this_run() -> Path:
    """var/test/<process id>, new; those of runs that were killed are removed."""
    root = Path(os.environ.get("VAR_DIR") or REPOSITORY / "var") / "test"
    root.mkdir(parents=True, exist_ok=True)
    for old in root.iterdir():
        if old.name.isdigit() and (not command_line(int(old.name)) or int(old.name) == os.getpid()):
            remove(old)
    folder = root / str(os.getpid())
    folder.mkdir()
    return folder


def remove(folder: Path) -> None:
    """Remove a folder of embedded servers, and the places that its links stand for."""
    for postgres in folder.rglob("postgres"):
        if postgres.is_symlink():
            shutil.rmtree(postgres.resolve().parent, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


class SessionServers:
    """Embedded servers for whatever the environment does not name, and the environment that goes with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    def start(self) -> None:
        """Start them and set the environment variables that Django's settings read."""
        logs = self.folder / "log"
        if not os.environ.get("DATABASE_URL"):
            self.postgres = Postgres(
                self.folder / "postgres", logs / "postgres.log", password=PASSWORD, durable=False
            )
        if not os.environ.get("REDIS_URL"):
            self.valkey = Valkey(
                self.folder / "valkey", logs / "valkey.log", password=PASSWORD, durable=False
            )
        start_together(server for server in (self.postgres, self.valkey) if server)
        if self.postgres:
            os.environ["DATABASE_URL"] = self.postgres.url("postgres")
        if self.valkey:
            os.environ["REDIS_URL"] = self.valkey.url
        os.environ.setdefault("TTSPLATFORM_MODE", "embedded")
        # As in production: the free plan's own.
        os.environ.setdefault("ANONYMOUS_REQUESTS_PER_MINUTE", "0")
        os.environ["VAR_DIR"] = str(self.folder)
        for name in ("SECRET_KEY", "API_KEY_PEPPER", "LINK_SECRET"):
            os.environ.setdefault(name, "for-tests-only")

    def stop(self) -> None:
        """Stop them and remove the folder."""
        for server in (self.postgres, self.valkey):
            if server:
                server.stop()
        remove(self.folder)
