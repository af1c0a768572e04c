"""Every program that the documentation shows runs as it is printed, on a whole platform."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.stacks import LiveStack
from tests.voices.recordings import wav
from workers.audio.decode import decode

RECORDING = Path(__file__).parents[1] / "recordings" / "austen-0870.opus"
STARTS = {
    "ttsai": "ttsai.mp3",
    "openai": "openai.mp3",
    "kugelaudio": "kugel.wav",
    "kittentts": "kitten.wav",
    "pockettts": "pocket.wav",
}


def programs(stack: LiveStack, path: str, language: str) -> list[str]:
    """The programs of a page, as a reader would copy them."""
    with urllib.request.urlopen(stack.base_url + path, timeout=30) as answer:
        page = answer.read().decode()
    found = re.findall(rf'<code data-runs="{language}">(.*?)</code>', page, re.DOTALL)
    return [html.unescape(each) for each in found]


def run(stack: LiveStack, program: str, folder: Path, *how: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "API_KEY": stack.account()}
    return subprocess.run(
        [*(how or (sys.executable, "-c")), program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("slug", STARTS)
def test_the_quick_start_of_each_api_leaves_speech(stack: LiveStack, tmp_path: Path, slug: str) -> None:
    (program,) = programs(stack, f"/docs/{slug}", "python")
    done = run(stack, program, tmp_path)
    assert done.returncode == 0, done.stderr
    audio = (tmp_path / STARTS[slug]).read_bytes()
    assert len(audio) > 4_000
    assert audio[:4] == b"RIFF" or audio[:3] == b"ID3" or audio[0] == 0xFF


def test_the_shell_lines(stack: LiveStack, tmp_path: Path) -> None:
    (hello,), (account,) = programs(stack, "/docs/", "shell"), programs(stack, "/docs/platform", "shell")
    for lines in (hello, account):
        done = run(stack, lines, tmp_path, "bash", "-euo", "pipefail", "-c")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "hello.mp3").stat().st_size > 2_000
    assert '"balance"' in done.stdout


def test_every_socket_is_shown_with_a_program_that_talks_to_it(stack: LiveStack, tmp_path: Path) -> None:
    samples = np.concatenate(list(decode(RECORDING, 16_000)))[: 6 * 16_000]
    (tmp_path / "recording.wav").write_bytes(wav(samples, 16_000))
    *speaking, listening, cleaning, chatting = programs(stack, "/docs/sockets", "python")
    for program, name in zip(speaking, ("socket", "stream", "contexts"), strict=True):
        done = run(stack, program, tmp_path)
        assert done.returncode == 0, done.stderr
        with wave.open(str(tmp_path / f"{name}.wav")) as file:
            assert file.getnframes() > 12_000
    done = run(stack, listening, tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 3
    done = run(stack, cleaning, tmp_path)
    assert done.returncode == 0, done.stderr
    with wave.open(str(tmp_path / "clean.wav")) as file:
        assert abs(file.getnframes() / 24_000 - 6) < 0.5
    # This platform has no language model, and says so; tests/chat talks to one that has.
    done = run(stack, chatting, tmp_path)
    assert done.returncode == 1
    assert "LLM_BASE_URL" in done.stderr


def test_the_status_of_a_platform_on_which_everything_works(stack: LiveStack) -> None:
    deadline = time.monotonic() + 60
    while True:
        with urllib.request.urlopen(f"{stack.base_url}/status.json", timeout=30) as answer:
            told = json.load(answer)
        states = {each["id"]: each["status"] for each in told["components"]}
        # Whatever other tests have left in the queues may wait for a while.
        good = {each for each in states if states[each] == "working"}
        if (
            good >= {"api", "live", "speech", "webhooks", "storage", "database"}
            or time.monotonic() > deadline
        ):
            break
        time.sleep(1)
    assert good >= {"api", "live", "speech", "webhooks", "storage", "database"}, told
    assert {"kokoro", "whisper"} <= {each["id"] for each in told["models"]}
