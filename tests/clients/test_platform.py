"""The Python client and its command line against the running platform."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from ttsplatform_client import AsyncClient, AuthenticationError, Client, InsufficientCharacters, Job, NotFound

from tests.ear import wer
from tests.stacks import LiveStack
from tests.voices.recordings import RATE, wav

TEXT = "The weather is fine today, and the train arrives at noon."


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


def tts(stack: LiveStack, key: str, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "ttsplatform_client", *arguments],
        env={**os.environ, "TTS_BASE_URL": stack.base_url, "TTS_API_KEY": key, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def seconds(audio: bytes) -> float:
    with wave.open(io.BytesIO(audio)) as sound:
        return sound.getnframes() / sound.getframerate()


def test_queued_speech_with_its_progress(stack: LiveStack, key: str, tmp_path: Path) -> None:
    seen: list[Job] = []
    with Client(key, stack.base_url) as client:
        job = client.speak(
            "Hello there.", tmp_path / "a.wav", model="fake", voice="tone", progress=seen.append
        )
        assert (job.status, job.served_model, seen[-1].progress) == ("completed", "fake", 1.0)
        assert seconds((tmp_path / "a.wav").read_bytes()) == pytest.approx(job.duration, abs=0.01)
        assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
        client.delete(job.id)
        with pytest.raises(NotFound):
            client.fetch(client.job("0" * 32), tmp_path / "b.wav")


def test_live_speech_and_many_at_once(stack: LiveStack, key: str, tmp_path: Path) -> None:
    text = "One sentence. Another sentence."
    with Client(key, stack.base_url) as client:
        sounds = list(client.stream(text, model="fake", voice="tone", format="wav"))
    assert [word["word"] for sound in sounds for word in sound.words][:2] == ["One", "sentence"]
    assert len(b"".join(sound.audio for sound in sounds)) > 20_000

    async def several() -> list[Job]:
        async with AsyncClient(key, stack.base_url) as client:
            heard = [sound async for sound in client.stream(text, model="fake", voice="tone")]
            assert heard
            paths = [tmp_path / f"{number}.mp3" for number in range(3)]
            return await asyncio.gather(
                *(client.speak(text, path, model="fake", voice="tone") for path in paths)
            )

    assert {job.status for job in asyncio.run(several())} == {"completed"}
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_text_that_is_still_being_written_is_spoken(stack: LiveStack, key: str) -> None:
    written: list[str] = []

    async def words() -> AsyncIterator[str]:
        for word in ["The", "first", "sentence", "is", "done.", "And", "here", "is", "the", "second", "one."]:
            written.append(word)
            yield word + " "
            await asyncio.sleep(0.02)

    async def spoken(key: str) -> bytes:
        async with AsyncClient(key, stack.base_url) as client:
            return b"".join(
                [sound.audio async for sound in client.talk(words(), model="fake", sample_rate=16_000)]
            )

    assert len(asyncio.run(spoken(key))) > 16_000
    assert len(written) == 11
    with pytest.raises(AuthenticationError):
        asyncio.run(spoken("sk-tts-" + "x" * 40))


def test_the_command_line_speaks_and_hears_what_it_spoke(stack: LiveStack, key: str, tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    said = tts(stack, key, "speak", TEXT, "-o", str(spoken), "--model", "piper")
    assert "piper" in said.stderr
    heard = tts(stack, key, "transcribe", str(spoken), "--language", "en").stdout
    assert wer(TEXT, heard) <= 0.2
    live = tmp_path / "live.mp3"
    tts(stack, key, "speak", "Hello.", "--stream", "-o", str(live), "--model", "fake", "--voice", "tone")
    assert live.stat().st_size > 1000


def test_a_recording_for_a_voice_is_judged(stack: LiveStack, key: str, tmp_path: Path) -> None:
    """What becomes of a good one is tested with the vendors' clients: making a voice takes its time."""
    recording = tmp_path / "silence.wav"
    recording.write_bytes(wav(np.zeros(RATE * 8, np.float32)))
    refused = tts(stack, key, "clone", "Nobody", str(recording), status=1)
    assert "consent" in refused.stderr
    refused = tts(stack, key, "clone", "Nobody", str(recording), "--consent", status=1)
    assert "silent" in refused.stderr
    assert "af_bella" in tts(stack, key, "voices", "--model", "kokoro").stdout


def test_a_batch_of_a_table(stack: LiveStack, key: str, tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    table.write_text("text,model,voice,format\nOne.,fake,tone,wav\nTwo.,fake,tone,mp3\n")
    folder = tmp_path / "out"
    done = tts(stack, key, "batch", str(table), "-o", str(folder))
    assert done.stdout.split() == [str(folder / "00.wav"), str(folder / "01.mp3")]
    assert seconds((folder / "00.wav").read_bytes()) > 0.1


def test_errors_are_told_by_their_kind(stack: LiveStack, tmp_path: Path) -> None:
    with Client("sk-tts-" + "x" * 40, stack.base_url) as client, pytest.raises(AuthenticationError):
        client.order("Hello.")
    with Client(stack.account(characters=2), stack.base_url) as client, pytest.raises(InsufficientCharacters):
        client.order("Hello there.")
    done = tts(stack, "sk-tts-" + "x" * 40, "speak", "Hello.", status=1)
    assert "key" in done.stderr
    assert "request id: req_" in done.stderr
    assert done.stdout == ""
