"""First audio of streamed speech: from the request to the first byte of sound, by engine."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import requests

from tests.stacks import LiveStack

from .queued import key_of, unlimited_client
from .table import Row, spread
from .texts import TWELVE_WORDS


def first_audio(url: str, key: str, model: str, voice: str, count: int) -> list[float]:
    """Milliseconds to the first byte of raw samples, one request after the other, the first two left out."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    times = []
    for number in range(count + 2):
        text = TWELVE_WORDS[number % len(TWELVE_WORDS)]
        body = {"model": model, "voice": voice, "input": text, "response_format": "pcm"}
        began = time.monotonic()
        with session.post(f"{url}/v1/audio/speech", json=body, stream=True, timeout=60) as answer:
            answer.raise_for_status()
            next(answer.iter_content(1))
            if number >= 2:
                times.append((time.monotonic() - began) * 1000)
            for _ in answer.iter_content(65536):
                pass
    return times


def run(count: int = 20) -> list[Row]:
    """The platform's own share (the fake engine answers at once), then Kokoro and Piper."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "live") as stack:
        key = key_of(unlimited_client(stack))
        for model, voice in (("fake", "tone"), ("kokoro", "af_bella"), ("piper", "")):
            times = first_audio(stack.base_url, key, model, voice, count)
            name = "the platform alone (fake engine)" if model == "fake" else f"{model}, 12 words"
            rows += spread(f"first audio over HTTP, {name}", times)
    return rows
