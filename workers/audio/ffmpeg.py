"""Where the ffmpeg binary is, and how to run it without ever hanging on a full pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from functools import cache
from typing import IO

_TAIL_BYTES = 4096
_HEAD_BYTES = 65536


class FFmpegMissing(RuntimeError):
    """No ffmpeg can be run here. The message says how to get one."""


def ffmpeg_path() -> str:
    """The binary: FFMPEG from the environment, else ffmpeg on the PATH, else the one in imageio-ffmpeg's
    wheel."""
    return _find(os.environ.get("FFMPEG", ""))


@cache
def _find(wanted: str) -> str:
    if wanted:
        if found := shutil.which(wanted):
            return found
        raise FFmpegMissing(f"FFMPEG is set to {wanted!r}, which is no program. Correct it, or unset it.")
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise FFmpegMissing(
            "ffmpeg is missing. Install it (apt-get install ffmpeg, or pip install imageio-ffmpeg), "
            "or set FFMPEG to the binary."
        ) from None


class FFmpeg:
    """One running ffmpeg. What it says on stderr is read by a thread, and the end of it kept for messages."""

    def __init__(self, arguments: Sequence[str], *, stdin: bool = False, stdout: bool = False) -> None:
        """`stdin` and `stdout`: whether to open a pipe there. `loglevel` is error unless `arguments` set
        another."""
        self._process = subprocess.Popen(
            [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", *arguments],
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._head = self._tail = b""
        self._reader = threading.Thread(target=self._drain, name="ffmpeg-stderr", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stdin(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def wait(self, seconds: float) -> int:
        """The exit status (negative: the signal). Raises subprocess.TimeoutExpired; then kill it."""
        status = self._process.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self) -> None:
        """End it now, if it still runs, and give back its pipes. May be called twice."""
        if self._process.poll() is None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass  # bytes that the dead process never read
        self._process.wait()
        self._reader.join(5)

    @property
    def complaint(self) -> str:
        """The end of what it said on stderr."""
        return self._tail.decode("utf-8", "replace").strip()

    @property
    def complaint_head(self) -> str:
        """The beginning of what it said on stderr (64 kB), where it describes its input."""
        return self._head.decode("utf-8", "replace")

    def _drain(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        with stderr:
            while block := stderr.read1(_TAIL_BYTES):  # type: ignore[attr-defined]
                if len(self._head) < _HEAD_BYTES:
                    self._head += block
                self._tail = (self._tail + block)[-_TAIL_BYTES:]
