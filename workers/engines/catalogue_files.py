"""Read catalogue.toml, voices.toml and weights.toml into the objects of catalogue.py."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .catalogue import (
    TIERS,
    TYPES,
    Archive,
    Catalogue,
    HubFiles,
    Model,
    PackageWeights,
    Part,
    Voice,
    WeightFile,
    Weights,
)


def read_catalogue(folder: Path) -> Catalogue:
    """Read catalogue.toml, voices.toml and weights.toml in `folder`. Raises ValueError or TypeError on a bad entry."""
    models_toml, voices_toml, weights_toml = (
        tomllib.loads((folder / name).read_text("utf-8"))
        for name in ("catalogue.toml", "voices.toml", "weights.toml")
    )
    weights = _read_weights(weights_toml)
    voices: list[Voice] = []
    for model_id, entries in voices_toml.items():
        for voice_id, entry in entries.items():
            if hub := entry.pop("hub", ""):
                weights[voice_id] = _piper_voice(voice_id, hub)
            entry = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
            voices.append(Voice(id=voice_id, model=model_id, weights=voice_id if hub else "", **entry))
    models = {}
    for model_id, entry in models_toml["model"].items():
        model = _read_model(model_id, entry, models_toml["languages"])
        if model.weights and model.weights not in weights:
            raise ValueError(
                f"catalogue.toml: {model_id} names weights {model.weights!r}, which weights.toml lacks."
            )
        models[model_id] = model
    return Catalogue(models, voices, weights)


def _read_model(model_id: str, entry: dict[str, Any], languages: dict[str, list[str]]) -> Model:
    entry = {"weights": model_id, **entry}
    if isinstance(entry.get("languages"), str):
        entry["languages"] = languages[entry["languages"]]
    entry["abilities"] = frozenset(entry.get("abilities", ()))
    entry = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    model = Model(id=model_id, **entry)
    if model.type not in TYPES or model.tier not in TIERS:
        raise ValueError(f"catalogue.toml: {model_id} has type {model.type!r} and tier {model.tier!r}.")
    return model


def _read_weights(data: dict[str, Any]) -> dict[str, Weights]:
    archives = {name: Archive(name=name, **entry) for name, entry in data["archive"].items()}

    def part(text: str) -> Part:
        archive, member = text.split(":", 1)
        return Part(archives[archive], member)

    def file(entry: dict[str, Any]) -> WeightFile:
        return WeightFile(**{**entry, "parts": tuple(part(text) for text in entry["parts"])})

    return {
        name: Weights(
            name=name,
            files=tuple(file(item) for item in entry.get("files", ())),
            hub=tuple(HubFiles(**{**item, "files": tuple(item["files"])}) for item in entry.get("hub", ())),
            package=PackageWeights(**entry["package"]) if "package" in entry else None,
            derive=entry.get("derive", ""),
        )
        for name, entry in data["set"].items()
    }


def _piper_voice(voice_id: str, folder: str) -> Weights:
    """The weights of one voice in Piper's own voice repository."""
    files = tuple(f"{folder}/{voice_id}.onnx{ending}" for ending in ("", ".json"))
    return Weights(name=voice_id, hub=(HubFiles("rhasspy/piper-voices", files),), derive="piper")
