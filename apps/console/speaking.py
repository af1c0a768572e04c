"""What the playground offers to speak with, and the order of what was typed there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.accounts.callers import Caller
from apps.catalog.selectors import models_on_offer, voices_on_offer
from apps.jobs.services import Order
from apps.jobs.speech import speech_order
from apps.usage.pricing import TIER_FACTOR
from apps.voices.models import VoiceStatus
from apps.voices.selectors import voice_get, voices_of
from apps.voices.speaking import speaker_of, to_speak
from ttsplatform.errors import ApiError


@dataclass(frozen=True, slots=True)
class Choice:
    """A voice to choose. `body` are the fields that name it to POST /v1/tts/, `factor` characters a character."""

    value: str
    name: str
    model: str
    language: str
    gender: str
    tags: str
    factor: int
    body: str
    preview: str = ""


def choices(caller: Caller) -> list[Choice]:
    """The caller's own voices that can speak now, then the installed stock voices."""
    mine = voices_of(caller).filter(status=VoiceStatus.ACTIVE, built__isnull=False)
    own = [
        Choice(
            f"own/{voice.public_id}",
            voice.name,
            "own",
            voice.language,
            voice.sex,
            "yours",
            TIER_FACTOR[speaker_of(voice).tier],
            json.dumps({"user_voice_id": voice.public_id}),
        )
        for voice in mine
    ]
    stock = [
        Choice(
            f"{voice.model}/{voice.id}",
            voice.name,
            voice.model,
            voice.language,
            voice.gender,
            " ".join(voice.tags),
            TIER_FACTOR[tier],
            json.dumps({"model": voice.model, "voice": voice.id}),
            f"/v1/voices/preview/{voice.id}.mp3?model={voice.model}",
        )
        for voice, tier in voices_on_offer()
    ]
    return own + stock


def model_names() -> dict[str, str]:
    """The installed speech models: id → name."""
    offers = models_on_offer()
    return {each.model.id: each.model.name for each in offers if each.installed and each.model.type == "tts"}


def order_of(caller: Caller, fields: Mapping[str, Any], format: str) -> Order:
    """The order of {text, choice, speed?}: `choice` is a Choice's value. Raises what speech_order raises."""
    text, chosen = fields.get("text"), fields.get("choice")
    if not isinstance(text, str) or not text.strip():
        raise ApiError("bad_request", "text: type what is to be said.", param="text")
    model, _, voice = chosen.partition("/") if isinstance(chosen, str) else ("", "", "")
    if not voice:
        raise ApiError("bad_request", "choice: choose a voice.", param="choice")
    speed = fields.get("speed", 1.0)
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise ApiError("bad_request", "speed: must be a number.", param="speed")
    if model == "own":
        return speech_order(
            caller,
            text=text,
            format=format,
            speed=float(speed),
            saved=to_speak(voice_get(caller, public_id=voice)),
        )
    return speech_order(caller, text=text, model=model, voice=voice, format=format, speed=float(speed))
