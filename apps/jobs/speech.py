"""Ordering speech: what may be asked, checked and priced once, whichever public API it came through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings

from apps.accounts.callers import Caller
from apps.catalog.choosing import choose
from apps.usage.pricing import characters_for
from ttsplatform.errors import ApiError
from workers.audio.formats import AUDIO_FORMATS
from workers.text.clean import clean, problem

from .services import Order


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
    speeds: tuple[float, float] = (0.5, 2.0),
    normalize: bool = True,
    markup: bool = False,
    options: Mapping[str, Any] | None = None,
    dialect: str = "",
) -> Order:
    """Check a request for speech and make the order of it.

    `speeds` are the least and greatest the calling API allows. `dialect` names that API: in one of
    settings.OPEN_DIALECTS callers without a key may use every model. Raises ApiError: bad_request, text_too_long,
    model_not_found, model_unavailable, not_found (voice), unauthorized (model needs a key).
    """
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
    text = clean(text)
    keyless = dialect in settings.OPEN_DIALECTS
    choice = choose(caller, text=text, model=model, voice=voice, language=language, keyless=keyless)
    request = SpeechRequest(
        text,
        choice.served.id,
        choice.voice,
        choice.language,
        format,
        speed,
        normalize,
        markup,
        dict(options or {}),
    )
    return Order(
        kind="speech",
        step="speech",
        service="tts",
        queue=choice.served.queue,
        model=choice.model.id,
        served_model=choice.served.id,
        voice=choice.voice,
        language=choice.language,
        characters=len(text),
        price=characters_for(len(text), choice.served.tier),
        request=asdict(request),
    )
