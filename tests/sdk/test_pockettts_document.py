"""Sogni's Pocket TTS: the document's curl line as printed, with only the host replaced, and what else it promises."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import wave
from pathlib import Path
from typing import Any

import numpy as np
import requests
from numpy.typing import NDArray

from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio.encode import from_int16

HOST = "https://voice.sogni.ai"

CURL = r"""curl -X POST https://voice.sogni.ai/pocket-tts \
-H "Content-Type: application/json" \
-d '{"text": "Hello, world!", "voice": "alba"}' \
--output output.wav"""

SAID = "The weather is fine today."


def samples(wav: bytes) -> NDArray[np.float32]:
    """The samples of a complete WAV whose header tells its true length."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert 44 + 2 * file.getnframes() == len(wav)
        return from_int16(file.readframes(file.getnframes()))


def speak(stack: LiveStack, body: dict[str, str], query: str = "", **options: Any) -> requests.Response:
    answer = requests.post(f"{stack.base_url}/pocket-tts{query}", json=body, timeout=120, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Served-Model"] in {"pocket-tts", "kokoro"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return answer


def test_the_curl_line_leaves_the_spoken_text_in_a_wav(stack: LiveStack, tmp_path: Path) -> None:
    line = CURL.replace(HOST, stack.base_url)
    done = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    sound = samples((tmp_path / "output.wav").read_bytes())
    assert wer("Hello, world!", hear(sound, 24_000)) == 0


def test_the_curl_line_that_lists_the_voices(stack: LiveStack) -> None:
    line = f"curl -sS {stack.base_url}/pocket-tts/voices"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=30)
    listed = json.loads(done.stdout)
    assert (len(listed["voices"]), listed["default"], listed["clones"]) == (8, "alba", [])


def test_opus_comes_while_it_is_spoken_and_the_address_overrides_the_body(
    stack: LiveStack, tmp_path: Path
) -> None:
    body = {"text": SAID, "voice": "marius", "format": "buffer"}
    answer = speak(stack, body, "?format=opus", stream=True)
    assert answer.headers["Content-Type"] == "audio/opus"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="output.opus"'
    assert "Content-Length" not in answer.headers
    (tmp_path / "output.opus").write_bytes(answer.content)
    assert answer.content[:4] == b"OggS"
    assert answer.content[28:36] == b"OpusHead"
    assert wer(SAID, hear(tmp_path / "output.opus")) <= 0.1
    seconds = len(SAID) / 15
    assert 16_000 < 8 * len(answer.content) / seconds < 64_000, "about 32 kbit/s"


def test_wav_is_a_named_attachment_whose_length_is_known(stack: LiveStack) -> None:
    answer = speak(stack, {"text": "Hello."})
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="output.wav"'
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert samples(answer.content).any()


def test_with_a_key_the_buffer_tells_the_truth_and_is_charged(stack: LiveStack) -> None:
    key = {"X-API-Key": stack.account()}
    text = "Good morning."
    body = speak(stack, {"text": text, "voice": "javert", "format": "buffer"}, headers=key).json()
    assert list(body) == ["success", "audio", "voice", "format", "duration", "served_model"]
    assert (body["success"], body["voice"], body["format"]) == (True, "javert", "wav")
    sound = samples(base64.b64decode(body["audio"]))
    assert body["duration"] == round(len(sound) / 24_000, 3)
    assert body["served_model"] in {"pocket-tts", "kokoro"}
    account = requests.get(f"{stack.base_url}/v1/account/", headers=key, timeout=30).json()
    spent = 1_000_000 - int(account["balance"])
    assert spent in {len(text), 2 * len(text)}, "as the model that spoke costs"
