"""PyPI `openai` 3.x, unmodified, against the running platform: only its base URL is set."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest

from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio.decode import decode
from workers.audio.encode import from_int16

TEXT = "Good morning, the weather is very nice today."


@pytest.fixture(scope="module")
def sdk(stack: LiveStack) -> openai.OpenAI:
    return openai.OpenAI(api_key=stack.account(), base_url=f"{stack.base_url}/v1", max_retries=0)


def in_one_go(sdk: openai.OpenAI, format: Any) -> bytes:
    return sdk.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, response_format=format).content


def streamed(sdk: openai.OpenAI, format: Any) -> bytes:
    with sdk.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts",
        voice="alloy",
        input=TEXT,
        response_format=format,
        instructions="Be cheerful.",
    ) as answer:
        return b"".join(answer.iter_bytes(4096))


def in_events(sdk: openai.OpenAI, format: Any) -> bytes:
    with sdk.audio.speech.with_streaming_response.create(
        model="tts-1-hd", voice="alloy", input=TEXT, response_format=format, stream_format="sse"
    ) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == len(TEXT)
    return b"".join(base64.b64decode(event["audio"]) for event in deltas)


@pytest.mark.parametrize("format", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
@pytest.mark.parametrize("way", [in_one_go, streamed, in_events])
def test_every_format_in_every_way_is_heard_as_the_text(
    sdk: openai.OpenAI, tmp_path: Path, way: Callable[[openai.OpenAI, str], bytes], format: str
) -> None:
    data = way(sdk, format)
    if format == "pcm":
        sound = hear(from_int16(data), 24_000)
    else:
        file = tmp_path / f"speech.{format}"
        file.write_bytes(data)
        sound = hear(np.concatenate(list(decode(file, 16_000))), 16_000)
    assert wer(TEXT, sound.text) <= 0.05


def test_a_voice_may_be_an_object_and_the_pace_be_chosen(sdk: openai.OpenAI, tmp_path: Path) -> None:
    lengths = []
    for speed in (1.0, 2.0):
        path = tmp_path / "speech.pcm"
        with sdk.audio.speech.with_streaming_response.create(
            model="kokoro", voice={"id": "bf_emma"}, input=TEXT, response_format="pcm", speed=speed
        ) as answer:
            answer.stream_to_file(path)
        lengths.append(path.stat().st_size)
    # Quiet ends of pieces stay as they are, and what is short is not hurried as much.
    assert 1.4 < lengths[0] / lengths[1] < 2.2


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
