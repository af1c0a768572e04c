"""`python -m bench.saved_voices`: from a recording of 10 s to a voice that speaks, and what speaking with it costs.

Over HTTP, as customers do it: real people's recordings are uploaded, each answer comes when the voice can speak. Then
the same sentences are queued with saved voices and with the built-in voices that these were matched to, in turn, and
whoever came second is first the next time: what one leaves warm for the other is left by both.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from tests.stacks import LiveStack
from tests.voices.recordings import RATE, wav
from workers.audio.decode import decode
from workers.engines.base import Audio

from .client import Client
from .queued import unlimited_client
from .table import Row, percentile, row, say, show
from .texts import sentences

SECONDS = 10.0
STEP = 0.9
"""Seconds by which one recording of a person begins after the one before: no two uploads are the same."""
TESTS = Path(__file__).parents[1] / "tests"
PEOPLE = ("recordings/austen-*.opus", "engines/speakers/3005-*.opus", "engines/speakers/3080-*.opus")
"""One person's recordings each, 13.9 s or more."""


@dataclass(frozen=True)
class Saved:
    """A voice that was made of a recording: its public id, the built-in voice that it was matched to, seconds taken."""

    public_id: str
    base: str
    seconds: float


def recordings(count: int) -> list[Audio]:
    """`count` references of SECONDS at RATE Hz, the people in turn; up to 12."""
    people = [
        np.concatenate([np.concatenate(list(decode(path, RATE))) for path in sorted(TESTS.glob(pattern))])
        for pattern in PEOPLE
    ]
    starts = [round(STEP * (n // len(people)) * RATE) for n in range(count)]
    return [people[n % len(people)][start : start + round(SECONDS * RATE)] for n, start in enumerate(starts)]


def saved(stack: LiveStack, client: Client, recording: Audio) -> Saved:
    """Upload a recording, and return when its voice is ready."""
    began = time.monotonic()
    answer = client.session.post(
        f"{stack.base_url}/api/v1/user-voices/",
        data={"name": "Bench", "language": "en", "consent_confirmed": "true"},
        files={"file": ("reference.wav", wav(recording), "audio/wav")},
        timeout=120,
    )
    took = time.monotonic() - began
    answer.raise_for_status()
    made = answer.json()
    assert made["ready"], made
    told = stack.manage(
        "shell",
        "-c",
        "from apps.voices.models import Voice;"
        f"print('base', Voice.objects.get(public_id={made['public_id']!r}).built['base'])",
    )
    return Saved(made["public_id"], told.split("base ")[-1].strip(), took)


def spoken(client: Client, text: str, **voice: str) -> float:
    """Milliseconds from the order to the finished file, by the platform's clock."""
    body: dict[str, Any] = {"text": text, **voice}
    answer = client.session.post(f"{client.base_url}/v1/tts/", json=body, timeout=60)
    answer.raise_for_status()
    job = client.finished(answer.json()["uuid"], pause=0.05)
    ended, began = (datetime.fromisoformat(job[name]) for name in ("finished_at", "created_at"))
    return (ended - began).total_seconds() * 1000


def side_by_side(client: Client, voices: list[Saved], count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of `count` sentences with saved voices, and of the same with the built-in ones."""
    ours: list[float] = []
    theirs: list[float] = []
    for number, text in enumerate(sentences(count)):
        voice = voices[number % len(voices)]
        sides = [
            (ours, {"user_voice_id": voice.public_id}),
            (theirs, {"model": "kokoro", "voice": voice.base}),
        ]
        for times, spoken_in in sides if number % 2 else sides[::-1]:
            times.append(spoken(client, text, **spoken_in))
    return ours, theirs


def run(uploads: int = 12, count: int = 30) -> list[Row]:
    """At most 12 uploads, of which the first finds nothing loaded and is told of by itself; `count` sentences."""
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder), speech_workers=1) as stack:
        client = unlimited_client(stack)
        say(f"{uploads} recordings of {SECONDS:.0f} s become voices")
        voices = [saved(stack, client, recording) for recording in recordings(uploads)]
        chosen = voices[: len(PEOPLE)]
        for voice in chosen:
            spoken(client, "This is said to load what is needed.", user_voice_id=voice.public_id)
            spoken(client, "This is said to load what is needed.", model="kokoro", voice=voice.base)
        say(f"{count} sentences with saved voices and with {', '.join(each.base for each in chosen)}")
        ours, theirs = side_by_side(client, chosen, count)
    ready = [voice.seconds for voice in voices[1:]]
    return [
        row("voice of a 10 s reference, nothing loaded", voices[0].seconds, "s"),
        row("voice ready, p50", percentile(ready, 0.5), "s", "<= 10"),
        row("voice ready, slowest", max(ready), "s"),
        row(f"{count} sentences queued, saved voices", sum(ours) / 1000, "s"),
        row(f"{count} sentences queued, built-in voices", sum(theirs) / 1000, "s"),
        row("saved ÷ built-in voice", sum(ours) / sum(theirs), "×", "<= 1.1"),
    ]


if __name__ == "__main__":
    show(run(*(int(each) for each in sys.argv[1:])))
