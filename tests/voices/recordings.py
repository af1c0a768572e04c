"""Recordings that tests send: people speaking (Piper's Joe, and another), music, noise, and files that are traps."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from workers.audio.encode import to_int16, wav_header
from workers.audio.ffmpeg import FFmpeg
from workers.engines import registry
from workers.engines.base import Audio, Utterance
from workers.engines.levels import resampled

RATE = 24_000
_JOE = (
    "The boat left the harbour early in the morning, before the fog had lifted from the water. "
    "Nobody had expected the market to be open on a Sunday, but there it was."
)


@lru_cache(maxsize=1)
def joe() -> Audio:
    """About nine seconds of a man, mono at RATE Hz."""
    engine = registry.load("piper")
    spoken = [
        chunk.samples for chunk in engine.speak(Utterance(_JOE, "en_US-joe-medium", "en"), lambda: False)
    ]
    rate = engine.sample_rate
    engine.close()
    return resampled(np.concatenate(spoken), rate, RATE)


def another() -> Audio:
    """Somebody else: Joe's words played a third faster, which to a speaker encoder is another person."""
    return resampled(joe(), RATE, RATE * 3 // 4)


def music(seconds: float = 8.0) -> Audio:
    """Chords of plucked strings over a beat: loud, lively, and nobody sings."""
    time = np.arange(round(seconds * RATE)) / RATE
    mixed = np.zeros(len(time))
    for beat, root in enumerate(np.resize([220.0, 174.6, 130.8, 196.0], int(seconds * 2))):
        since = time - beat / 2
        ringing = np.where(since >= 0, np.exp(-3 * np.maximum(since, 0)), 0.0)
        for interval in (1.0, 1.26, 1.5):
            mixed += ringing * sum(
                np.sin(2 * np.pi * root * interval * n * time) / n**1.5 for n in range(1, 6)
            )
        hit = np.where(since >= 0, np.exp(-40 * np.maximum(since, 0)), 0.0)
        mixed += hit * np.random.default_rng(beat).normal(size=len(time))
    return (0.6 * mixed / np.abs(mixed).max()).astype(np.float32)


@lru_cache(maxsize=1)
def mute_video() -> bytes:
    """An MP4 without an audio track."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        made = FFmpeg(["-f", "lavfi", "-i", "color=s=64x64:d=1", "-c:v", "mpeg4", "-an", str(path)])
        assert made.wait(30) == 0
        return path.read_bytes()


def wav(samples: Audio, rate: int = RATE) -> bytes:
    data = to_int16(samples).tobytes()
    return wav_header(rate, len(data)) + data
