"""Speaking with a voice of one's own: what an order of speech takes from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from workers.engines.catalogue import Model, catalogue

from . import building
from .models import Voice
from .selectors import demand_active

_USED_EVERY = dt.timedelta(minutes=1)
SUBSTITUTE = "voice-match"
"""What stands in for a cloning model that is not installed: the stock voice that is most alike."""
SUBSTITUTE_NOTE = (
    "Spoken by the most similar stock voice, at the speaker's pitch. It is no clone of the speaker."
)
SAMPLE = "This is how the new voice sounds. It can read any text aloud."


@dataclass(frozen=True, slots=True)
class Speaker:
    """`engine` is the model that is loaded, `base` the voice of it that speaks ("": it needs none), `served_model` what
    customers are told. `tier` says what a character costs."""

    engine: Model
    base: str
    served_model: str
    tier: str


def to_speak(voice: Voice) -> Voice:
    """The voice, fit to speak; notes that it is used. Raises conflict where it is archived or not built (yet)."""
    demand_active(voice)
    building.ready(voice)
    now = timezone.now()
    if voice.used_at is None or now - voice.used_at > _USED_EVERY:
        voice.used_at = now
        voice.save(update_fields=["used_at"])
    return voice


def spoken_by(voice: Voice) -> dict[str, Any]:
    """What the engine is told of the voice: `options["voice_data"]` of the request for speech."""
    assert voice.built is not None, "to_speak was not called"
    return dict(voice.built)


def speaker_of(voice: Voice) -> Speaker:
    """Who speaks for the voice."""
    built = spoken_by(voice)
    models = catalogue()
    if built["kind"] == SUBSTITUTE:
        base = models.voice(built["base"])
        assert base is not None
        engine = models.model(base.model)
        assert engine is not None
        # A substitute costs what the model that speaks costs.
        return Speaker(engine, base.id, SUBSTITUTE, engine.tier)
    engine = models.model(voice.built_model)
    assert engine is not None
    return Speaker(engine, built.get("base", ""), engine.id, engine.tier)


def told(voice: Voice) -> dict[str, Any]:
    """What every answer says of how like the speaker the voice is; `note` is a sentence for people."""
    similarity = None if voice.similarity is None else round(voice.similarity, 3)
    return {"served_model": voice.built_model or None, "similarity": similarity, "note": voice.note}
