"""A child says why it did not start, stops when asked, and is started again when it dies."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ttsplatform.embedded.lock import FolderLock
from ttsplatform.embedded.places import free_port, port_is_free
from ttsplatform.embedded.process import Process, StartError
from ttsplatform.embedded.secrets_file import load_or_make
from ttsplatform.embedded.watchdog import Watchdog


def python(tmp_path: Path, code: str, **options: object) -> Process:
    return Process("child", [sys.executable, "-c", code], dict(os.environ), tmp_path / "child.log", **options)  # type: ignore[arg-type]


def test_a_child_that_ends_at_once_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    child = python(tmp_path, "print('the disk is full'); raise SystemExit(3)", ready=lambda: False)
    with pytest.raises(StartError, match=r"status 3(?s:.*)the disk is full"):
        child.start()


def test_a_child_that_never_answers_is_an_error_and_is_ended(tmp_path: Path) -> None:
    child = python(tmp_path, "import time; time.sleep(600)", ready=lambda: False, deadline=0.3)
    with pytest.raises(StartError, match="did not answer within"):
        child.start()
    assert not child.running


def test_last_words_are_of_this_run_only(tmp_path: Path) -> None:
    (tmp_path / "child.log").write_text("old trouble\n")
    child = python(tmp_path, "raise SystemExit(1)", ready=lambda: False)
    with pytest.raises(StartError) as caught:
        child.start()
    assert "old trouble" not in str(caught.value)


def test_a_stubborn_child_and_its_children_are_ended(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True); time.sleep(600)"
    )
    log = tmp_path / "child.log"
    child = python(tmp_path, code, ready=lambda: bool(log.read_text().strip()), grace=0.3)
    child.start()
    grandchild = int(log.read_text())
    child.stop()
    assert child.exit_status == -signal.SIGKILL
    assert not_running(grandchild)


def test_the_watchdog_starts_a_dead_child_again(tmp_path: Path) -> None:
    lines: list[str] = []
    child = python(tmp_path, "import time; time.sleep(600)")
    child.start()
    watchdog = Watchdog([child], lines.append)
    watchdog.look()
    assert lines == []
    first = child.pid
    child.kill()
    watchdog.look()
    assert child.running
    assert child.pid != first
    assert "signal 9" in lines[0]
    assert "is back" in lines[1]
    child.kill()  # again, too soon: now there is a pause first
    watchdog.look()
    assert not child.running
    child.stop()


def test_one_holder_of_a_folder(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.take()
    with pytest.raises(StartError, match=f"process {os.getpid()}"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    made = load_or_make(tmp_path / "secrets.json")
    assert load_or_make(tmp_path / "secrets.json") == made
    assert len(set(made.values())) == len(made)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_free_ports_are_free_and_outside_the_range_of_clients() -> None:
    port = free_port()
    assert port_is_free(port)
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert port < lowest


def not_running(pid: int) -> bool:
    """Whether the process is gone, or will be in a moment."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
