"""Voices of one's own as TTS.ai's clients have them: PyPI `ttsai` 0.1.0 unmodified, and the document's examples."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from tts_ai import AsyncTTSClient, TTSClient

from tests.ear import hear, wer
from tests.stacks import LiveStack
from tests.voices.recordings import RATE, another, joe, wav
from workers.audio.measure import measured_seconds

TEXT = "Hello from my saved voice."
UPLOAD = r"""curl -X POST https://tts.ai/api/v1/user-voices/ \
-H "Authorization: Bearer sk-tts-your-key" \
-F "file=@reference.wav" \
-F "name=My Narrator" \
-F "language=en" \
-F "consent_confirmed=true"
"""
SPEAK = r"""curl -X POST https://tts.ai/api/v1/tts/ \
-H "Authorization: Bearer sk-tts-your-key" \
-H "Content-Type: application/json" \
-d '{"text":"Hello from my saved voice","user_voice_id":"uv_a1b2c3d4e5f6"}'
"""
CLONE = r"""curl -X POST https://api.tts.ai/v1/tts/clone/ \
-H "Authorization: Bearer sk-tts-your-key" \
-F "reference_audio=@reference.wav" \
-F "text=This uses a cloned voice." \
-F "model=chatterbox" \
-o cloned.mp3
"""


@pytest.fixture(scope="module")
def key(stack: LiveStack) -> str:
    return stack.account()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    (folder / "reference.wav").write_bytes(wav(joe()))
    return folder


@pytest.fixture(scope="module")
def voice(stack: LiveStack, key: str, folder: Path) -> dict[str, Any]:
    """A saved voice, made by the document's own line."""
    made: dict[str, Any] = json.loads(shell(stack, key, UPLOAD, folder))
    return made


def shell(stack: LiveStack, key: str, line: str, folder: Path) -> str:
    line = line.replace("https://tts.ai", stack.base_url).replace("https://api.tts.ai", stack.base_url)
    line = line.replace("sk-tts-your-key", key)
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line.strip()} -sS --fail-with-body"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def call(stack: LiveStack, key: str, method: str, path: str, **options: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return requests.request(method, f"{stack.base_url}{path}", headers=headers, timeout=120, **options)


def client(stack: LiveStack, key: str) -> TTSClient:
    return TTSClient(api_key=key, base_url=stack.base_url, gpu_url=stack.base_url)


def test_an_upload_becomes_a_voice_that_says_what_it_is(stack: LiveStack, voice: dict[str, Any]) -> None:
    assert voice["public_id"].startswith("uv_")
    assert isinstance(voice["id"], int)
    told = {name: voice[name] for name in ("name", "model_name", "language", "storage_status")}
    assert told == {
        "name": "My Narrator",
        "model_name": "openvoice",
        "language": "en",
        "storage_status": "active",
    }
    assert voice["served_model"] == "voice-match"
    assert 0.3 < voice["similarity"] <= 1
    assert "stock voice" in voice["note"]
    recording = requests.get(voice["reference_audio_url"], timeout=30)
    assert (recording.status_code, recording.headers["Content-Type"]) == (200, "audio/wav")
    assert recording.content == wav(joe()), "the recording is kept as it came"


