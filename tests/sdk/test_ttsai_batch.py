"""PyPI `ttsai` 0.1.0, unmodified: batches of tones, waited for, and their ZIP."""

from __future__ import annotations

import io
import wave
import zipfile

import pytest
import requests
from tts_ai import TTSClient
from tts_ai.exceptions import InsufficientCreditsError, ModelNotFoundError

from tests.stacks import LiveStack


def client(stack: LiveStack, key: str | None = None) -> TTSClient:
    return TTSClient(api_key=key or stack.account(), base_url=stack.base_url, gpu_url=stack.base_url)


@pytest.fixture
def tones() -> list[dict[str, str]]:
    return [{"text": f"Number {n}.", "model": "fake", "voice": "tone", "format": "wav"} for n in range(5)]


def test_batch_generate_and_wait(stack: LiveStack, tones: list[dict[str, str]]) -> None:
    batch = client(stack).batch_generate_and_wait(tones, timeout=120, interval=0.5)
    assert (batch.status, batch.total, batch.completed) == ("completed", 5, 5)
    assert batch.credits_charged == sum(item.credits for item in batch.items)
    assert [item.index for item in batch.items] == list(range(5))
    assert {item.status for item in batch.items} == {"completed"}
    audio = requests.get(batch.items[0].url, timeout=10).content
    with wave.open(io.BytesIO(audio)) as sound:
        assert 0.2 < sound.getnframes() / sound.getframerate() < 6
    zipped = requests.get(batch.raw["zip_url"], timeout=30)
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        assert len(archive.namelist()) == 6
        assert archive.read("00.wav") == audio


def test_a_bad_model_and_too_few_characters_are_its_errors(
    stack: LiveStack, tones: list[dict[str, str]]
) -> None:
    with pytest.raises(ModelNotFoundError):
        client(stack).batch_generate([{**tones[0], "model": "nonsense"}])
    poor = client(stack, stack.account(characters=30))
    with pytest.raises(InsufficientCreditsError) as refused:
        poor.batch_generate(tones)
    assert refused.value.credits_remaining == 30
    assert refused.value.credits_needed > 30
