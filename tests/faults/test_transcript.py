"""A long transcription whose workers are killed in the middle of it: it is finished all the same, and charged once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import requests

from tests.ear import wer
from tests.faults.test_kills import pool_children
from tests.listening import RATE, austen, wav
from tests.live.helpers import balance
from tests.stacks import StackFactory

pytestmark = pytest.mark.timeout(300)


def test_killed_workers_lose_no_part_and_nothing_is_charged_twice(
    stack_factory: StackFactory, tmp_path: Path
) -> None:
    stack = stack_factory(
        speech_workers=2, env={"JOB_LEASE_SECONDS": "3", "PRELOAD_MODELS": "whisper-tiny.en"}
    )
    key = stack.account(characters=1_000_000)
    samples, said = austen()
    path = wav(np.concatenate([samples] * 10), tmp_path / "long.wav")
    with path.open("rb") as file:
        job = requests.post(
            f"{stack.base_url}/v1/transcribe/",
            headers={"Authorization": f"Bearer {key}"},
            files={"file": file},
            data={"model": "whisper-tiny.en", "timestamps": "true"},
            timeout=60,
        ).json()

    def state() -> dict[str, object]:
        answer: dict[str, object] = requests.get(job["status_url"], timeout=30).json()
        return answer

    deadline = time.monotonic() + 120
    while (now := state())["status"] == "processing" and float(str(now["progress"])) < 0.3:
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    assert now["status"] == "processing", "it must be under way when its workers die"
    for child in pool_children(stack):
        os.kill(child.pid, signal.SIGKILL)
    stack.workers.kill()
    stack.workers.restart()
    while (now := state())["status"] == "processing":
        assert time.monotonic() < deadline, now
        time.sleep(0.2)
    assert now["status"] == "completed", now
    assert wer(" ".join([said] * 10), str(now["text"])) <= 0.08
    price = -(-len(samples) * 10 * 1000 // RATE * 2000 // 60_000)
    assert 1_000_000 - balance(stack, key) == pytest.approx(price, abs=2)
    stack.manage("ledger", "check")
    kept = {folder.name for folder in (stack.var_dir / "media" / "jobs").glob("*/*")}
    assert len(kept) == 1, "recording and parts are gone, the transcript is left"