def test_the_saved_voice_speaks_the_text(
    stack: LiveStack, key: str, voice: dict[str, Any], folder: Path
) -> None:
    said = json.loads(shell(stack, key, SPEAK.replace("uv_a1b2c3d4e5f6", voice["public_id"]), folder))
    assert (said["served_model"], said["voice"]) == ("voice-match", voice["public_id"])
    assert said["similarity"] == voice["similarity"]
    audio = client(stack, key).poll_result(said["uuid"], timeout=120, interval=0.3)
    (folder / "said.mp3").write_bytes(audio)
    assert wer("Hello from my saved voice", hear(folder / "said.mp3")) <= 0.2
    result = call(stack, key, "GET", f"/v1/speech/results/?uuid={said['uuid']}").json()
    assert (result["served_model"], result["note"]) == ("voice-match", voice["note"])
    # The same as audio: what the voice is stands in its headers.
    body = {"text": TEXT, "user_voice_id": voice["public_id"]}
    for path in ("/v1/tts/?wait=true", "/v1/tts/stream/"):
        answer = call(stack, key, "POST", path, json=body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["X-Voice-Note"] == voice["note"]
        assert answer.headers["X-Voice-Similarity"] == str(voice["similarity"])
    batch = client(stack, key).batch_generate_and_wait(
        [body, {"text": "Hi.", "model": "fake"}], timeout=60, interval=0.3
    )
    told = [(item.get("note"), item.get("similarity")) for item in batch.raw["items"]]
    assert told == [(voice["note"], voice["similarity"]), (None, None)]


def test_the_list_tells_the_quota_and_an_archived_voice_is_silent(
    stack: LiveStack, key: str, voice: dict[str, Any]
) -> None:
    listed = call(stack, key, "GET", "/api/v1/user-voices/").json()
    assert [each["public_id"] for each in listed["voices"]] == [voice["public_id"]]
    assert listed["quota"] == {"used": 1, "limit": 1000, "remaining": 999}
    path = f"/api/v1/user-voices/{voice['public_id']}"
    body = {"text": TEXT, "user_voice_id": voice["public_id"]}
    assert call(stack, key, "POST", f"{path}/archive/").json()["storage_status"] == "archived"
    refused = call(stack, key, "POST", "/api/v1/tts/", json=body)
    assert (refused.status_code, "archived" in refused.json()["error"]["message"]) == (409, True)
    assert call(stack, key, "POST", f"{path}/reactivate/").json()["storage_status"] == "active"
    assert call(stack, key, "POST", "/api/v1/tts/", json=body).status_code == 200


def test_clone_voice_of_the_sdk(stack: LiveStack, key: str, folder: Path) -> None:
    sdk = client(stack, key)
    job = sdk.clone_voice("My Voice", folder / "reference.wav", text="Hello in my cloned voice!")
    assert job.status == "queued"
    assert job.raw["served_model"] == "voice-match"
    assert job.raw["credits_used"] == 4 * len("Hello in my cloned voice!")
    assert sdk.poll_result(job.uuid, timeout=120, interval=0.3)[:3] in {
        b"ID3",
        b"\xff\xfb\x94",
        b"\xff\xf3\x84",
    }
    silent = sdk.clone_voice("My Voice", (folder / "reference.wav").read_bytes())
    assert silent.uuid, "without a text a sample is spoken"


def test_the_clone_line_saves_the_audio(stack: LiveStack, key: str, folder: Path) -> None:
    shell(stack, key, CLONE, folder)
    assert wer("This uses a cloned voice.", hear(folder / "cloned.mp3")) <= 0.2


PYTHON = """
# Voice Cloning
with open("reference.wav", "rb") as ref:
    response = requests.post(
        "https://api.tts.ai/v1/tts/clone/",
        headers={"Authorization": f"Bearer {API_KEY}"},
        files={"reference_audio": ref},
        data={
            "text": "This speech uses a cloned voice.",
            "model": "chatterbox"
        }
    )
with open("cloned_output.mp3", "wb") as f:
    f.write(response.content)
"""


def test_the_documents_python_saves_the_audio(stack: LiveStack, key: str, folder: Path) -> None:
    # The document imports and names the key once, above its first example.
    program = "import requests\nAPI_KEY = 'sk-tts-your-key'\n" + PYTHON
    program = program.replace("https://api.tts.ai", stack.base_url).replace("sk-tts-your-key", key)
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, timeout=120)
    # What it says is heard in the same call by curl, above.
    assert measured_seconds(folder / "cloned_output.mp3", max_bytes=1 << 20) > 1


def test_the_asynchronous_client_clones_and_speaks_batches(stack: LiveStack, key: str, folder: Path) -> None:
    async def use() -> None:
        urls: dict[str, Any] = {"base_url": stack.base_url, "gpu_url": stack.base_url}
        async with AsyncTTSClient(api_key=key, **urls) as sdk:
            job = await sdk.clone_voice("Me", (folder / "reference.wav").read_bytes(), text=TEXT)
            assert (job.status, job.raw["served_model"]) == ("queued", "voice-match")
            assert len(await sdk.poll_result(job.uuid, timeout=60, interval=0.3)) > 1000
            items = [{"text": f"Number {n}.", "model": "fake", "voice": "tone"} for n in range(3)]
            batch = await sdk.batch_generate_and_wait(items, timeout=60, interval=0.3)
            assert (batch.status, batch.completed, len(batch.items)) == ("completed", 3, 3)

    asyncio.run(use())


