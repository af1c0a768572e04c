"""Which language is spoken in a recording."""

from __future__ import annotations

from workers.engines.base import Audio
from workers.engines.kinds import Transcriber

from .base import StepContext

EAR = "whisper"
UNSURE = 0.5


def language_heard(context: StepContext, samples: Audio) -> str | None:
    """ISO 639-1 of speech at 16 kHz; None where the ear is not sure."""
    with context.tool(Transcriber, EAR) as ear:
        language, probability = ear.language_of(samples)
    return language if probability >= UNSURE else None
