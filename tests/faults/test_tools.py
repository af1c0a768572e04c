"""Workers are killed while they take music apart: it is taken apart all the same, charged once, and told of once."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import requests

from tests.audio.mixes import si_sdr
from tests.audio.music import RATE, played, songs
from tests.faults.deaths import outlived
from tests.live.helpers import balance, eventually
from tests.receiver import Receiver
from tests.stacks import StackFactory
from tests.voices.recordings import wav
from workers.audio.decode import decode

SECONDS = 60.0
pytestmark = pytest.mark.timeout(300)


def test_a_separation_survives_the_death_of_its_workers(stack_factory: StackFactory, tmp_path: Path) -> None:
    environment = {"JOB_LEASE_SECONDS": "3", "WEBHOOK_ALLOW": "127.0.0.1"}
    stack = stack_factory(speech_workers=2, env=environment)
    key = stack.account()
    song = played(songs()[3], SECONDS)
    with Receiver() as receiver:
        job = requests.post(
            f"{stack.base_url}/v1/audio/separate/",
            headers={"Authorization": f"Bearer {key}"},
            files={"file": ("song.wav", wav(song, RATE))},
            data={"model": "spleeter", "format": "flac", "webhook_url": receiver.url},
            timeout=60,
        ).json()
        assert job["status"] == "queued", job

        now = outlived(stack, job, progress=0.15)
        told = eventually(lambda: list(receiver.got), bool, seconds=20)
        assert len(told) == 1
        assert json.loads(told[0].body)["status"] == "success"
    stems = now["stems"]
    made = []
    for name in ("vocals", "accompaniment"):
        path = tmp_path / name
        path.write_bytes(requests.get(stems[name], timeout=30).content)
        made.append(np.concatenate(list(decode(path, RATE))))
    assert all(len(each) == pytest.approx(len(song), abs=2) for each in made)
    count = min(map(len, made))
    assert si_sdr(song[:count], made[0][:count] + made[1][:count]) > 15, "nothing of it is missing or twice"
    assert 1_000_000 - balance(stack, key) == math.ceil(SECONDS * 3000 / 60)
    stack.manage("ledger", "check")
    kept = [path for path in (stack.var_dir / "media" / "jobs").glob("*/*") if any(path.iterdir())]
    assert len(kept) == 1, "the recording and what the dead made are gone, the stems are left"
