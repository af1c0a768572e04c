"""How a saved voice differs from the stock voice that speaks for it: what is done to Kokoro's input and output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .base import Audio, CannotSpeak, Utterance
from .timbre import BANDS, Tone, resounded, toned

PITCHES = (0.5, 2.0)
"""By how much F0 may be multiplied."""
RESONANCES = (0.8, 1.25)
"""By how much resonances may be."""
MOST_DECIBELS = 12.0
"""By how much a band may be changed."""


@dataclass(frozen=True)
class Change:
    """F0 and resonances by a factor, and the bands of timbre.toned by so many dB (None: not at all).

    `intonation` is the stock voice whose melody and pace are spoken with, "" for the voice's own.
    """

    pitch: float = 1.0
    resonance: float = 1.0
    tone: Tone | None = None
    intonation: str = ""

    def asked(self, speed: float) -> tuple[float, float]:
        """(speed, f0_scale) to ask of the graph: moving the resonances then makes it faster and higher."""
        return speed / self.resonance, self.pitch / self.resonance

    def made(self, samples: Audio, rate: int) -> Audio:
        """What the graph then said, in the changed voice."""
        if self.resonance != 1.0:
            samples = resounded(samples, rate, self.resonance)
        return samples if self.tone is None else toned(samples, rate, self.tone)


UNCHANGED = Change()


def change_of(utterance: Utterance) -> Change:
    """What a saved voice says of itself (`options["voice_data"]`: `f0_scale`, `resonance`, `tone`,
    `intonation`), else nothing.

    Raises CannotSpeak where that cannot be.
    """
    data = utterance.options.get("voice_data")
    if not isinstance(data, Mapping) or "f0_scale" not in data:
        return UNCHANGED
    pitch, resonance = float(data["f0_scale"]), float(data.get("resonance", 1.0))
    for name, value, (low, high) in (("pitch", pitch, PITCHES), ("resonances", resonance, RESONANCES)):
        if not low <= value <= high:
            raise CannotSpeak(f"Kokoro's {name} can be multiplied by {low} to {high}, not {value}.")
    tone = np.asarray(data.get("tone") or (), np.float32)
    if tone.size and (tone.shape != (BANDS,) or not (np.abs(tone) <= MOST_DECIBELS).all()):
        raise CannotSpeak(f"The tone of a voice is {BANDS} numbers of at most {MOST_DECIBELS:g} dB.")
    return Change(pitch, resonance, tone if tone.size else None, str(data.get("intonation") or ""))
