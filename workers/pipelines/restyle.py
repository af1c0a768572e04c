"""Speech to speech: the same words in another voice, mood and pace.

A model that knows emotions is asked for them. Without one, a mood is what a listener hears first of it: how fast and
how high somebody speaks (Murray and Arnott, "Toward the simulation of emotion in synthetic speech", 1993, table of
vocal effects), within what still sounds natural.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workers.engines.base import Audio

from . import convert
from .base import StepContext
from .respeaking import NAME, NOTE, respoken, with_pitch
from .revoiced import Voiced, steps


@dataclass(frozen=True, slots=True)
class Mood:
    """`pace` multiplies the speed, `semitones` moves the pitch, `decibels` the level."""

    pace: float = 1.0
    semitones: float = 0.0
    decibels: float = 0.0


MOODS: Mapping[str, Mood] = {
    "neutral": Mood(),
    "happy": Mood(1.08, 1.5, 1.0),
    "sad": Mood(0.86, -1.5, -3.0),
    "angry": Mood(1.08, 0.75, 2.0),
    "excited": Mood(1.16, 2.5, 2.0),
}
MOOD_NOTE = "The emotion is approximated by pace, pitch and level."


def work(context: StepContext, samples: Audio) -> Voiced:
    """The request has `emotion` (of MOODS) and `speed`."""
    if context.request["method"] != NAME:
        return convert.work(context, samples)
    mood = MOODS[str(context.request["emotion"])]
    pace = mood.pace * float(context.request["speed"])
    voiced = respoken(with_pitch(context, 2 ** (mood.semitones / 12)), samples, pace=pace)
    loud = (voiced.samples * 10 ** (mood.decibels / 20)).astype(np.float32)
    return Voiced(loud, voiced.rate, voiced.told)


def told(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    found = convert.told(parts)
    return {**found, "note": f"{NOTE} {MOOD_NOTE}"} if found else {}


STEPS = steps("restyle", convert.about, work, told)
