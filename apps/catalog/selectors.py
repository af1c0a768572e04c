"""What is on offer: the catalogue's models and voices, and what of it this server can really speak."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from ttsplatform.errors import ApiError
from workers.engines import registry, store
from workers.engines.catalogue import Model, Voice, catalogue
from workers.engines.substitutes import substitute_for
from workers.text.language import normalise_code

VOICE_MATCH = "voice-match"
"""What stands in for a cloning model that is not installed: the stock voice that is most alike."""
GENDERS = ("male", "female", "neutral")


@dataclass(frozen=True, slots=True)
class Offer:
    """A model; `served_by` is itself where it is installed, its substitute, or None where neither is.

    `clones_served_by` is the same for voices made of recordings; None where it clones none.
    """

    model: Model
    installed: bool
    served_by: str | None
    clones_served_by: str | None = None


def served_by(model: Model) -> Model | None:
    """The model that answers for `model`: itself, the operator's substitute (speech only), or none."""
    if can_serve(model):
        return model
    if model.type != "tts":
        return None
    stand_in = substitute_for(model, settings.MODEL_SUBSTITUTES)
    return stand_in if stand_in is not None and can_serve(stand_in) else None


def can_serve(model: Model) -> bool:
    """Whether this server has the model's weights, the engine that uses them and the packages it needs."""
    if model.type in ("embed", "watermark"):  # parts of the platform, no engines of their own
        return registry.packages_are_here(model.needs) and store.is_installed(model.id)
    return registry.can_load(model.id)


def find_model(model_id: str) -> Model | None:
    """A model by id or alias; the fake engine only where the operator switched it on."""
    model = catalogue().model(model_id)
    return None if model is not None and model.id == "fake" and not settings.FAKE_ENGINE else model


def models_on_offer() -> list[Offer]:
    """Every model of the catalogue, marked with what this server can do of it."""
    offers = []
    for model in catalogue().models.values():
        if find_model(model.id) is None:
            continue
        server = served_by(model)
        offers.append(Offer(model, server is model, server.id if server else None, clones_served_by(model)))
    return offers


def clones_served_by(model: Model) -> str | None:
    """The id of what speaks in voices made for a cloning model: itself, `voice-match` where the operator allows it."""
    if "cloning" not in model.abilities:
        return None
    if registry.can_clone(model.id):
        return model.id
    return VOICE_MATCH if substitute_for(model, settings.MODEL_SUBSTITUTES) else None


def voices_on_offer(
    *, model: str | None = None, language: str | None = None, gender: str | None = None
) -> list[tuple[Voice, str]]:
    """The installed voices of installed models, each with its model's tier. Raises model_not_found, bad_request."""
    if model is not None and find_model(model) is None:
        raise ApiError("model_not_found", f"Unknown model: {model[:64]}.", param="model")
    if gender is not None and gender not in GENDERS:
        raise ApiError("bad_request", f"gender: must be one of {', '.join(GENDERS)}.", param="gender")
    code = normalise_code(language) if language else None
    if language and code is None:
        raise ApiError(
            "bad_request", f"language: {language[:20]!r} is not a language code.", param="language"
        )
    tiers = {offer.model.id: offer.model.tier for offer in models_on_offer() if offer.installed}
    found = find_model(model).id if model else None  # type: ignore[union-attr]
    voices = catalogue().voices(model=found, language=code, gender=gender)
    return [
        (voice, tiers[voice.model])
        for voice in voices
        if voice.model in tiers and store.is_installed(voice.model, voice.id)
    ]


def languages_on_offer() -> dict[str, list[str]]:
    """Language code → ids of the installed speech models that speak it."""
    spoken: dict[str, list[str]] = {}
    for offer in models_on_offer():
        if offer.installed and offer.model.type == "tts":
            for code in offer.model.languages:
                spoken.setdefault(code, []).append(offer.model.id)
    return dict(sorted(spoken.items()))
