"""`python -m bench.heard`: every way to get live speech, heard back by Whisper base; and the mark looked for in it.

Not a matter of speed: it runs the same sentences through each protocol of the running platform and counts wrong words.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import requests

from tests.ear import hear, wer
from tests.sockets import Socket
from tests.stacks import LiveStack
from workers.audio.decode import decode
from workers.audio.encode import from_int16
from workers.audio.watermark import detect
from workers.engines.base import Audio

from .table import Row, row, say, show
from .texts import SENTENCES

RATE = 24_000
TEXTS = [text for text in SENTENCES if len(text.split()) > 5]
Speak = Callable[[LiveStack, str, str], Audio]


def _post(stack: LiveStack, key: str, path: str, **body: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"}
    answer = requests.post(f"{stack.base_url}{path}", json=body, headers=headers, timeout=120)
    answer.raise_for_status()
    return answer


def _decoded(data: bytes, suffix: str) -> Audio:
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        return np.concatenate(list(decode(Path(file.name), RATE)))


def openai(stack: LiveStack, key: str, text: str) -> Audio:
    answer = _post(stack, key, "/v1/audio/speech", model="tts-1", voice="alloy", input=text)
    return _decoded(answer.content, ".mp3")


def openai_events(stack: LiveStack, key: str, text: str) -> Audio:
    answer = _post(
        stack,
        key,
        "/v1/audio/speech",
        model="tts-1",
        voice="onyx",
        input=text,
        response_format="pcm",
        stream_format="sse",
    )
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    return from_int16(b"".join(base64.b64decode(event["audio"]) for event in events if "audio" in event))


def ttsai_events(stack: LiveStack, key: str, text: str) -> Audio:
    answer = _post(stack, key, "/v1/tts/stream/", model="kokoro", voice="am_michael", text=text, format="ogg")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    data = b"".join(base64.b64decode(event["audio"]) for event in events if "audio" in event)
    return _decoded(data, ".ogg")


def kugel_generate(stack: LiveStack, key: str, text: str) -> Audio:
    return from_int16(_post(stack, key, "/v1/tts/generate", text=text, language="en").content)


def kugel_socket(stack: LiveStack, key: str, text: str) -> Audio:
    with Socket(stack.base_url, "/ws/tts", key) as socket:
        socket.say(text=text, language="en")
        socket.until("final")
        return socket.sound()


def kugel_stream(stack: LiveStack, key: str, text: str) -> Audio:
    with Socket(stack.base_url, "/ws/tts/stream", key, sdk="bench") as socket:
        for word in text.split():
            socket.say(text=f"{word} ", language="en")
        socket.say(flush=True)
        socket.until("session_closed")
        return socket.sound()


def kugel_multi(stack: LiveStack, key: str, text: str) -> Audio:
    with Socket(stack.base_url, "/ws/tts/multi", key, sdk="bench") as socket:
        socket.say(text=text, context_id="one", language="en", flush=True)
        socket.until("final")
        return socket.sound(context_id="one")


def kittentts(stack: LiveStack, key: str, text: str) -> Audio:
    answer = _post(stack, key, "/api/generate", text=text, voice="Luna").json()
    return _decoded(base64.b64decode(answer["audio_base64"]), ".wav")


def pockettts(stack: LiveStack, key: str, text: str) -> Audio:
    return _decoded(_post(stack, key, "/pocket-tts?format=opus", text=text).content, ".opus")


WAYS: tuple[Speak, ...] = (
    openai,
    openai_events,
    ttsai_events,
    kugel_generate,
    kugel_socket,
    kugel_stream,
    kugel_multi,
    kittentts,
    pockettts,
)


def run(count: int = 8) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "heard") as stack:
        key = stack.account()
        for way in WAYS:
            say(f"{way.__name__}: {count} sentences")
            sounds = [way(stack, key, text) for text in TEXTS[:count]]
            heard = [hear(sound, RATE, model="base").text for sound in sounds]
            wrong = wer(" ".join(TEXTS[:count]), " ".join(heard))
            marked = sum(detect(sound, RATE).found for sound in sounds)
            rows.append(row(f"{way.__name__}: words heard wrong", 100 * wrong, "%", "<= 5"))
            rows.append(row(f"{way.__name__}: marked, of {count}", marked, "", f">= {count}"))
    return rows


if __name__ == "__main__":
    show(run())
