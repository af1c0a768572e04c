"""KugelAudio's model names, and which model of the catalogue answers to them."""

from __future__ import annotations

from apps.catalog.selectors import find_model, served_by
from ttsplatform.errors import ApiError
from workers.engines.catalogue import Model, Voice, catalogue

DEFAULT_MODEL = "kugel-1-turbo"
FAMILY = "kugelaudio"


def model_named(name: str) -> Model:
    """Any `kugel-…` name (versions come and go) or the id of a speech model of ours. Raises model_not_found."""
    found = find_model(name)
    if found is None or found.type != "tts":
        message = f"Unknown model: {name[:64]!r}. GET /v1/models lists the models."
        raise ApiError("model_not_found", message, param="model_id")
    return found


def model_with_voice(asked: Model, voice: Voice | None) -> Model:
    """The model that speaks where `asked` and `voice` are wanted: a kugel model has the voices of all the others.

    Raises bad_request for a voice of one model and another model of ours.
    """
    if voice is None or catalogue().voice(voice.id, asked.id) is voice:
        return asked
    if asked.family == FAMILY:
        return model_named(voice.model)
    given = f"{voice.name} is a voice of {voice.model}, and model_id says {asked.id}"
    message = f"voice_id: {given}. Leave one of them out."
    raise ApiError("bad_request", message, param="voice_id")


def model_with_language(asked: Model, language: str) -> Model:
    """The model that speaks a language where no voice was named.

    A kugel model speaks all the languages of its document, while what stands in for it on this server may not:
    then the one that the catalogue has for the language.
    """
    served = served_by(asked) if asked.family == FAMILY else None
    if served is None or served.default_voice(language) is not None:
        return asked
    return model_named(catalogue().model_for_language(language))
