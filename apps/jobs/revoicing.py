"""Ordering another voice for a recording: voice changer, speech to speech, speech translation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.accounts.callers import Caller
from apps.catalog.selectors import can_serve, find_model
from apps.voices.selectors import voice_get
from apps.voices.speaking import to_speak
from ttsplatform.errors import ApiError
from workers.engines import store, translation
from workers.text.language import normalise_code

from .audio import audio_order
from .recordings import Recording
from .services import Order
from .speech import SPEEDS, speech_order

RESYNTHESIS = "asr-resynthesis"
"""The method that needs no weights of its own: written down, and said again."""
EMOTIONS = ("neutral", "happy", "sad", "angry", "excited")
_TEXT = "Hello."


def convert_order(
    caller: Caller, recording: Recording, *, target_voice: str, model: str | None, format: str
) -> Order:
    """The recording in another voice, its timing kept.

    Raises bad_request, not_found (voice), model_not_found, model_unavailable.
    """
    asked, method = _method(model or "openvoice")
    speech = _speech(caller, target_voice, format)
    return _order(recording, "convert", "voice_change", asked, speech, {"method": method})


def restyle_order(
    caller: Caller,
    recording: Recording,
    *,
    voice: str,
    model: str | None,
    emotion: str,
    speed: float,
    format: str,
) -> Order:
    """The recording in another voice, mood and pace. Raises as convert_order."""
    if emotion not in EMOTIONS:
        raise ApiError("bad_request", f"emotion: must be one of {', '.join(EMOTIONS)}.", param="emotion")
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        message = f"speed: must be between {SPEEDS[0]} and {SPEEDS[1]}."
        raise ApiError("bad_request", message, param="speed")
    asked, method = _method(model or "openvoice")
    if method != RESYNTHESIS and (emotion != "neutral" or speed != 1.0):
        # What only converts a voice changes neither.
        method = RESYNTHESIS
    more = {"method": method, "emotion": emotion, "speed": speed}
    return _order(recording, "restyle", "voice_change", asked, _speech(caller, voice, format), more)


def translate_order(
    caller: Caller,
    recording: Recording,
    *,
    target_language: str,
    voice: str | None,
    preserve_voice: bool,
    format: str,
) -> Order:
    """The recording in another language. Raises bad_request with the languages that can be had; as convert_order."""
    target = normalise_code(target_language)
    into = sorted({"en", *(pair[1] for pair in translation.pairs())})
    if target not in into:
        message = (
            f"target_language: {target_language[:20]!r} can not be had here. There are: {', '.join(into)}."
        )
        raise ApiError("bad_request", message, param="target_language")
    assert target is not None
    speech = _speech(caller, voice, format, language=target)
    more = {"target_language": target, "preserve_voice": preserve_voice}
    return _order(recording, "translate", "speech_translate", speech.model, speech, more)


def _method(model: str) -> tuple[str, str]:
    """(what was asked for, the model that will convert or RESYNTHESIS)."""
    if model == RESYNTHESIS:
        return model, RESYNTHESIS
    found = find_model(model)
    if found is None or "conversion" not in found.abilities:
        message = f"Unknown model: {model[:64]}. Voices are converted by openvoice, knn-vc or {RESYNTHESIS}."
        raise ApiError("model_not_found", message, param="model")
    if can_serve(found):
        return found.id, found.id
    if not settings.MODEL_SUBSTITUTES:
        command = store.install_command(found.id)
        message = (
            f"The model {found.id} is not installed on this server. Install it: {command}. "
            f"Or name the model {RESYNTHESIS}, which needs none."
        )
        raise ApiError("model_unavailable", message, param="model")
    return found.id, RESYNTHESIS


def _speech(caller: Caller, voice: str | None, format: str, language: str | None = None) -> Order:
    """Who will speak: a stock voice or one of the caller's own."""
    if voice and voice.startswith("uv_"):
        saved = to_speak(voice_get(caller, public_id=voice))
        return speech_order(caller, text=_TEXT, language=language, format=format, saved=saved)
    return speech_order(caller, text=_TEXT, voice=voice or None, language=language, format=format)


def _order(
    recording: Recording, kind: str, service: str, asked: str, speech: Order, more: Mapping[str, Any]
) -> Order:
    return audio_order(
        recording,
        kind=kind,
        service=service,
        model=asked,
        served_model=str(more.get("method") or speech.served_model),
        voice=speech.voice,
        language=speech.language,
        request={**more, "speech": dict(speech.request)},
    )
