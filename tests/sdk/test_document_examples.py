"""The examples of TTS.ai's document as printed, with only host and key replaced."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.ear import hear
from tests.stacks import LiveStack

POLLING = """
import requests, time
API_KEY = "sk-tts-your-key"
BASE = "https://api.tts.ai"
# 1. Submit TTS request
resp = requests.post(f"{BASE}/v1/tts/", json={
    "model": "kokoro",
    "text": "Hello from TTS.ai!",
    "voice": "af_bella"
}, headers={"Authorization": f"Bearer {API_KEY}"})
data = resp.json()
uuid = data["uuid"]
# 2. Poll for result
while True:
    result = requests.get(f"{BASE}/v1/speech/results/",
        params={"uuid": uuid}).json()
    if result["status"] == "completed":
        # 3. Download audio
        audio = requests.get(result["result_url"])
        with open("output.mp3", "wb") as f:
            f.write(audio.content)
        break
    elif result["status"] == "failed":
        raise Exception(result.get("error", "Generation failed"))
    time.sleep(1.5)
"""

SAVING = """
import requests
API_KEY = "sk-tts-your-key"
# Text to Speech
response = requests.post(
    "https://api.tts.ai/v1/tts/",
    headers={"Authorization": f"Bearer {API_KEY}"},
    json={
        "model": "kokoro",
        "text": "Hello from TTS.ai!",
        "voice": "af_bella",
        "format": "mp3"
    }
)
with open("output.mp3", "wb") as f:
    f.write(response.content)
print(f"Credits used: {response.headers.get('X-Credits-Used')}")
"""

CURL = r"""curl -X POST https://api.tts.ai/v1/tts/ \
-H "Authorization: Bearer sk-tts-your-key" \
-H "Content-Type: application/json" \
-d '{
"model": "kokoro",
"text": "Hello from TTS.ai! This is a test.",
"voice": "af_bella",
"format": "mp3"
}' \
--output output.mp3"""

SHORT_CURL = r"""curl -X POST https://api.tts.ai/v1/tts/ \
-H "Authorization: Bearer sk-tts-your-key" \
-H "Content-Type: application/json" \
-d '{"model":"kokoro","text":"Hello!","voice":"af_bella","format":"mp3"}' \
-o output.mp3"""


def here(stack: LiveStack, example: str) -> str:
    return example.replace("https://api.tts.ai", stack.base_url).replace("sk-tts-your-key", stack.account())


def run_python(stack: LiveStack, example: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", here(stack, example)], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_curl(stack: LiveStack, example: str, folder: Path, more: str = "") -> None:
    line = f"{here(stack, example)} -sS {more}"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_polling_example_leaves_the_spoken_text(stack: LiveStack, tmp_path: Path) -> None:
    run_python(stack, POLLING, tmp_path)
    assert hear(tmp_path / "output.mp3").text.strip().lower() == "hello from tts.ai."


def test_the_saving_example_prints_the_characters_used(stack: LiveStack, tmp_path: Path) -> None:
    assert run_python(stack, SAVING, tmp_path) == "Credits used: 36\n"


def test_the_curl_lines_order_the_job(stack: LiveStack, tmp_path: Path) -> None:
    for example in (CURL, SHORT_CURL):
        run_curl(stack, example, tmp_path)
        job = json.loads((tmp_path / "output.mp3").read_text())
        assert job["status"] == "queued"
        polled = tmp_path / "polled.json"
        for _ in range(300):
            poll = f"curl '{stack.base_url}/v1/speech/results/?uuid={job['uuid']}' -o {polled}"
            run_curl(stack, poll, tmp_path)
            if json.loads(polled.read_text())["status"] == "completed":
                break
            time.sleep(0.2)
        assert json.loads(polled.read_text())["status"] == "completed"


def test_the_curl_line_with_an_audio_accept_or_wait_saves_the_audio_itself(
    stack: LiveStack, tmp_path: Path
) -> None:
    run_curl(stack, CURL, tmp_path, "-H 'Accept: audio/mpeg'")
    assert "this is a test" in hear(tmp_path / "output.mp3").text.lower()
    run_curl(
        stack, CURL.replace("https://api.tts.ai/v1/tts/", "'https://api.tts.ai/v1/tts/?wait=true'"), tmp_path
    )
    assert "this is a test" in hear(tmp_path / "output.mp3").text.lower()
