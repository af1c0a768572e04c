"""A child process: started, waited for until it answers, stopped, killed, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
LOG_LINES_SHOWN = 15
LOG_BYTES_KEPT = 10_000_000

# The kernel ties PR_SET_PDEATHSIG to the *thread* that forked. This one lives as long as the process, so that
# a child may be started from any thread, and does not die with it.
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


class StartError(RuntimeError):
    """Something did not start. The message says what, why and, where there is one, the remedy."""


@dataclass(frozen=True)
class User:
    """Whom a process runs as, where that is not the supervisor's own user."""

    uid: int
    gid: int


def guarded(command: Sequence[str], user: User | None = None) -> list[str]:
    """The command as one that runs as `user` and dies with this process."""
    identity = [str(user.uid), str(user.gid)] if user else ["-", "-"]
    return [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), *identity, *command]


def bare_environment() -> dict[str, str]:
    """The environment of the servers: only what the guard's Python may need to start, and plain messages."""
    kept = {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
    return {name: value for name, value in kept.items() if value} | {
        "LC_ALL": "C",
        "PATH": "/usr/bin:/bin",
        "TZ": "UTC",
    }


@dataclass
class Process:
    """One child in a session of its own that dies when the supervisor dies, even by `kill -9`.

    `ready` is asked every 50 ms after the start until it says True; `deadline` and `grace` are in seconds.
    Output is appended to the file `log`.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    before_start: Callable[[], None] = lambda: None
    deadline: float = 90.0
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 5.0
    cwd: Path | None = None
    user: User | None = None
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log_start: int = 0
    _session_ended: bool = True

    @property
    def pid(self) -> int:
        """The process id of the running child; StartError where it was never started."""
        if self._child is None:
            raise StartError(f"{self.name} was not started.")
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Start the child and return once it is ready; StartError with its last log lines where it is not."""
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        """Start the child without waiting for it (so that several can start side by side)."""
        if self.running:
            raise StartError(f"{self.name} is already running (pid {self.pid}).")
        self.before_start()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_KEPT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._child = _spawner.submit(self._popen).result()
        self._session_ended = False

    def _popen(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                guarded(self.command, self.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self.cwd,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until the child answers; StartError where it ends or the deadline passes first."""
        give_up = time.monotonic() + self.deadline
        while True:
            if not self.running:
                raise StartError(
                    f"{self.name} ended with status {self.exit_status} while starting.{self.last_words()}"
                )
            if self.ready():
                return
            if time.monotonic() > give_up:
                self.kill_all()
                raise StartError(
                    f"{self.name} did not answer within {self.deadline:.0f} s.{self.last_words()}"
                )
            time.sleep(0.05)

    def last_words(self) -> str:
        """The last lines of this run's log, ready to be appended to a message."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").strip().splitlines()[-LOG_LINES_SHOWN:]
        shown = "".join(f"\n    {line}" for line in lines) or "\n    (nothing)"
        return f"\n  Last lines of {self.log}:{shown}"

    def stop(self) -> None:
        """Ask the child to end; kill what is left of its session after `grace` seconds."""
        self.ask_to_stop()
        self.wait_stopped()

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self.running:
            assert self._child is not None
            self._child.send_signal(self.stop_signal)

    def wait_stopped(self) -> None:
        """Wait `grace` seconds for the child to end, then kill what is left of its session."""
        if self._child is None:
            return
        try:
            self._child.wait(self.grace)
        except subprocess.TimeoutExpired:
            pass
        self.kill_all()

    def kill(self) -> None:
        """`kill -9` of the child itself, as a crash would have it; its own children see to themselves."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def kill_all(self) -> None:
        """`kill -9` of the child and of everything in its session."""
        if self._child is None or self._session_ended:
            return
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # nothing is left of it
        self._child.wait()
        self._session_ended = True

    def restart(self) -> None:
        """Stop the child where it runs, and start it again."""
        self.stop()
        self.start()


def start_together(processes: Iterable[Process]) -> None:
    """Start processes side by side, and return when each of them is ready."""
    starting = list(processes)
    for process in starting:
        process.spawn()
    for process in starting:
        process.wait_ready()
