"""`python -m bench.chat`: a voice chat's first sound after the language model's first sentence is whole.

The language model is the small server of the tests, which writes eighty tokens a second; what is measured is ours.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.chat.model_server import ModelServer, in_tokens, model_server
from tests.stacks import LiveStack

from .queued import key_of, unlimited_client
from .table import Row, say, show, spread

ANSWER = (
    "The capital of France is Paris. It lies on the river Seine, in the north of the country. "
    "More than two million people live there."
)
FIRST = ANSWER.index(" It ")
WARM = 2


def lines(answer: requests.Response) -> Iterator[bytes]:
    """The lines of a stream as they come. `iter_lines` either waits for a full chunk or takes a call for each byte."""
    held = b""
    while data := answer.raw.read1(1 << 16):
        *whole, held = (held + data).split(b"\n")
        yield from (line.rstrip(b"\r") for line in whole)


def first_sound(stack: LiveStack, key: str, llm: ModelServer, voice: dict[str, str]) -> float:
    """Milliseconds from the first letter after the first sentence to the first sound of it."""
    body: dict[str, Any] = {
        "text": "What is the capital of France?",
        "stream": True,
        "format": "pcm",
        **voice,
    }
    answer = requests.post(
        f"{stack.base_url}/v1/voice-chat/",
        json=body,
        headers={"Authorization": f"Bearer {key}"},
        stream=True,
        timeout=60,
    )
    answer.raise_for_status()
    name, heard = "", 0.0
    for line in lines(answer):
        if line.startswith(b"event: "):
            name = line[7:].decode()
        elif line.startswith(b"data: ") and name == "audio" and not heard:
            heard = time.monotonic()
            json.loads(line[6:])
    written = len(in_tokens(ANSWER[:FIRST]))
    return (heard - llm.wrote[written]) * 1000


def run(count: int = 20) -> list[Row]:
    rows: list[Row] = []
    with model_server() as llm, tempfile.TemporaryDirectory() as folder:
        llm.rule, llm.pause = lambda messages: in_tokens(ANSWER), 1 / 80
        env = {"LLM_BASE_URL": llm.url, "LLM_MODEL": "by-heart"}
        with LiveStack(Path(folder) / "chat", env=env) as stack:
            key = key_of(unlimited_client(stack))
            for model, voice in (("kokoro", "af_bella"), ("piper", "en_US-joe-medium")):
                say(f"voice chat, {model}, {count} turns")
                times = [
                    first_sound(stack, key, llm, {"tts_model": model, "voice": voice})
                    for _ in range(count + WARM)
                ]
                what = f"voice chat: first sound after the first sentence, {model}"
                rows += spread(what, times[WARM:], target="<= 500")
    return rows


if __name__ == "__main__":
    show(run())