def test_a_retry_with_an_idempotency_key_gives_the_first_answer_and_builds_nothing(
    stack: LiveStack, key: str, folder: Path
) -> None:
    recording = (folder / "reference.wav").read_bytes()

    def order(path: str, name: str, file: bytes = recording, **more: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": name}
        return requests.post(
            f"{stack.base_url}{path}",
            headers=headers,
            files={"reference_audio": file},
            data={"text": TEXT, **more},
            timeout=120,
        )

    def jobs() -> int:
        return sum(
            job["kind"] == "voice" for job in call(stack, key, "GET", "/v1/jobs/?limit=100").json()["results"]
        )

    path = "/v1/tts/clone/"
    one = order(path, path)
    built = jobs()
    two = order(path, path)
    assert (one.status_code, two.status_code) == (200, 200), two.text
    assert one.content == two.content
    assert one.headers["X-Job-Id"] == two.headers["X-Job-Id"]
    assert one.headers["X-Voice-Note"] == two.headers["X-Voice-Note"]
    assert jobs() == built
    for other in (order(path, path, another_wav()), order(path, path, text="Other words.")):
        assert other.status_code == 422, other.text
    assert order("/v1/voice-clone/", path).status_code == 422, "bytes are no job"


def another_wav() -> bytes:
    return wav(another())


def test_an_embedding_is_made_once_and_used_often(stack: LiveStack, key: str, folder: Path) -> None:
    with (folder / "reference.wav").open("rb") as file:
        made = call(
            stack, key, "POST", "/v1/tts/embed/", files={"file": file}, data={"model": "openvoice"}
        ).json()
    assert made["embed_id"].startswith("emb_")
    assert (made["model"], made["duration_ms"] > 0) == ("openvoice", True)
    fields = {"text": (None, TEXT), "embed_id": (None, made["embed_id"]), "format": (None, "wav")}
    answer = call(stack, key, "POST", "/v1/tts/clone/", files=fields)
    assert (answer.status_code, answer.content[:4]) == (200, b"RIFF")
    assert answer.headers["X-Served-Model"] == "voice-match"
    assert float(answer.headers["X-Voice-Similarity"]) == made["similarity"]
    assert answer.headers["X-Voice-Note"] == made["note"]
    assert answer.headers["X-Credits-Used"] == str(4 * len(TEXT))
    assert call(stack, key, "GET", "/api/v1/user-voices/").json()["total"] == 1, (
        "an embedding is no saved voice"
    )


def test_two_people_in_one_recording_are_refused(stack: LiveStack, key: str, voice: dict[str, Any]) -> None:
    both = wav(np.concatenate([joe()[: 6 * RATE], another()]))
    fields = {"name": "Both", "consent_confirmed": "true"}
    refused = call(stack, key, "POST", "/api/v1/user-voices/", files={"file": both}, data=fields)
    message = refused.json()["error"]["message"]
    assert (refused.status_code, "More than one person" in message) == (400, True), refused.text
    assert call(stack, key, "GET", "/api/v1/user-voices/").json()["quota"]["used"] == 1


def test_a_deleted_voice_is_gone_for_good(stack: LiveStack, key: str, voice: dict[str, Any]) -> None:
    path = f"/api/v1/user-voices/?public_id={voice['public_id']}"
    assert call(stack, key, "DELETE", path).status_code == 200
    assert call(stack, key, "DELETE", path).status_code == 404
    body = {"text": TEXT, "user_voice_id": voice["public_id"]}
    assert call(stack, key, "POST", "/api/v1/tts/", json=body).status_code == 404
    assert requests.get(voice["reference_audio_url"], timeout=30).status_code == 404
    folder = urlsplit(voice["reference_audio_url"]).path.split("/")[-2].replace("-", "")
    assert (stack.var_dir / "media" / "voices").is_dir()
    assert not (stack.var_dir / "media" / "voices" / folder).exists()
