"""PyPI `ttsai` 0.1.0, unmodified, against the running platform: only its two base URLs are set."""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path

import pytest
from tts_ai import (
    AsyncTTSClient,
    AuthenticationError,
    InsufficientCreditsError,
    ModelNotFoundError,
    RateLimitError,
    TTSClient,
    TTSError,
)

from tests.ear import hear, wer
from tests.stacks import LiveStack

TEXT = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all."


def client(stack: LiveStack, key: str | None = None) -> TTSClient:
    return TTSClient(api_key=key or stack.account(), base_url=stack.base_url + "/", gpu_url=stack.base_url)


def test_generate_async_then_poll_gives_the_audio_of_the_text(stack: LiveStack, tmp_path: Path) -> None:
    sdk = client(stack)
    job = sdk.generate_async(TEXT, model="kokoro", voice="af_bella", output_format="wav")
    assert job.status == "queued"
    assert len(job.uuid) == 32
    audio = sdk.poll_result(job.uuid, timeout=120, interval=0.2)
    with wave.open(io.BytesIO(audio)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (24_000, 1, 2)
        assert 3 < sound.getnframes() / 24_000 < 9
    path = tmp_path / "heard.wav"
    path.write_bytes(audio)
    assert wer(TEXT, hear(path)) <= 0.1


def test_generate_gives_the_audio_at_once(stack: LiveStack, tmp_path: Path) -> None:
    path = tmp_path / "at_once.mp3"
    path.write_bytes(client(stack).generate(TEXT, voice="am_michael", output_format="mp3", speed=1.1))
    assert wer(TEXT, hear(path)) <= 0.1


def test_the_asynchronous_client_too(stack: LiveStack) -> None:
    async def speak() -> bytes:
        async with AsyncTTSClient(
            api_key=stack.account(), base_url=stack.base_url, gpu_url=stack.base_url
        ) as sdk:
            job = await sdk.generate_async("Hello from the asynchronous client.", output_format="mp3")
            audio = await sdk.poll_result(job.uuid, timeout=120, interval=0.2)
            assert [model.name for model in await sdk.list_models() if model.name == "kokoro"]
            return bytes(audio)

    audio = asyncio.run(speak())
    assert audio[:3] == b"ID3" or audio[:1] == b"\xff", "an mp3 begins with a tag or a frame"


def test_list_models(stack: LiveStack) -> None:
    models = {model.name: model for model in client(stack).list_models()}
    assert models["kokoro"].tier == "standard"
    assert models["piper"].tier == "free"
    assert models["kokoro"].credits_per_1k == 2


def test_list_voices(stack: LiveStack) -> None:
    sdk = client(stack)
    voices = {voice.voice_id: voice for voice in sdk.list_voices()}
    assert (voices["af_bella"].model_name, voices["af_bella"].gender) == ("kokoro", "female")
    assert voices["af_bella"].is_premium is False
    assert voices["af_bella"].preview_url.startswith(stack.base_url)
    german_less = sdk.list_voices(model="kokoro", language="it")
    assert {voice.language for voice in german_less} == {"it"}


def test_an_unknown_model_is_its_model_not_found_error(stack: LiveStack) -> None:
    with pytest.raises(ModelNotFoundError, match=r"(?i)unknown model: nonsense"):
        client(stack).generate_async("Hello.", model="nonsense")


def test_bad_requests_are_its_general_error_with_our_message(stack: LiveStack) -> None:
    with pytest.raises(TTSError, match="format") as refused:
        client(stack).generate_async("Hello.", output_format="exe")
    assert refused.value.status_code == 400


def test_a_bad_key_is_its_authentication_error(stack: LiveStack) -> None:
    with pytest.raises(AuthenticationError, match="key"):
        client(stack, "sk-tts-" + "x" * 40).generate_async("Hello.")


def test_too_few_characters_is_its_insufficient_credits_error(stack: LiveStack) -> None:
    with pytest.raises(InsufficientCreditsError) as refused:
        client(stack, stack.account(characters=3)).generate_async("Hello there.")
    assert (refused.value.credits_needed, refused.value.credits_remaining) == (24, 3)


def test_too_many_requests_is_its_rate_limit_error(stack: LiveStack) -> None:
    sdk = client(stack, stack.account(plan="free"))
    for _ in range(10):
        sdk.generate_async("Hi.", model="fake", voice="tone")
    with pytest.raises((RateLimitError, TTSError)) as refused:
        sdk.generate_async("Hi.", model="fake", voice="tone")
    assert isinstance(refused.value, RateLimitError), refused.value
