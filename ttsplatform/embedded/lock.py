"""One supervisor a folder: a lock that the kernel gives back however its holder ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from .process import StartError


class FolderLock:
    """Holds `folder/lock` from `take()` to `release()`; its text is the holder's process id."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "lock"
        self._held: IO[str] | None = None

    def take(self) -> None:
        """Take the lock, if it is not ours yet; StartError, naming its holder, where another process has it."""
        if self._held is not None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle = self.file.open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise StartError(
                f"The platform already runs from {self.file.parent} (process {holder}). Stop that one first, "
                f"or give this one a folder of its own: VAR_DIR=/some/folder make run"
            ) from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        self._held = handle

    def release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
