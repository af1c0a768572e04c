"""Starts a child again when it dies: at once the first time, then after longer and longer pauses."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .process import Process, StartError

LONGEST_PAUSE = 30.0
FORGIVEN_AFTER = 60.0


@dataclass
class _Record:
    falls: int = 0
    fell_at: float = 0.0
    try_at: float = 0.0


class Watchdog:
    """Call `look()` a few times a second; `say` gets a line for each fall and each restart."""

    def __init__(self, processes: Sequence[Process], say: Callable[[str], None]) -> None:
        self.processes = processes
        self.say = say
        self._records = {process.name: _Record() for process in processes}

    def look(self) -> None:
        """Restart each process that has died and whose pause is over."""
        for process in self.processes:
            if not process.running:
                self._see_to(process, self._records[process.name])

    def _see_to(self, process: Process, record: _Record) -> None:
        now = time.monotonic()
        if not record.try_at:
            record.falls = 1 if now - record.fell_at > FORGIVEN_AFTER else record.falls + 1
            record.fell_at = now
            pause = min(LONGEST_PAUSE, 2.0 ** (record.falls - 2)) if record.falls > 1 else 0.0
            record.try_at = now + pause
            self.say(f"{process.name} ended ({how_it_ended(process)}); starting it again in {pause:.0f} s")
        if now < record.try_at:
            return
        record.try_at = 0.0
        try:
            process.restart()
        except StartError as problem:
            self.say(str(problem))
        else:
            self.say(f"{process.name} is back (pid {process.pid})")


def how_it_ended(process: Process) -> str:
    """`status 1`, or `signal 9`."""
    status = process.exit_status
    return f"signal {-status}" if status is not None and status < 0 else f"status {status}"
