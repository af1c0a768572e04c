"""Which cloning model makes a voice, and in which languages it may be wanted."""

from __future__ import annotations

from collections.abc import Iterable

from ttsplatform.errors import ApiError
from workers.engines.catalogue import base_language, catalogue
from workers.text.language import normalise_code


def family(model: str | None, language: str, otherwise: str | None = None) -> str:
    """The id of the cloning model that was asked for, or else the one that suits the language.

    Raises model_not_found, and bad_request for a model that clones no voices.
    """
    if not model:
        model = otherwise or ("cosyvoice2" if language.split("-")[0] in {"zh", "ja", "ko"} else "openvoice")
    found = catalogue().model(model)
    if found is None:
        raise ApiError(
            "model_not_found",
            f"Unknown model: {model[:64]}. GET /v1/models/ lists the models.",
            param="model",
        )
    if "cloning" not in found.abilities:
        able = ", ".join(each.id for each in catalogue().models.values() if "cloning" in each.abilities)
        raise ApiError(
            "bad_request", f"model: {found.id} does not clone voices. These do: {able}.", param="model"
        )
    return found.id


def demand_spoken(model_id: str, languages: Iterable[str], *, param: str = "language") -> None:
    """Raises bad_request with the list where the cloning model does not speak one of these languages."""
    model = catalogue().model(model_id)
    assert model is not None
    for code in languages:
        if not {code, base_language(code)} & set(model.languages):
            message = f"{param}: {model.id} does not speak {code}. It speaks {', '.join(model.languages)}."
            raise ApiError("bad_request", message, param=param)


def language_code(given: str) -> str:
    """A language's code. Raises bad_request."""
    code = normalise_code(given) if given else "en"
    if code is None:
        message = f"language: {given[:20]!r} is not a language code such as en."
        raise ApiError("bad_request", message, param="language")
    return code
