"""GET /v1/models in one object that OpenAI's and KugelAudio's clients both read."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.catalog.selectors import Offer, models_on_offer
from ttsplatform.errors import ApiError

from .names import LISTENERS, MODELS

# The catalogue has no dates; clients only need a number.
_CREATED = 1_735_689_600
# KugelAudio's requests hold at most so many characters.
_LONGEST = 10_000


def speech_models() -> list[Offer]:
    return [offer for offer in models_on_offer() if offer.model.type == "tts" and offer.served_by]


def is_listener(offer: Offer) -> bool:
    """Whether it turns speech into text, here."""
    return offer.model.type == "stt" and offer.installed


def as_openai(model_id: str) -> dict[str, Any]:
    return {"id": model_id, "object": "model", "created": _CREATED, "owned_by": "ttsplatform"}


def as_kugelaudio(offer: Offer) -> dict[str, Any]:
    model = offer.model
    return {
        "id": model.id,
        "model_id": model.id,
        "name": model.name,
        "description": model.description,
        "parameters": "",
        "max_input_length": _LONGEST,
        "sample_rate": model.sample_rate,
        "served_by": offer.served_by,
        "clones_served_by": offer.clones_served_by,
    }


class ModelList(APIView):
    open_to_anonymous = True

    def get(self, request: Request) -> Response:
        offers = speech_models()
        listeners = [offer.model.id for offer in models_on_offer() if is_listener(offer)]
        ids = [*(offer.model.id for offer in offers), *MODELS, *listeners, *LISTENERS]
        return Response(
            {
                "object": "list",
                "data": [as_openai(name) for name in ids],
                "models": [as_kugelaudio(offer) for offer in offers],
            }
        )


class ModelDetail(APIView):
    open_to_anonymous = True

    def get(self, request: Request, model_id: str) -> Response:
        offers = [*speech_models(), *filter(is_listener, models_on_offer())]
        if model_id not in {*MODELS, *LISTENERS, *(offer.model.id for offer in offers)}:
            raise ApiError("not_found", f"The model {model_id[:64]!r} does not exist here.", param="model")
        return Response(as_openai(model_id))
