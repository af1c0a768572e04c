"""KittenTTS's models and voices as its document lists them; what they are for us is the catalogue's business."""

from __future__ import annotations

from typing import Any

from apps.catalog.selectors import served_by
from ttsplatform.errors import ApiError
from workers.engines.catalogue import Model, Voice
from workers.engines.kitten_names import kitten_model, kitten_voice, kitten_voices

DIALECT = "kittentts"
DEFAULT_VOICE = "Bella"

# In the document's order, with its words.
MODELS: tuple[dict[str, Any], ...] = (
    {
        "id": "kitten-tts-nano",
        "name": "Nano (FP32)",
        "params": "15M",
        "size": "56MB",
        "description": "⭐ Best quality - Full 32-bit precision",
        "quality": "best",
        "precision": "FP32",
    },
    {
        "id": "kitten-tts-mini",
        "name": "Mini (INT8)",
        "params": "80M",
        "size": "80MB",
        "description": "Largest model, quantized",
        "quality": "good",
        "precision": "INT8",
    },
    {
        "id": "kitten-tts-micro",
        "name": "Micro (INT8)",
        "params": "40M",
        "size": "41MB",
        "description": "Balanced size/performance",
        "quality": "good",
        "precision": "INT8",
    },
    {
        "id": "kitten-tts-nano-int8",
        "name": "Nano (INT8)",
        "params": "15M",
        "size": "19MB",
        "description": "Smallest footprint",
        "quality": "basic",
        "precision": "INT8",
    },
)
MODEL_IDS = tuple(model["id"] for model in MODELS)


def model_named(name: str) -> Model:
    """A model by its id, short ("nano") or long, or by its repository's name. Raises model_not_found."""
    found = kitten_model(name)
    if found is None:
        message = f"Unknown model: {name[:64]!r}. The models are {', '.join(MODEL_IDS)}."
        raise ApiError("model_not_found", message, param="model")
    return found


def voice_named(name: str) -> Voice:
    """A voice by its name or its raw `expr-voice-…` name. Raises bad_request."""
    found = kitten_voice(name)
    if found is None:
        names = ", ".join(voice.id for voice in kitten_voices())
        raise ApiError("bad_request", f"Unknown voice: {name[:64]!r}. The voices are {names}.", param="voice")
    return found


def speaking_models() -> list[Model]:
    """The models that really speak for this API, each once: its own where installed, else their substitute."""
    served = (served_by(model_named(name)) for name in MODEL_IDS)
    return list({model.id: model for model in served if model is not None}.values())
