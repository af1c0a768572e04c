"""Servers of an earlier run that are still there, although their supervisor is not."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def command_line(pid: int) -> list[str]:
    """The arguments of a running process; empty where there is none or it is not ours to see."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0")
    except OSError:
        return []
    return text.split("\0") if text else []


def processes_in(folder: Path) -> list[int]:
    """The processes whose working folder is `folder`, as far as we may see them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_until_left(folder: Path, seconds: float) -> None:
    """Wait until no process works in `folder`; those still there after `seconds` are killed."""
    give_up = time.monotonic() + seconds
    while left := processes_in(folder):
        if time.monotonic() > give_up:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def end_leftover(pid_file: Path, mark: str) -> None:
    """End the process that `pid_file` names, if `mark` is in its command line, and remove the file.

    A process id may have gone to some stranger since: without `mark` in its command line only the file goes.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    give_up = time.monotonic() + 10
    sent = signal.SIGTERM
    while any(mark in word for word in command_line(pid)) and time.monotonic() < give_up:
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            break
        sent = signal.SIGQUIT if sent == signal.SIGTERM else signal.SIGKILL
        for _ in range(20):
            if not command_line(pid):
                break
            time.sleep(0.1)
    pid_file.unlink(missing_ok=True)
