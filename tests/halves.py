"""`python -m tests.halves`: every test, in two processes side by side, as `make test` runs them.

The first half has whatever starts platforms, waits for things and judges how long they took; the second one computes:
voices, sound, recognisers. The second gives way, so that times in the first are nearly what they would be by itself. Each
has servers and a folder of its own (tests/conftest.py). On a machine with one core they run as one.

The first half is shown as it runs, then the second as a whole, then what failed in either. A test that judges by the
clock may fail for want of the processor alone, so the few that failed are run once more by themselves, and named: what
fails then has failed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from ttsplatform.embedded.process import guarded

REPOSITORY = Path(__file__).resolve().parents[1]
SECOND = ("tests/audio", "tests/engines", "tests/pipelines", "tests/text")
"""What is in none of these folders is in the first half, new folders too."""
TIMED = (
    "tests/engines/test_apart.py",
    "tests/engines/test_cosyvoice2.py",
    "tests/engines/test_indextts2.py",
    "tests/engines/test_interrupting.py",
    "tests/engines/test_light.py",
)
"""Files in those folders that judge by the clock, and so belong to the first half."""
LONG = (
    "tests/dialects/ttsai/test_revoice.py",
    "tests/e2e/test_whole.py",
    "tests/faults/test_revoiced.py",
    "tests/faults/test_transcript.py",
    "tests/reference/test_examples.py",
    "tests/reference/test_programs.py",
)
"""Files of other folders that are mostly speaking and hearing, and wait as long as that takes: the second half's too."""
# A test of the second half may have to wait for the processor.
SECONDS_A_TEST = 1800
NICENESS = 8
"""The second's share where both want a core: a seventh. So it goes on, and its own limits of time hold."""
FEW = 8
"""More failures than these are no lack of the processor."""
_FAILED = re.compile(rb"^(?:\x1b\[[\d;]*m)*(?:FAILED|ERROR) .*$", re.MULTILINE)


def command(*arguments: str) -> list[str]:
    """pytest as a process that dies with this one."""
    return guarded([sys.executable, "-u", "-m", "pytest", *arguments])


def first_half() -> list[str]:
    """Not all but the second's folders: pytest looks into no folder that is ignored, whatever it is told to run there."""
    tests = {path.relative_to(REPOSITORY).parts[:2] for path in (REPOSITORY / "tests").rglob("test_*.py")}
    folders = sorted({"/".join(each) for each in tests} - set(SECOND))
    return command(*folders, *TIMED, *(f"--ignore={file}" for file in LONG))


def second_half() -> list[str]:
    return command(*SECOND, *LONG, *(f"--ignore={file}" for file in TIMED), f"--timeout={SECONDS_A_TEST}")


def main() -> int:
    """Run every test; the exit status is 0 where all passed."""
    if len(os.sched_getaffinity(0)) < 2:
        return subprocess.run(command()).returncode
    with tempfile.TemporaryDirectory() as folder:
        first = [*first_half(), "-o", f"cache_dir={folder}/first"]
        second = [*second_half(), "-o", f"cache_dir={folder}/second"]
        ended = side_by_side(first, second)
        failed = [half for half, status in zip((first, second), ended, strict=True) if status]
        if not failed or set(ended) - {0, pytest.ExitCode.TESTS_FAILED}:
            return int(bool(failed))
        return by_themselves(failed)


def by_themselves(failed: Sequence[Sequence[str]]) -> int:
    """Run again, one after the other, what failed of these pytest commands, each with a cache_dir; 0 where all passed."""
    names = [name for half in failed for name in last_failed(half)]
    if not 0 < len(names) <= FEW:
        return 1
    tell(f"By themselves once more, as these failed beside other tests: {', '.join(names)}")
    ended = [subprocess.run([*half, "--last-failed", "--last-failed-no-failures=none"]) for half in failed]
    if any(each.returncode for each in ended):
        tell("They failed again.")
        return 1
    tell(f"By themselves all of them passed: {', '.join(names)}")
    return 0


def last_failed(half: Sequence[str]) -> list[str]:
    """The tests that failed when this pytest command, which has a cache_dir, last ran."""
    folder = next(each for each in half if each.startswith("cache_dir=")).removeprefix("cache_dir=")
    kept = Path(folder, "v/cache/lastfailed")
    return list(json.loads(kept.read_text())) if kept.exists() else []


def side_by_side(first: Sequence[str], second: Sequence[str], folder: Path = REPOSITORY) -> tuple[int, int]:
    """Run two commands at once; the exit status of each. A second Ctrl-C is not needed to stop them."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        giving_way = subprocess.Popen(
            second, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        give_way(giving_way.pid)
        leading = subprocess.Popen(first, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            shown = show_as_it_comes(leading)
            tell(f"The first half took {time.monotonic() - began:.0f} s; the second is awaited.")
            giving_way.wait()
        except KeyboardInterrupt:
            leading.wait()
            raise
        finally:
            # Its servers and workers die with it.
            giving_way.kill()
            giving_way.wait()
        output.seek(0)
        also = output.read()
    sys.stdout.buffer.write(also)
    failed = _FAILED.findall(shown) + _FAILED.findall(also)
    if failed:
        tell("Failed in both halves together:")
        sys.stdout.buffer.write(b"\n".join(failed) + b"\n")
    tell(
        f"Exit status {leading.returncode} and {giving_way.returncode} after {time.monotonic() - began:.0f} s."
    )
    return leading.returncode, giving_way.returncode


def give_way(pid: int) -> None:
    """Let a process that has just been started have less of the processor than others that want it.

    Where the kernel shares the processor between sessions, a process is nice within its own only: so the session too.
    """
    os.setpriority(os.PRIO_PROCESS, pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS))
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))
    except OSError:
        pass  # a kernel without such groups


def show_as_it_comes(process: subprocess.Popen[bytes]) -> bytes:
    """Pass on what the process writes until it ends; returns all of it."""
    pipe: BinaryIO = process.stdout  # type: ignore[assignment]
    shown = bytearray()
    while data := os.read(pipe.fileno(), 65_536):
        shown += data
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    process.wait()
    return bytes(shown)


def tell(what: str) -> None:
    print(f"\n{what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
