"""Ordering work on a recording: priced by the minute of what was sent, whichever public API it came through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.catalog.selectors import can_serve, find_model
from apps.usage.pricing import SERVICES, characters_for_audio
from ttsplatform.errors import ApiError
from workers.engines import registry
from workers.engines.catalogue import Model

from .recordings import Recording
from .services import Order

QUEUE = "tools"


def audio_order(
    recording: Recording,
    *,
    kind: str,
    service: str,
    model: str,
    served_model: str | None = None,
    queue: str = QUEUE,
    voice: str = "",
    language: str = "",
    request: Mapping[str, Any],
) -> Order:
    """The order of a job of `kind`, whose first step has the same name.

    `service` is one of usage.pricing.SERVICES: by the minute, by the turn, or free. `request` is what the pipeline
    reads, all of it checked; the recording is described there as `source`.
    """
    price = SERVICES[service]
    by_the_minute = price.unit == "per_minute"
    return Order(
        kind=kind,
        step=kind,
        service=service,
        queue=queue,
        model=model,
        served_model=served_model or model,
        voice=voice,
        language=language,
        characters=0,
        price=characters_for_audio(recording.seconds, service) if by_the_minute else price.characters,
        request={**request, "source": recording.described()},
    )


def model_for(
    given: str | None, default: str, type: str, *, stand_in: str | None = None
) -> tuple[Model, Model]:
    """(the model that was asked for, the one that will work): the same, or `stand_in` where that one is not installed.

    Raises model_not_found for one that is unknown or of another type (catalogue.TYPES), model_unavailable with the
    command that installs it.
    """
    model = find_model(given or default)
    if model is None or model.type != type:
        message = f"Unknown model: {(given or default)[:64]}. GET /v1/models/ lists the models."
        raise ApiError("model_not_found", message, param="model")
    if can_serve(model):
        return model, model
    other = find_model(stand_in) if stand_in else None
    if other is not None and can_serve(other):
        return model, other
    command = registry.remedy(model.id)
    how = f"Install it: {command}" if command else "This version has no engine for it."
    message = f"The model {model.id} is not installed on this server. {how}"
    raise ApiError("model_unavailable", message, param="model")
