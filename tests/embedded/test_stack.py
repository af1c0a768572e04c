"""A whole platform as the tests and benchmarks use it: each part can be killed and comes back."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.embedded.test_process import not_running
from tests.stacks import LiveStack, StackFactory
from ttsplatform.embedded import StartError
from ttsplatform.embedded.places import free_port

REPOSITORY = Path(__file__).resolve().parents[2]


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


def healthy(stack: LiveStack) -> bool:
    with urllib.request.urlopen(f"{stack.base_url}/v1/health/", timeout=5) as answer:
        return bool(answer.status == 200)


def test_each_part_can_be_killed_and_started_again(stack_factory: StackFactory) -> None:
    stack = stack_factory(speech_workers=2)
    pool = children_of(stack.workers.pid)
    assert len(pool) == 2
    stack.workers.kill()
    assert all(not_running(pid) for pid in pool)  # no worker goes on without its master
    stack.workers.restart()
    assert len(children_of(stack.workers.pid)) == 2
    assert stack.postgres is not None
    assert stack.valkey is not None
    for part in (stack.valkey, stack.postgres, stack.reaper, stack.web):
        part.kill()
        assert not part.running
        part.restart()
    assert healthy(stack)
    assert "Every balance" in stack.manage("ledger", "check")


def test_platforms_do_not_share_anything(stack: LiveStack, stack_factory: StackFactory) -> None:
    other = stack_factory(start=False)
    other.start_servers()
    for name in ("DATABASE_URL", "REDIS_URL", "VAR_DIR", "SECRET_KEY", "API_KEY_PEPPER"):
        mine = stack.environment[name]
        assert mine != other.environment[name] or mine == os.environ.get(name), name
    assert stack.base_url != other.base_url


def test_a_management_command_that_fails_says_why(stack: LiveStack) -> None:
    with pytest.raises(StartError, match=r"plan"):
        stack.manage("accounts", "create", "somebody@example.com", "--plan", "golden")
    assert stack.account().startswith("sk-tts-")


@pytest.mark.parametrize(("role", "status"), [("worker", 0), ("reaper", 0), ("web", 0), ("nobody", 1)])
def test_the_containers_health_check_sees_who_is_there(stack: LiveStack, role: str, status: int) -> None:
    command = [sys.executable, "docker/healthcheck.py", role, str(stack.port)]
    done = subprocess.run(command, cwd=REPOSITORY, env=stack.environment, capture_output=True, text=True)
    assert done.returncode == status, done.stderr


def test_the_containers_health_check_fails_in_one_line_where_nothing_answers(stack: LiveStack) -> None:
    command = [sys.executable, "docker/healthcheck.py", "web", str(free_port())]
    done = subprocess.run(command, cwd=REPOSITORY, env=stack.environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert "Traceback" not in done.stderr
