"""`python -m bench.word_times [COUNT]`: are words where a stream says they are? 20 sentences through /ws/tts.

Two rulers. Whisper base's word times, which are early themselves: by how much is measured on the same recordings,
where a word follows silence and its beginning is beyond doubt. And the sound itself: how far from such a beginning the
nearest start of ours is. `corrected` is the distance to Whisper's times moved by its own lead.
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.ear import HeardWord, hear, spoken_form
from tests.engines.test_word_times import SENTENCES, onsets
from tests.sockets import Frame, Socket
from tests.stacks import LiveStack
from workers.engines.base import Audio

from .queued import key_of, unlimited_client
from .table import Row, percentile, row, say, show

TARGET = "<= 80"
"""Milliseconds at the median."""
TOGETHER = 5
"""Answers in one recording: Whisper hears 30 s at once, so fewer would cost as much each."""
REST_SECONDS = 0.7
NEAR_SECONDS = 0.3
"""How far from a beginning of sound the word that begins there can be."""
RUNS: tuple[tuple[str, Frame], ...] = (
    ("kokoro", {"model_id": "kokoro"}),
    ("piper", {"model_id": "piper"}),
    ("kokoro, speed 1.2", {"model_id": "kokoro", "speed": 1.2}),
    ("piper, 16 kHz", {"model_id": "piper", "sample_rate": 16_000}),
)
"""What is asked for beside the text. The first two are what the target is for, in all sentences; the others in half."""


@dataclass
class Apart:
    """Milliseconds, positive where ours are later: `starts` than Whisper's, `onsets` than the sound; `lead`: how much
    before the sound Whisper's are."""

    starts: list[float] = field(default_factory=list)
    onsets: list[float] = field(default_factory=list)
    lead: list[float] = field(default_factory=list)
    words: int = 0


@dataclass
class Told:
    """A word as the stream told of it: seconds from the beginning of the recording."""

    text: str
    start: float


def spoken(stack: LiveStack, key: str, text: str, asked: Frame) -> tuple[Audio, int, list[Told]]:
    """The sound of a stream, its rate, and the words it told of."""
    with Socket(stack.base_url, "/ws/tts", key) as socket:
        socket.say(text=text, language="en", word_timestamps=True, **asked)
        socket.until("final")
        rates = {frame["sr"] for frame in socket.frames if frame.get("audio")}
        told = [word for frame in socket.frames for word in frame.get("word_timestamps", ())]
        return (
            socket.sound(),
            rates.pop(),
            [Told(text[word["char_start"] : word["char_end"]], word["start_ms"] / 1000) for word in told],
        )


def measure(recording: Audio, rate: int, words: list[Told], apart: Apart) -> None:
    """Compare what was told with what Whisper hears and where sound begins."""
    heard = hear(recording, rate, model="base", words=True).words
    pairs = _pairs(words, heard)
    apart.words += len(words)
    apart.starts += [1000 * (ours.start - theirs.start) for ours, theirs in pairs]
    for onset in onsets(recording, rate):
        ours, theirs = min(pairs, key=lambda pair: abs(pair[0].start - onset))
        if abs(ours.start - onset) < NEAR_SECONDS:
            apart.onsets.append(1000 * (ours.start - onset))
            apart.lead.append(1000 * (onset - theirs.start))


def _pairs(words: list[Told], heard: tuple[HeardWord, ...]) -> list[tuple[Told, HeardWord]]:
    """The words that Whisper heard as they were written, in order."""
    ours, theirs = ([spoken_form(word.text) for word in side] for side in (words, heard))
    blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return [(words[block.a + i], heard[block.b + i]) for block in blocks for i in range(block.size)]


def compared(stack: LiveStack, key: str, texts: list[str], asked: Frame) -> Apart:
    """All texts, some in one recording after another."""
    apart = Apart()
    for first in range(0, len(texts), TOGETHER):
        parts: list[Audio] = []
        words: list[Told] = []
        seconds, rate = 0.0, 1
        for text in texts[first : first + TOGETHER]:
            sound, rate, told = spoken(stack, key, text, asked)
            words += [Told(word.text, word.start + seconds) for word in told]
            parts += [sound, np.zeros(round(REST_SECONDS * rate), np.float32)]
            seconds = sum(map(len, parts)) / rate
        measure(np.concatenate(parts), rate, words, apart)
    return apart


def rows_of(name: str, apart: Apart, target: str | None) -> list[Row]:
    lead = percentile(apart.lead, 0.5)
    raw = [abs(each) for each in apart.starts]
    corrected = [abs(each - lead) for each in apart.starts]
    name = f"word starts, {name}"
    return [
        row(f"{name}: from Whisper's, p50", percentile(raw, 0.5), "ms", target),
        row(f"{name}: signed (later than Whisper's), p50", percentile(apart.starts, 0.5), "ms"),
        row(f"{name}: Whisper before the sound, p50", lead, "ms"),
        row(f"{name}: from Whisper's corrected by that, p50", percentile(corrected, 0.5), "ms", target),
        row(f"{name}: corrected, p90", percentile(corrected, 0.9), "ms"),
        row(f"{name}: from the sound after silence, p50", percentile([abs(x) for x in apart.onsets], 0.5), "ms"),
        row(f"{name}: words compared, of {apart.words}", len(raw)),
    ]  # fmt: skip


def run(count: int = 20) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, LiveStack(Path(folder) / "words") as stack:
        key = key_of(unlimited_client(stack))
        for number, (name, asked) in enumerate(RUNS):
            texts = SENTENCES[: count if number < 2 else max(TOGETHER, count // 2)]
            say(f"word times of {name}, {len(texts)} sentences")
            rows += rows_of(name, compared(stack, key, texts, asked), TARGET if number < 2 else None)
    return rows


if __name__ == "__main__":
    show(run(*map(int, sys.argv[1:])))
