"""`make run` from the outside: it ends with spoken audio, stops when told, and leaves nothing behind when killed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import remove
from ttsplatform.embedded.demo import read_keys
from ttsplatform.embedded.places import reachable_by_others

REPOSITORY = Path(__file__).resolve().parents[2]
RUNNING = "The platform is running."
DEADLINE = 240

pytestmark = pytest.mark.slow


class Supervisor:
    """One `python -m ttsplatform.embedded` in a folder, with the servers of its own."""

    def __init__(self, folder: Path, *, python: str = sys.executable, **variables: str) -> None:
        ours = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "VAR_DIR", "PORT")
        self.environment = {name: value for name, value in os.environ.items() if name not in ours}
        self.environment |= {"VAR_DIR": str(folder), **variables}
        self.folder = folder
        self.python = python
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, user: int | None = None) -> None:
        """Start it, and return when it says that the platform is running."""
        output = self.folder / "output"
        with output.open("wb") as out:
            self.child = subprocess.Popen(
                [self.python, "-m", "ttsplatform.embedded"],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                user=user,
                group=pwd.getpwuid(user).pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        give_up = time.monotonic() + DEADLINE
        while RUNNING not in output.read_text():
            assert self.child.poll() is None, output.read_text()
            assert time.monotonic() < give_up, output.read_text()
            time.sleep(0.1)

    def refused(self) -> str:
        """What it says when it does not start."""
        command = [self.python, "-m", "ttsplatform.embedded"]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, timeout=DEADLINE
        )
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout

    def send(self, number: signal.Signals) -> int:
        """Send it a signal and wait for its end; its exit status."""
        assert self.child is not None
        self.child.send_signal(number)
        return self.child.wait(60)

    def left(self) -> list[str]:
        """The command lines of all processes that belong to the folder, once they have had a moment to go."""
        give_up = time.monotonic() + 15
        while (found := processes_of(self.folder)) and time.monotonic() < give_up:
            time.sleep(0.1)
        return found


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes with `folder` in their arguments, or as VAR_DIR in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if int(entry.name) != os.getpid() and (
            f"{folder}/".encode() in arguments or f"VAR_DIR={folder}\0".encode() in environment
        ):
            found.append(arguments.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture
def folder(run_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    place = run_folder / request.node.name
    place.mkdir()
    yield place
    remove(place)


def test_it_speaks_is_killed_starts_again_with_the_same_keys_and_stops(folder: Path) -> None:
    supervisor = Supervisor(folder)
    supervisor.start()
    keys = read_keys(folder / "dev.env")
    assert keys is not None
    assert (folder / "dev.env").stat().st_mode & 0o077 == 0
    hello = (folder / "hello.mp3").read_bytes()
    assert len(hello) > 5_000
    assert hello[:3] == b"ID3" or hello[0] == 0xFF

    said = Supervisor(folder).refused()  # a second one in the same folder
    assert f"already runs from {folder} (process {supervisor.child and supervisor.child.pid})" in said

    supervisor.send(signal.SIGKILL)
    assert supervisor.left() == []  # not one orphan, though nobody stopped them

    supervisor.start()  # and what was killed starts again
    assert read_keys(folder / "dev.env") == keys
    assert supervisor.send(signal.SIGTERM) == 0
    assert supervisor.left() == []


def test_a_port_that_was_asked_for_and_is_taken_is_a_clear_error(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        supervisor = Supervisor(folder, PORT=str(port))
        assert f"Port {port} is taken" in supervisor.refused()
        assert supervisor.left() == []


def test_it_works_for_an_ordinary_user(folder: Path) -> None:
    """Where the tests do not run as root, the test above has shown it already; this one then shows it once more."""
    if os.geteuid() != 0:
        supervisor, user = Supervisor(folder), None
    else:
        if not reachable_by_others(REPOSITORY) or not reachable_by_others(folder):
            pytest.skip("this checkout lies in a folder that other users cannot enter")
        user = pwd.getpwnam("nobody").pw_uid
        os.chown(folder, user, -1)
        supervisor = Supervisor(folder, HOME=str(folder), **python_for_others(folder))
    supervisor.start(user)
    assert (folder / "hello.mp3").stat().st_size > 5_000
    assert (folder / "hello.mp3").stat().st_uid == (os.geteuid() if user is None else user)
    assert supervisor.send(signal.SIGINT) == 0
    assert supervisor.left() == []


def python_for_others(folder: Path) -> dict[str, str]:
    """`python`, and the variables it needs: this interpreter, or where others cannot reach it (a private home) a copy of it."""
    if reachable_by_others(Path(sys.executable).resolve().parent):
        return {"python": sys.executable}
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    copy = folder / "python"
    leave_out = shutil.ignore_patterns(
        "test", "tests", "site-packages", "__pycache__", "*.a", "idlelib", "tkinter"
    )
    shutil.copytree(
        Path(sys.base_prefix) / "lib" / name, copy / "lib" / name, ignore=leave_out, symlinks=True
    )
    for library in (Path(sys.base_prefix) / "lib").glob("libpython*.so*"):
        shutil.copy(library, copy / "lib")
    (copy / "bin").mkdir()
    shutil.copy(Path(sys.executable).resolve(), copy / "bin" / name)
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return {
        "python": str(copy / "bin" / name),
        "PYTHONPATH": os.pathsep.join(packages),
        "LD_LIBRARY_PATH": str(copy / "lib"),
    }
