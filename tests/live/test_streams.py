"""Speech that is heard while it is spoken, through the running platform."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio.decode import decode
from workers.audio.encode import from_int16

TEXT = "The first sentence comes at once. The second one follows while the first is playing."


def speak(stack: LiveStack, key: str, **fields: Any) -> requests.Response:
    body = {"model": "kokoro", "input": TEXT, "voice": "alloy", **fields}
    return requests.post(
        f"{stack.base_url}/v1/audio/speech",
        json=body,
        headers={"Authorization": f"Bearer {key}"},
        timeout=120,
        stream=True,
    )


def balance(stack: LiveStack, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return int(requests.get(f"{stack.base_url}/v1/account/", headers=headers, timeout=10).json()["balance"])


def settled_balance(stack: LiveStack, key: str, expected: int) -> int:
    """The balance once it is as expected, or after ten seconds."""
    for _ in range(100):
        if (found := balance(stack, key)) == expected:
            return found
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("name", ["mp3", "wav", "flac", "opus", "aac", "ogg"])
def test_every_format_is_heard_as_the_text(stack: LiveStack, tmp_path: Path, name: str) -> None:
    answer = speak(stack, stack.account(), response_format=name)
    assert answer.status_code == 200, answer.text
    assert "ttfa" in answer.headers["Server-Timing"]
    path = tmp_path / f"out.{name}"
    path.write_bytes(answer.content)
    sound = np.concatenate(list(decode(path, 16_000)))
    assert 4 < len(sound) / 16_000 < 9
    assert wer(TEXT, hear(sound, 16_000)) <= 0.07


def test_sse_events_put_together_are_the_stream_and_charge_what_it_costs(stack: LiveStack) -> None:
    key = stack.account(characters=10_000)
    answer = speak(stack, key, response_format="pcm", stream_format="sse")
    events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith(b"data: ")]
    assert [event["type"] for event in events[-1:]] == ["speech.audio.done"]
    sound = from_int16(b"".join(base64.b64decode(event["audio"]) for event in events[:-1]))
    assert wer(TEXT, hear(sound, 24_000)) <= 0.07
    assert settled_balance(stack, key, 10_000 - 2 * len(TEXT)) == 10_000 - 2 * len(TEXT)


def test_the_tone_has_no_gap_and_no_click_where_chunks_join(stack: LiveStack) -> None:
    text = "one piece that the fake engine gives in many chunks of half a second without a pause"
    answer = speak(stack, stack.account(), model="fake", voice="tone", input=text, response_format="pcm")
    sound = from_int16(answer.content)
    assert len(sound) > 24_000 * 3
    # A 440 Hz tone at 0.3 moves by at most 2π·440/24000·0.3 from one sample to the next; the watermark adds a little.
    assert np.abs(np.diff(sound)).max() < 0.0346 * 1.25
    loud = np.sqrt(np.mean(sound[: len(sound) // 240 * 240].reshape(-1, 240) ** 2, axis=1))
    assert loud[2:-2].min() > 0.17


def test_a_client_that_leaves_pays_for_what_was_spoken_only(stack: LiveStack) -> None:
    key = stack.account(characters=100_000)
    sentence = "This sentence is one of very many that nobody will wait for. "
    answer = speak(stack, key, model="fake", voice="tone", input=sentence * 300, response_format="pcm")
    next(answer.iter_content(4096))
    answer.close()
    before = 100_000 - len((sentence * 300).strip())
    for _ in range(100):
        if balance(stack, key) > before:
            break
        time.sleep(0.1)
    spent = 100_000 - balance(stack, key)
    assert 0 < spent < len(sentence) * 60, "twenty seconds ahead at most, and the piece in hand"


def test_early_failures_are_plain_errors(stack: LiveStack) -> None:
    key = stack.account()
    for fields, status in (
        ({"model": "nonsense"}, 400),
        ({"voice": "nobody"}, 404),
        ({"input": ""}, 400),
        ({"response_format": "exe"}, 400),
        ({"speed": 9}, 400),
        ({"model": "fake", "voice": "tone", "input": "this will [fail] at once"}, 500),
    ):
        answer = speak(stack, key, **fields)
        assert answer.status_code == status, (fields, answer.text)
        assert answer.json()["error"]["message"]
    broke = stack.account(characters=1)
    assert speak(stack, broke).status_code == 402
    assert balance(stack, broke) == 1


def test_the_documents_stream_path_sends_events_that_are_one_file(stack: LiveStack, tmp_path: Path) -> None:
    for path, extra in (("/v1/tts/stream/", {}), ("/v1/tts/", {"stream": True})):
        answer = requests.post(
            stack.base_url + path,
            json={"text": TEXT, "model": "kokoro", "voice": "af_bella", **extra},
            headers={"Authorization": f"Bearer {stack.account()}"},
            timeout=120,
        )
        assert answer.headers["Content-Type"] == "text/event-stream"
        names = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
        data = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        assert names[-1] == "done"
        assert data[-1]["status"] == "completed"
        assert set(names[:-1]) == {"audio"}
        words = [word["word"] for item in data[:-1] for word in item["words"]]
        assert len(words) == len(TEXT.split())
        file = tmp_path / "stream.mp3"
        file.write_bytes(b"".join(base64.b64decode(item["audio"]) for item in data[:-1]))
        assert wer(TEXT, hear(file)) <= 0.07


def test_a_full_house_answers_busy_at_once(stack: LiveStack) -> None:
    sentence = "A stream that is never read holds its slot. "
    held = [
        speak(stack, stack.account(), model="fake", voice="tone", input=sentence * 500, response_format="pcm")
        for _ in range(8)
    ]
    try:
        assert [answer.status_code for answer in held] == [200] * 8
        another = stack.account()
        began = time.monotonic()
        refused = speak(stack, another, model="fake", voice="tone")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert time.monotonic() - began < 3
    finally:
        for answer in held:
            answer.close()
    for _ in range(50):
        answer = speak(stack, stack.account(), model="fake", voice="tone", input="Free again.")
        if answer.status_code == 200:
            break
        time.sleep(0.1)
    assert answer.status_code == 200


def test_a_worker_that_dies_ends_the_stream_with_an_error_and_only_the_spoken_is_charged(
    stack: LiveStack,
) -> None:
    key = stack.account(characters=100_000)
    text = "This sentence is one of very many that nobody will hear. " * 300
    answer = requests.post(
        f"{stack.base_url}/v1/tts/stream/",
        json={"text": text, "model": "fake", "voice": "tone", "format": "pcm"},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
        stream=True,
    )
    lines = answer.iter_lines()
    assert next(lines) == b"event: audio"
    stack.live.kill()
    killed = time.monotonic()
    names = [line for line in lines if line.startswith(b"event: ")]
    took = time.monotonic() - killed
    stack.live.restart()
    assert names[-1] == b"event: error"
    assert took < 10, "two seconds are the aim; a busy test machine gets more"
    for _ in range(100):
        if balance(stack, key) > 100_000 - len(text.strip()):
            break
        time.sleep(0.1)
    assert 0 < 100_000 - balance(stack, key) < len(text) / 3
    assert speak(stack, key, model="fake", voice="tone", input="Back again.").status_code == 200
