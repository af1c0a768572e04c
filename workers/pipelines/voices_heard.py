"""Whose voices are heard in a recording: an embedding for every moment at which somebody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from workers.audio.vad import FRAME, RATE, SpeechDetector
from workers.audio.windows import Clock
from workers.engines import ge2e
from workers.engines.base import Audio

SECONDS, STEP = 1.6, 0.4
"""Of sound behind each embedding, and from one to the next."""
_SPEECH = 0.5
"""How much of that must be speech."""


@dataclass(frozen=True, slots=True)
class VoicesHeard:
    """`at`: moments of the recording in seconds, float32 (n,); `voices`: GE2E, float32 (n, 256). n may be 0."""

    at: NDArray[np.float32]
    voices: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Sequence[VoicesHeard]) -> VoicesHeard:
        return cls(
            np.concatenate([each.at for each in parts]), np.concatenate([each.voices for each in parts])
        )

    def save(self, path: Path) -> None:
        np.savez(path, at=self.at, voices=self.voices.astype(np.float16))

    @classmethod
    def load(cls, file: BinaryIO) -> VoicesHeard:
        with np.load(file, allow_pickle=False) as stored:
            return cls(stored["at"], stored["voices"].astype(np.float32))


def voices_heard(samples: Audio, clock: Clock) -> VoicesHeard:
    """The voices in a window's sound (16 kHz). Raises ModelUnavailable where GE2E is not installed."""
    found = ge2e.windows(samples, RATE, SECONDS, STEP)
    begins = np.arange(len(found)) * STEP
    spoken = np.concatenate([[0], np.cumsum(SpeechDetector().push(samples) >= 0.5)])
    frames = np.minimum(np.stack([begins, begins + SECONDS]) * RATE // FRAME, len(spoken) - 1).astype(int)
    share = (spoken[frames[1]] - spoken[frames[0]]) * FRAME / RATE / min(SECONDS, len(samples) / RATE)
    kept = share >= _SPEECH
    at = [clock.at(min(begin + SECONDS / 2, len(samples) / RATE)) for begin in begins[kept]]
    return VoicesHeard(np.array(at, np.float32), found[kept])
