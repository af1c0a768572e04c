"""What things cost, in characters: the seed's table "Character Usage" as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["per_1000_characters", "per_minute", "per_turn", "free"]

# A model's tier says how many characters are charged for one character of text.
TIER_FACTOR: Mapping[str, int] = {"free": 1, "standard": 2, "premium": 4}


@dataclass(frozen=True, slots=True)
class Price:
    """`characters` are charged per `unit`; a minute is a minute of the customer's audio."""

    characters: int
    unit: Unit


SERVICES: Mapping[str, Price] = {
    "tts_free": Price(1_000, "per_1000_characters"),
    "tts_standard": Price(2_000, "per_1000_characters"),
    "tts_premium": Price(4_000, "per_1000_characters"),
    "speech_to_text": Price(2_000, "per_minute"),
    "voice_clone": Price(4_000, "per_1000_characters"),
    "voice_change": Price(3_000, "per_minute"),
    "enhance": Price(2_000, "per_minute"),
    # The seed says 3,000-4,000: vocals and the rest, or four stems.
    "separate_vocals": Price(3_000, "per_minute"),
    "separate_stems": Price(4_000, "per_minute"),
    "speech_translate": Price(5_000, "per_minute"),
    "voice_chat": Price(3_000, "per_turn"),
    "key_bpm": Price(0, "free"),
    "convert": Price(0, "free"),
}


def characters_for(text_length: int, tier: str) -> int:
    """The charge for speaking a text of `text_length` characters with a model of this tier.

    Raises KeyError for a tier that TIER_FACTOR lacks.
    """
    return text_length * TIER_FACTOR[tier]


def characters_for_text(text_length: int, service: str) -> int:
    """The charge of a service priced by the thousand characters, whichever model does it. Rounded up."""
    price = SERVICES[service]
    if price.unit != "per_1000_characters":
        raise ValueError(f"{service} is not charged by its text but {price.unit}")
    return math.ceil(text_length * price.characters / 1000)


def characters_for_audio(seconds: float, service: str) -> int:
    """The charge of a service priced by the minute for that much audio: by the millisecond, rounded up."""
    price = SERVICES[service]
    if price.unit != "per_minute":
        raise ValueError(f"{service} is not charged by the minute but {price.unit}")
    return math.ceil(round(seconds * 1000) * price.characters / 60_000)
