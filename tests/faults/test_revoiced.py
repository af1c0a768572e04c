"""Voice changer, translation and voice chat whose workers are killed in the middle: finished all the same, charged once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.chat.model_server import in_tokens, model_server
from tests.faults.test_kills import pool_children
from tests.listening import RATE, austen, wav
from tests.live.helpers import balance
from tests.stacks import StackFactory

pytestmark = pytest.mark.timeout(900)
VOICE = "en_US-joe-medium"
GRANT = 1_000_000


def test_killed_workers_lose_no_job_and_nothing_is_charged_twice(
    stack_factory: StackFactory, tmp_path: Path
) -> None:
    samples, _ = austen()
    repeated = np.concatenate([samples] * 3)
    path = wav(repeated, tmp_path / "long.wav")
    with model_server() as llm:
        llm.rule, llm.pause = lambda messages: in_tokens("This is a sentence. " * 20), 0.05
        env = {"JOB_LEASE_SECONDS": "3", "LLM_BASE_URL": llm.url, "LLM_MODEL": "by-heart"}
        stack = stack_factory(speech_workers=2, env={**env, "PRELOAD_MODELS": "whisper,piper"})
        key = stack.account(characters=GRANT)

        def ordered(path_: str, **fields: str) -> dict[str, Any]:
            files = {} if "text" in fields else {"file": path.read_bytes()}
            answer = requests.post(
                f"{stack.base_url}{path_}?wait=false",
                headers={"Authorization": f"Bearer {key}"},
                files=files,
                data=fields,
                timeout=60,
            )
            assert answer.status_code == 200, answer.text
            job: dict[str, Any] = answer.json()
            return job

        jobs = [
            ordered("/v1/voice-convert/", target_voice=VOICE),
            ordered("/v1/speech-translate/", target_language="en", voice=VOICE),
            ordered("/v1/voice-chat/", text="Tell me a story.", voice=VOICE, tts_model="piper"),
        ]

        def states() -> list[dict[str, Any]]:
            return [requests.get(job["status_url"], timeout=30).json() for job in jobs]

        deadline = time.monotonic() + 600
        now = states()
        while sum(float(state.get("progress") or 0) for state in now) < 0.3:
            assert time.monotonic() < deadline, now
            time.sleep(0.1)
            now = states()
        assert any(state["status"] == "processing" for state in states())
        for child in pool_children(stack):
            os.kill(child.pid, signal.SIGKILL)
        stack.workers.kill()
        stack.workers.restart()
        while any(state["status"] == "processing" for state in states()):
            assert time.monotonic() < deadline, states()
            time.sleep(0.2)
        assert [state["status"] for state in states()] == ["completed"] * 3, states()
        seconds = len(repeated) / RATE
        assert states()[0]["duration"] == pytest.approx(seconds, rel=0.01)
        price = seconds * (3000 + 5000) / 60 + 3000
        assert GRANT - balance(stack, key) == pytest.approx(price, abs=3)
        stack.manage("ledger", "check")
    kept = {folder.name for folder in (stack.var_dir / "media" / "jobs").glob("*/source")}
    assert not kept, "the recordings are gone"
