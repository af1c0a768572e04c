"""Ordering speech: what may be asked, checked and priced once, whichever public API it came through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from apps.accounts.callers import Caller
from apps.catalog.choosing import Choice, choose, likely_language
from apps.usage.pricing import characters_for, characters_for_text
from apps.voices.models import Voice
from apps.voices.speaking import Speaker, likeness_of, speaker_of, spoken_by
from ttsplatform.errors import ApiError
from workers.audio.formats import AUDIO_FORMATS
from workers.text.clean import clean, problem
from workers.text.language import normalise_code

from .services import Order

SPEEDS = (0.5, 2.0)
"""The least and the greatest, where the calling API has no limits of its own."""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """Speech as a worker needs it. `text` is cleaned, `model` is the one that will really speak.

    `normalize`: numbers, dates and the like become words. `markup`: the text may hold tags (workers.text.tags).
    `options` go to the engine, which takes those it knows.
    """

    text: str
    model: str
    voice: str
    language: str
    format: str
    speed: float
    normalize: bool = True
    markup: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


def speech_order(
    caller: Caller,
    *,
    text: str,
    model: str | None = None,
    voice: str | None = None,
    language: str | None = None,
    format: str = "mp3",
    speed: float = 1.0,
    speeds: tuple[float, float] = SPEEDS,
    normalize: bool = True,
    markup: bool = False,
    options: Mapping[str, Any] | None = None,
    dialect: str = "",
    saved: Voice | None = None,
    service: str = "tts",
) -> Order:
    """Check a request for speech and make the order of it.

    `speeds` are the least and greatest the calling API allows. `dialect` names that API: in one of
    settings.OPEN_DIALECTS callers without a key may use every model. `saved` is a voice of the caller's own that is fit
    to speak (apps.voices.speaking.to_speak): then `model` and `voice` are not looked at. `service` is what it is
    charged as (apps.usage.pricing.SERVICES), where not as the model that speaks. Raises ApiError: bad_request,
    text_too_long, model_not_found, model_unavailable, not_found (voice), unauthorized (model needs a key).
    """
    speech_check(caller, text=text, format=format, speed=speed, speeds=speeds)
    original, text = text, clean(text)
    keyless = dialect in settings.OPEN_DIALECTS
    own: dict[str, Any] = {}
    likeness = None
    if saved is None:
        choice = choose(caller, text=text, model=model, voice=voice, language=language, keyless=keyless)
        asked, served, tier, shown = choice.model.id, choice.served.id, choice.served.tier, choice.voice
    else:
        speaker = speaker_of(saved)
        choice = _choice_of(caller, speaker, text, language or None, saved.language, keyless)
        asked, served, tier, shown = saved.model, speaker.served_model, speaker.tier, saved.shown_id
        own, likeness = {"voice_data": spoken_by(saved)}, likeness_of(saved)
    request = SpeechRequest(
        text,
        choice.served.id,
        choice.voice,
        choice.language,
        format,
        speed,
        normalize,
        markup,
        {**(options or {}), **own},
    )
    return Order(
        kind="speech",
        step="speech",
        service=service,
        queue=choice.served.queue,
        model=asked,
        served_model=served,
        voice=shown,
        language=choice.language,
        characters=len(text),
        price=characters_for(len(text), tier)
        if service == "tts"
        else characters_for_text(len(text), service),
        request=asdict(request),
        original=original,
        likeness=likeness,
    )


def speech_check(
    caller: Caller,
    *,
    text: str,
    format: str = "mp3",
    speed: float = 1.0,
    speeds: tuple[float, float] = SPEEDS,
) -> None:
    """What can be refused before anybody knows who will speak. Raises bad_request, text_too_long."""
    if reason := problem(text):
        raise ApiError("bad_request", f"text: {reason}", param="text")
    limit = caller.plan.max_text_chars
    if len(text) > limit:
        message = f"text: {len(text)} characters; the {caller.plan.name} plan allows {limit} in one request."
        raise ApiError("text_too_long", message, param="text")
    if format not in AUDIO_FORMATS:
        names = ", ".join(AUDIO_FORMATS)
        raise ApiError("bad_request", f"format: {format!r} is not one of {names}.", param="format")
    low, high = speeds
    if not low <= speed <= high:
        raise ApiError("bad_request", f"speed: must be between {low} and {high}.", param="speed")


def _choice_of(
    caller: Caller, speaker: Speaker, text: str, language: str | None, own: str, keyless: bool
) -> Choice:
    """What speaks for a saved voice: a stock voice of an engine, or an engine that has none."""
    if not language or language == "auto":
        language = likely_language(text, own, speaker.engine)
    if speaker.base:
        model, voice = speaker.engine.id, speaker.base
        return choose(caller, text=text, model=model, voice=voice, language=language, keyless=keyless)
    code = normalise_code(language)
    if code is None:
        message = f"language: {language!r} is not a language code such as en."
        raise ApiError("bad_request", message, param="language")
    return Choice(speaker.engine, speaker.engine, "", code)
