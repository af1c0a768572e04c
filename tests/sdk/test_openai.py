"""PyPI `openai` 3.x, unmodified, against the running platform: only its base URL is set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openai
import pytest

from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio.decode import decode
from workers.audio.encode import from_int16

TEXT = "A customer of another service comes over by changing one address."


@pytest.fixture
def sdk(stack: LiveStack) -> openai.OpenAI:
    return openai.OpenAI(api_key=stack.account(), base_url=f"{stack.base_url}/v1", max_retries=0)


def test_speech_in_one_go(sdk: openai.OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "speech.mp3"
    sdk.audio.speech.create(model="tts-1", voice="alloy", input=TEXT).write_to_file(path)
    assert wer(TEXT, hear(path).text) <= 0.1


def test_speech_streamed_to_a_file_and_as_raw_samples(sdk: openai.OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    with sdk.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="nova", input=TEXT, response_format="wav", instructions="Be cheerful."
    ) as answer:
        answer.stream_to_file(path)
    assert wer(TEXT, hear(np.concatenate(list(decode(path, 16_000))), 16_000).text) <= 0.1
    with sdk.audio.speech.with_streaming_response.create(
        model="kokoro", voice={"id": "bf_emma"}, input=TEXT, response_format="pcm", speed=1.1
    ) as answer:
        data = b"".join(answer.iter_bytes(4096))
    assert wer(TEXT, hear(from_int16(data), 24_000).text) <= 0.1


def test_speech_as_events(sdk: openai.OpenAI) -> None:
    with sdk.audio.speech.with_streaming_response.create(
        model="tts-1-hd", voice="onyx", input=TEXT, stream_format="sse"
    ) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"


def test_models(sdk: openai.OpenAI) -> None:
    ids = [model.id for model in sdk.models.list()]
    assert {"kokoro", "piper", "tts-1", "gpt-4o-mini-tts"} <= set(ids)
    assert sdk.models.retrieve("kokoro").owned_by == "ttsplatform"
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("nonsense")


def test_errors_are_its_exceptions(stack: LiveStack, sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        sdk.audio.speech.create(model="nonsense", voice="alloy", input=TEXT)
    assert refused.value.code == "model_not_found"
    assert refused.value.param == "model"
    with pytest.raises(openai.NotFoundError):
        sdk.audio.speech.create(model="kokoro", voice="nobody", input=TEXT)
    stranger = openai.OpenAI(api_key="sk-tts-" + "x" * 40, base_url=f"{stack.base_url}/v1", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        stranger.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
