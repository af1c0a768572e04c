"""Two hundred jobs while workers are killed, Valkey is killed and restarted, and PostgreSQL is restarted.

Every job must end with its result, each charged exactly once, and the ledger's sums must be exact.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
import requests

from tests.stacks import LiveStack, StackFactory

JOBS = 200
LEASE_SECONDS = "4"
pytestmark = pytest.mark.timeout(420)


def pool_children(stack: LiveStack) -> list[psutil.Process]:
    """The Celery pool's processes, which do the work."""
    try:
        master = psutil.Process(stack.workers.pid)
        return [child for child in master.children(recursive=True) if "celery" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


class Trouble(threading.Thread):
    """Kills things for as long as it lasts; says what it did."""

    def __init__(self, stack: LiveStack) -> None:
        super().__init__(daemon=True)
        self.stack = stack
        self.over = threading.Event()
        self.done: dict[str, int] = {"children": 0, "workers": 0, "valkey": 0, "postgres": 0}

    def run(self) -> None:
        chance = random.Random(7)
        assert self.stack.valkey is not None
        assert self.stack.postgres is not None
        for round_number in range(6):
            if self.over.wait(1.5):
                return
            for child in chance.sample(children := pool_children(self.stack), k=min(1, len(children))):
                os.kill(child.pid, signal.SIGKILL)
                self.done["children"] += 1
            if self.over.wait(1.0):
                return
            if round_number in {1, 4}:
                self.stack.workers.kill()
                self.stack.workers.restart()
                self.done["workers"] += 1
            if round_number in {2, 5}:
                self.stack.valkey.kill()
                time.sleep(0.5)
                self.stack.valkey.restart()
                self.done["valkey"] += 1
            if round_number == 3:
                self.stack.postgres.restart()
                self.done["postgres"] += 1


@pytest.fixture
def troubled(stack_factory: StackFactory) -> LiveStack:
    return stack_factory(speech_workers=2, env={"JOB_LEASE_SECONDS": LEASE_SECONDS, "JOB_MAX_ATTEMPTS": "20"})


def order(stack: LiveStack, key: str, number: int) -> tuple[str, int]:
    """Order one job as a patient customer: the same Idempotency-Key until there is an answer."""
    body = {"text": f"Sentence number {number}, spoken by the tone.", "model": "fake", "voice": "tone"}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"order-{number}"}
    for _ in range(200):
        try:
            answer = requests.post(f"{stack.base_url}/v1/tts/", json=body, headers=headers, timeout=30)
        except requests.RequestException:
            time.sleep(0.3)
            continue
        if answer.status_code == 200:
            return answer.json()["uuid"], answer.json()["credits_used"]
        assert answer.status_code in {429, 500, 503}, answer.text
        time.sleep(0.3)
    raise AssertionError(f"order {number} was never taken")


def wait_all(stack: LiveStack, uuids: list[str], seconds: float) -> dict[str, Any]:
    """The results of all jobs once they have ended."""
    results: dict[str, Any] = {}
    give_up = time.monotonic() + seconds
    while len(results) < len(uuids) and time.monotonic() < give_up:
        for uuid in uuids:
            if uuid in results:
                continue
            try:
                url = f"{stack.base_url}/v1/speech/results/?uuid={uuid}"
                answer = requests.get(url, timeout=10)
            except requests.RequestException:
                break
            if answer.status_code == 200 and answer.json()["status"] in {"completed", "failed"}:
                results[uuid] = answer.json()
        time.sleep(0.5)
    return results


def test_nothing_is_lost_and_nothing_charged_twice(troubled: LiveStack) -> None:
    stack = troubled
    grant = 1_000_000
    keys = [stack.account(plan="business", characters=grant) for _ in range(4)]
    stack.manage(
        "shell",
        "-c",
        "from apps.accounts.models import Plan; Plan.objects.update(requests_per_minute=100000, concurrency=20)",
    )
    trouble = Trouble(stack)
    trouble.start()
    with ThreadPoolExecutor(8) as callers:
        orders = list(callers.map(lambda n: order(stack, keys[n % 4], n), range(JOBS)))
    results = wait_all(stack, [uuid for uuid, _ in orders], 240)
    trouble.over.set()
    trouble.join(60)

    assert len({uuid for uuid, _ in orders}) == JOBS
    assert len(results) == JOBS, f"{JOBS - len(results)} jobs never ended; trouble made: {trouble.done}"
    failed = {uuid: result for uuid, result in results.items() if result["status"] != "completed"}
    assert not failed
    for uuid, result in list(results.items())[:20]:
        audio = requests.get(result["result_url"], timeout=10)
        assert audio.status_code == 200, uuid
        assert len(audio.content) > 1000
    assert trouble.done["children"] >= 3
    assert trouble.done["workers"] >= 1
    assert trouble.done["valkey"] >= 1
    assert trouble.done["postgres"] >= 1

    for number, key in enumerate(keys):
        spent = sum(credits for index, (_, credits) in enumerate(orders) if index % 4 == number)
        account = requests.get(
            f"{stack.base_url}/v1/account/", headers={"Authorization": f"Bearer {key}"}, timeout=10
        ).json()
        assert account["balance"] == grant - spent
    stack.manage("ledger", "check")
    counts = stack.manage(
        "shell",
        "-c",
        "from apps.usage.models import LedgerEntry as L; from apps.jobs.models import Step as S;"
        "k=lambda n: L.objects.filter(kind=n).count();"
        "print('reserve', k('reserve'), 'commit', k('commit'), 'refund', k('refund'),"
        " 'retried', S.objects.filter(attempt__gt=1).count())",
    ).split()
    table = dict(zip(counts[-8::2], map(int, counts[-7::2]), strict=True))
    assert (table["reserve"], table["commit"], table["refund"]) == (JOBS, JOBS, 0), table
    assert table["retried"] > 0, "the kills must have hit work in progress"
