"""Transcription: the platform against bare faster-whisper on the same file, and two workers against one."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import requests

from tests.ear import wer
from tests.listening import RATE, VOICES, sound, wav
from tests.stacks import LiveStack

from .client import Client
from .queued import key_of, unlimited_client
from .table import Row, row

# What a user would run by hand, with as many threads as one worker has. Prints the seconds and the text.
BARE = """
import sys, time
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[2], device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
list(model.transcribe(sys.argv[3])[0])
began = time.monotonic()
segments, info = model.transcribe(sys.argv[1])
text = "".join(segment.text for segment in segments)
print(time.monotonic() - began)
print(text)
"""


def recording(minutes: float, path: Path) -> float:
    """Real recordings of three people, over and over, as a WAV; its length in seconds."""
    rest = np.zeros(round(0.7 * RATE), np.float32)
    once = [part for files in VOICES.values() for file in files for part in (sound(file), rest)]
    length = sum(map(len, once)) / RATE
    samples = np.concatenate(once * max(1, round(minutes * 60 / length)))
    wav(samples, path)
    return len(samples) / RATE


def bare(path: Path, models: Path, short: Path) -> tuple[float, str]:
    """Seconds of the bare model in a process of its own, loaded and warm; the text."""
    command = [sys.executable, "-c", BARE, str(path), str(models / "whisper-base"), str(short)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, text = said.split("\n", 1)
    return float(seconds), text


def transcribed(client: Client, path: Path) -> tuple[float, str]:
    """Seconds from sending the file to the finished transcript; the text."""
    began = time.monotonic()
    with path.open("rb") as file:
        answer = client.session.post(
            f"{client.base_url}/v1/transcribe/", files={"file": file}, data={"model": "whisper"}, timeout=600
        )
    answer.raise_for_status()
    uuid = answer.json()["uuid"]
    client.finished(uuid)
    took = time.monotonic() - began
    result = requests.get(f"{client.base_url}/v1/transcribe/results/?uuid={uuid}", timeout=60).json()
    return took, str(result["text"])


def run(minutes: float = 30.0) -> list[Row]:
    """Takes about half as long as the recording, on two cores."""
    with tempfile.TemporaryDirectory() as folder:
        path, short = Path(folder) / "long.wav", Path(folder) / "short.wav"
        length = recording(minutes, path)
        wav(sound(VOICES["reader"][1]), short)
        seconds: dict[int, float] = {}
        texts: dict[int, str] = {}
        for workers in (1, 2):
            stack = LiveStack(Path(folder) / f"w{workers}", speech_workers=workers, durable=True)
            stack.speech_workers = workers
            with stack:
                client = unlimited_client(stack)
                for _ in range(2 * workers):
                    transcribed(client, short)
                seconds[workers], texts[workers] = transcribed(Client(stack.base_url, key_of(client)), path)
                models = Path(stack.environment["MODELS_DIR"])
        alone, text = bare(path, models, short)
    what = f"{length / 60:.0f} minutes of speech"
    return [
        row(f"{what}, bare faster-whisper, 1 thread", alone, "s"),
        row("real-time factor, bare", alone / length),
        row(f"{what}, 1 worker", seconds[1], "s"),
        row("real-time factor, platform ÷ bare", seconds[1] / alone, "", "<= 1.1"),
        row(f"{what}, 2 workers", seconds[2], "s"),
        row("2 workers ÷ 1", seconds[1] / seconds[2], "x", ">= 1.6"),
        row("words that differ from the bare model's", 100 * wer(text, texts[1]), "%"),
    ]
