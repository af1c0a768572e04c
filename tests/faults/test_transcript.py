"""A long transcription whose workers are killed in the middle of it: it is finished all the same, and charged once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import requests

from tests.ear import wer
from tests.faults.deaths import outlived
from tests.listening import RATE, austen, wav
from tests.live.helpers import balance
from tests.stacks import StackFactory

pytestmark = pytest.mark.timeout(900)


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

    now = outlived(stack, job, progress=0.3)
    assert wer(" ".join([said] * 10), str(now["text"])) <= 0.08
    price = -(-len(samples) * 10 * 1000 // RATE * 2000 // 60_000)
    assert 1_000_000 - balance(stack, key) == pytest.approx(price, abs=2)
    stack.manage("ledger", "check")
    kept = {folder.name for folder in (stack.var_dir / "media" / "jobs").glob("*/*")}
    assert len(kept) == 1, "recording and parts are gone, the transcript is left"
