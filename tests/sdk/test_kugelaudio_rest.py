"""PyPI `kugelaudio` 2.7.0, unmodified, on REST; and `POST /v1/tts/generate`, which the SDK leaves to raw callers."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from kugelaudio import AuthenticationError, KugelAudio
from kugelaudio.exceptions import KugelAudioError, NotFoundError, ValidationError

from tests.ear import hear, wer
from tests.stacks import LiveStack
from workers.audio import g711
from workers.audio.encode import from_int16
from workers.engines.fake import FAIL_WORD
from workers.engines.levels import resampled

# A sentence for every rate, so that one hearing hears them all.
STORY = {
    8_000: "The ship left the harbour in the morning.",
    16_000: "It carried apples and fresh bread.",
    22_050: "A storm came from the north.",
    24_000: "The captain stayed calm all night.",
}
END = "At last they saw the lights of the town."
# The document's example for this path, as the API's own page prints it; host, key and voice are the reader's.
CURL = r"""curl -X POST "https://api.kugelaudio.com/v1/tts/generate" \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"text":"Hello, this is a test of the KugelAudio API.","model_id":"kugel-1-turbo","voice_id":123,"cfg_scale":2.0}' \
  --output output.pcm"""


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


@pytest.fixture
def sdk(stack: LiveStack, key: str) -> KugelAudio:
    return KugelAudio(api_key=key, api_url=stack.base_url)


def voice_of(sdk: KugelAudio, name: str) -> int:
    return next(voice.id for voice in sdk.voices.list(limit=100).voices if voice.name == name)


def test_models(sdk: KugelAudio) -> None:
    models = {model.id: model for model in sdk.models.list()}
    assert {"kugel-1-turbo", "kugel-1", "kokoro"} <= set(models)
    assert (models["kugel-1-turbo"].sample_rate, models["kugel-1-turbo"].max_input_length) == (24_000, 10_000)


def test_voices(sdk: KugelAudio, stack: LiveStack) -> None:
    page = sdk.voices.list(language="en", include_public=True, limit=5, offset=2)
    assert (len(page.voices), page.limit, page.offset) == (5, 5, 2)
    assert page.total > 20
    assert all(voice.sex is not None and voice.supported_languages == ["en"] for voice in page.voices)
    voice = sdk.voices.get(page.voices[0].id)
    assert (voice.id, voice.name, voice.is_public) == (page.voices[0].id, page.voices[0].name, True)
    assert voice.sample_url is not None
    assert voice.sample_url.startswith(stack.base_url)


def test_errors_are_its_exceptions(stack: LiveStack, sdk: KugelAudio) -> None:
    with pytest.raises(NotFoundError, match="no voice 12345") as missing:
        sdk.voices.get(12345)
    assert missing.value.request_id
    with pytest.raises(ValidationError, match="limit"):
        sdk.voices.list(limit=1000)
    with pytest.raises(ValidationError, match="language"):
        sdk.voices.list(language="xx")
    with pytest.raises(KugelAudioError, match="There is nothing at"):
        sdk.dictionaries.list(project_id=1)
    stranger = KugelAudio(api_key="ka_" + "x" * 40, api_url=stack.base_url)
    with pytest.raises(AuthenticationError):
        stranger.voices.list()


def test_generate_at_every_rate_and_for_the_telephone(stack: LiveStack, sdk: KugelAudio, key: str) -> None:
    body = {"model_id": "kugel-3.5", "voice_id": voice_of(sdk, "Joe")}
    heard = []
    for rate, text in STORY.items():
        answer = generate(stack, key, {**body, "text": text, "sample_rate": rate})
        assert described(answer) == ("audio/pcm", str(rate), "pcm_s16le")
        assert answer.headers["X-KugelAudio-AI-Generated"] == "true"
        samples = from_int16(answer.content)
        assert 1 < len(samples) / rate < 4
        heard.append(resampled(samples, rate, 16_000))
    answer = generate(stack, key, {**body, "text": END, "sample_rate": 24_000, "output_format": "ulaw_8000"})
    assert described(answer) == ("audio/basic", "8000", "mulaw")
    samples = (g711.decoded("mulaw")[np.frombuffer(answer.content, np.uint8)] / 32768).astype(np.float32)
    heard.append(resampled(samples, 8_000, 16_000))
    assert wer(" ".join([*STORY.values(), END]), hear(np.concatenate(heard))) <= 0.1


def test_a_faster_answer_is_shorter(stack: LiveStack, key: str) -> None:
    def length(speed: float) -> int:
        return len(generate(stack, key, {"text": END, "model_id": "fake", "speed": speed}).content)

    assert length(0.8) / length(1.2) == pytest.approx(1.5, rel=0.02)


def test_what_fails_before_the_first_sound_is_plain_json(stack: LiveStack, key: str) -> None:
    url = f"{stack.base_url}/v1/tts/generate"
    refused = requests.post(url, json={"text": END, "speed": 2}, headers={"X-API-Key": key})
    assert (refused.status_code, refused.json()["error_code"]) == (400, "VALIDATION_ERROR")
    broken = requests.post(
        url, json={"text": f"Hello {FAIL_WORD}", "model_id": "fake"}, headers={"X-API-Key": key}
    )
    assert (broken.status_code, broken.json()["error_code"]) == (500, "INTERNAL_ERROR")


def test_the_curl_line_saves_the_audio(stack: LiveStack, sdk: KugelAudio, key: str, tmp_path: Path) -> None:
    line = CURL.replace("https://api.kugelaudio.com", stack.base_url).replace("YOUR_API_KEY", key)
    line = line.replace("123", str(voice_of(sdk, "Bella")))
    subprocess.run(["/bin/sh", "-c", f"{line} -sS"], cwd=tmp_path, check=True, timeout=60)
    heard = hear(from_int16((tmp_path / "output.pcm").read_bytes()), 24_000).text.lower()
    assert "this is a test" in heard


def described(answer: requests.Response) -> tuple[str, ...]:
    return tuple(answer.headers[name] for name in ("Content-Type", "X-Sample-Rate", "X-Audio-Format"))


def generate(stack: LiveStack, key: str, body: dict[str, Any]) -> requests.Response:
    answer = requests.post(
        f"{stack.base_url}/v1/tts/generate",
        json=body,
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return answer
