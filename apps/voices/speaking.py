"""Speaking with a voice of one's own: what an order of speech takes from it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.catalog.selectors import VOICE_MATCH
from workers.engines.catalogue import Model, catalogue

from . import building
from .changes import save
from .models import Voice, VoiceKind
from .outcome import open_until
from .selectors import demand_active

_USED_EVERY = dt.timedelta(minutes=1)
SUBSTITUTE = VOICE_MATCH
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
        if voice.kind == VoiceKind.SAVED:
            voice.expires_at = open_until(voice)
        save(voice, "used_at", "expires_at")
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
    return {"served_model": voice.built_model or None, **likeness_of(voice)}


def likeness_of(voice: Voice) -> dict[str, Any]:
    """`similarity` (None where it was not measured) and `note`: what an order keeps of that, for its answers."""
    return {
        "similarity": None if voice.similarity is None else round(voice.similarity, 3),
        "note": voice.note,
    }


def likeness_headers(likeness: Mapping[str, Any] | None) -> dict[str, str]:
    """The same for answers that are audio, as headers: ASCII, on one line; nothing for stock voices."""
    if likeness is None:
        return {}
    note = unicodedata.normalize("NFKD", likeness["note"]).encode("ascii", "ignore").decode()
    headers = {"X-Voice-Note": " ".join(note.split())}
    if likeness["similarity"] is not None:
        headers["X-Voice-Similarity"] = str(likeness["similarity"])
    return headers
