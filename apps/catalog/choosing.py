"""Which model and voice speak a text: what was asked for, else what suits the language; substitutes said openly."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.accounts.callers import Caller
from ttsplatform.errors import ApiError
from workers.engines import store
from workers.engines.catalogue import Model, catalogue
from workers.engines.substitutes import voice_like
from workers.text.language import detect, normalise_code

from .selectors import find_model, served_by

# A detected language that differs from the voice's own is believed from this many characters on.
_SURE_FROM = 60
_BLEND = re.compile(r"\s*([A-Za-z0-9_-]+)\s*(?:\(\s*(\d+(?:\.\d+)?)\s*\))?\s*")


@dataclass(frozen=True, slots=True)
class Choice:
    """`model` was asked for (or picked), `served` will speak; they differ only for a named substitute."""

    model: Model
    served: Model
    voice: str
    language: str


def choose(
    caller: Caller,
    *,
    text: str,
    model: str | None,
    voice: str | None,
    language: str | None,
    keyless: bool = False,
) -> Choice:
    """`keyless`: no model needs a key here.

    Raises ApiError: bad_request, model_not_found, model_unavailable, not_found (voice), unauthorized.
    """
    language = _language(language)
    asked = _asked_model(model, voice, language, text)
    if caller.account is None and not (keyless or asked.free_without_key):
        raise ApiError("unauthorized", f"The model {asked.id} needs an API key. Sign up to get one.")
    served = _served(asked)
    language = language or _spoken_language(text, voice, served)
    chosen = _voice(voice, asked, served, language)
    if catalogue().voice(chosen, served.id) and not store.is_installed(served.id, chosen):
        command = store.install_command(served.id, chosen)
        message = f"The voice {chosen} of {served.id} is not installed on this server. Install it: {command}"
        raise ApiError("model_unavailable", message, param="voice")
    return Choice(asked, served, chosen, language)


def _language(given: str | None) -> str | None:
    if not given or given == "auto":
        return None
    code = normalise_code(given)
    if code is None:
        raise ApiError(
            "bad_request", f"language: {given!r} is not a language code such as en.", param="language"
        )
    return code


def _asked_model(given: str | None, voice: str | None, language: str | None, text: str) -> Model:
    models = catalogue()
    if given:
        found = find_model(given)
        if found is None:
            message = f"Unknown model: {given[:64]}. GET /v1/models/ lists the models."
            raise ApiError("model_not_found", message, param="model")
    else:
        owner = models.voice(voice) if voice else None
        found = models.model(owner.model if owner else models.model_for_language(language or detect(text)))
        assert found is not None
    if found.type != "tts":
        raise ApiError("bad_request", f"model: {found.id} does not turn text into speech.", param="model")
    return found


def _served(asked: Model) -> Model:
    """The asked model where it is installed, else the operator's substitute. Raises model_unavailable."""
    server = served_by(asked)
    if server is not None:
        return server
    message = (
        f"The model {asked.id} is not installed on this server. Install it: {store.install_command(asked.id)}"
    )
    raise ApiError("model_unavailable", message, param="model")


def _spoken_language(text: str, voice: str | None, served: Model) -> str:
    """The voice's own language unless a longer text is clearly in another one that the model speaks."""
    known = catalogue().voice(voice.split("+")[0].split("(")[0].strip(), served.id) if voice else None
    return detect(text) if known is None else likely_language(text, known.language, served)


def likely_language(text: str, own: str, served: Model) -> str:
    """The language of a text for a voice whose `own` language it most likely is: another only where that is sure."""
    detected = detect(text, default=own, short=False)
    believed = len(text) >= _SURE_FROM or not text.isascii()
    return detected if believed and detected in served.languages else own


def _voice(given: str | None, asked: Model, served: Model, language: str) -> str:
    voices = catalogue()
    if given and _speaks(given, served):
        return given
    if given:
        listed = voices.voice(given, asked.id)
        if served is asked or (voices.voices(model=asked.id) and listed is None):
            message = f"Unknown voice: {given[:64]}. GET /v1/voices/?model={asked.id} lists its voices."
            raise ApiError("not_found", message, param="voice")
        if listed is not None and (alike := voice_like(listed, served, language)):
            return alike
    default = served.default_voice(language)
    if default is None:
        message = (
            f"No installed voice of {served.id} speaks {language!r}. GET /v1/voices/ lists what there is."
        )
        raise ApiError("model_unavailable", message, param="language")
    return default


def _speaks(voice: str, served: Model) -> bool:
    """Whether `voice` is one of the model's, or a blend of them such as af_bella(2)+af_sky."""
    if catalogue().voice(voice, served.id) is not None:
        return True
    if "blending" not in served.abilities or "+" not in voice or len(voice) > 200:
        return False
    parts = [_BLEND.fullmatch(part) for part in voice.split("+")]
    return all(part and catalogue().voice(part[1], served.id) for part in parts)
