"""`make test` runs every test in two processes: none is left out, none runs twice, and neither's failure is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.halves import (
    FEW,
    LONG,
    NICENESS,
    REPOSITORY,
    SECOND,
    TIMED,
    by_themselves,
    command,
    first_half,
    second_half,
    side_by_side,
)


def files_of(command: list[str]) -> list[Path]:
    """The test files that a half is told to run."""
    paths = command[command.index("pytest") + 1 :]
    ignored = {REPOSITORY / each.removeprefix("--ignore=") for each in paths if each.startswith("--ignore=")}
    files: list[Path] = []
    for path in (REPOSITORY / each for each in paths if each.startswith("tests")):
        files += [path] if path.is_file() else path.rglob("test_*.py")
    return [file for file in files if file not in ignored]


def test_each_file_is_in_one_half() -> None:
    assert sorted(files_of(first_half()) + files_of(second_half())) == sorted(
        (REPOSITORY / "tests").rglob("test_*.py")
    )
    assert all((REPOSITORY / each).exists() for each in (*SECOND, *TIMED, *LONG))


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (0, 1), (5, 0)])
def test_how_each_half_ended_is_told(
    first: int, second: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def half(name: str, ends: int) -> list[str]:
        said = f"echo FAILED tests/{name}.py::test; " if ends else f"echo {name} passed; "
        return ["sh", "-c", f"{said} exit {ends}"]

    assert side_by_side(half("first", first), half("second", second)) == (first, second)
    told = capfdbinary.readouterr().out
    for name, ends in ((b"first", first), (b"second", second)):
        assert told.count(b"FAILED tests/" + name) == (2 if ends else 0), "as it comes, and at the end"
        assert (name + b" passed" in told) == (not ends)


def test_the_second_gives_way(tmp_path: Path) -> None:
    code = f"import os; open({str(tmp_path / 'nice')!r}, 'w').write(str(os.getpriority(os.PRIO_PROCESS, 0)))"
    waiting = f"import time; time.sleep(0.3); {code}"
    assert side_by_side(["true"], [sys.executable, "-c", waiting]) == (0, 0)
    assert int((tmp_path / "nice").read_text()) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


def test_an_interruption_ends_the_second_too(tmp_path: Path) -> None:
    # Whoever is started in the background may have been told to ignore the key.
    program = (
        "import signal, sys; from tests.halves import side_by_side\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "stop = 'import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(0.1)'\n"
        "side_by_side([sys.executable, '-c', stop], ['sleep', '600'])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, timeout=60)
    assert b"KeyboardInterrupt" in done.stderr


def half_that_fails(folder: Path, tests: str) -> list[str]:
    """A pytest command, as a half is one, that has run and failed."""
    (folder / "test_these.py").write_text(tests)
    half = [*command(str(folder)), "-p", "no:django", f"--rootdir={folder}", "-o", f"cache_dir={folder}/kept"]
    assert subprocess.run(half, cwd=folder, capture_output=True).returncode == pytest.ExitCode.TESTS_FAILED
    return half


@pytest.mark.parametrize(("busy", "status"), [(True, 0), (False, 1)])
def test_what_failed_runs_again_by_itself_and_decides(busy: bool, status: int, tmp_path: Path) -> None:
    tests = (
        "from pathlib import Path\n"
        "ran = Path(__file__).with_name('ran')\n"
        "def test_it_has_failed_before():\n"
        "    before = ran.exists(); ran.touch(); assert before\n"
        "def test_that_passed_is_left_alone():\n"
        "    assert not ran.with_name('alone').exists(); ran.with_name('alone').touch()\n"
    )
    never = "def test_it_never_passes():\n    assert False\n"
    assert by_themselves([half_that_fails(tmp_path, tests if busy else tests + never)]) == status


def test_many_failures_are_not_tried_again(tmp_path: Path) -> None:
    half = half_that_fails(
        tmp_path,
        "import pytest\nfrom pathlib import Path\n"
        f"@pytest.mark.parametrize('n', range({FEW + 1}))\n"
        "def test_it(n):\n    ran = Path(__file__).with_name(f'ran{n}'); before = ran.exists(); ran.touch(); assert before\n",
    )
    assert by_themselves([half]) == 1
