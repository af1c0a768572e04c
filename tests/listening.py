"""Real recorded speech for tests, and what to compare transcripts with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.decode import decode
from workers.audio.encode import to_int16, wav_header
from workers.engines.base import Audio
from workers.engines.kinds import Hearing, Segment

RATE = 16_000
RECORDINGS = Path(__file__).parent / "recordings"
SPEAKERS = Path(__file__).parent / "engines" / "speakers"
AUSTEN = {
    line.split(" ", 1)[0]: line.split(" ", 1)[1]
    for line in (RECORDINGS / "austen.txt").read_text("utf-8").splitlines()
}
"""What the reader says in each recording."""
VOICES = {
    "reader": [RECORDINGS / f"austen-{name}.opus" for name in AUSTEN],
    "woman": [SPEAKERS / f"3080-{name}.opus" for name in ("reference", "other")],
    "man": [SPEAKERS / f"3005-{name}.opus" for name in ("reference", "other")],
}
"""Three people, and recordings of each."""


@cache
def sound(path: Path) -> Audio:
    """Mono float32 (n,) at 16 kHz."""
    return np.concatenate(list(decode(path, RATE)))


def austen(pause: float = 0.6) -> tuple[Audio, str]:
    """All sentences of the reader with pauses between, and their words."""
    rest = np.zeros(round(pause * RATE), np.float32)
    pieces = [part for path in VOICES["reader"] for part in (sound(path), rest)]
    return np.concatenate(pieces), " ".join(AUSTEN.values())


def conversation(
    turns: Sequence[tuple[str, int]], pause: float = 0.4
) -> tuple[Audio, list[tuple[float, float, str]]]:
    """Recordings of VOICES one after another: the sound, and (start, end, who) of each turn in seconds."""
    rest = np.zeros(round(pause * RATE), np.float32)
    pieces: list[Audio] = []
    spans, at = [], 0
    for who, number in turns:
        piece = sound(VOICES[who][number])
        spans.append((at / RATE, (at + len(piece)) / RATE, who))
        pieces += [piece, rest]
        at += len(piece) + len(rest)
    return np.concatenate(pieces), spans


def wav(samples: Audio, path: Path, rate: int = RATE) -> Path:
    """Write mono PCM_16 to `path`."""
    data = to_int16(samples).tobytes()
    path.write_bytes(wav_header(rate, len(data)) + data)
    return path


class Scripted:
    """A fake recogniser that says what it is told to, and remembers how much it was asked to hear."""

    reentrant = True
    sample_rate = RATE

    def __init__(self, *texts: str, language: tuple[str, float] = ("en", 0.9)) -> None:
        self.texts = list(texts)
        self.language = language
        self.heard: list[float] = []
        self.asked: list[Hearing] = []

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def language_of(self, samples: Audio) -> tuple[str, float]:
        return self.language

    def hear(self, samples: Audio, hearing: Hearing, cancelled: Any) -> Iterator[Segment]:
        self.heard.append(len(samples) / RATE)
        self.asked.append(hearing)
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        yield Segment(0.0, len(samples) / RATE, f" {text}")
