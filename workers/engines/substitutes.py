"""Which installed model stands in for one that is not, and with which of its voices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .catalogue import Model, Voice, catalogue


def substitutes_from(items: Iterable[str]) -> dict[str, str]:
    """MODEL_SUBSTITUTES, already cut at its commas, as a table: ["melotts=kokoro", "*=piper"]. Others are left out."""
    return dict(item.strip().split("=", 1) for item in items if "=" in item)


def substitute_for(model: Model, substitutes: Mapping[str, str]) -> Model | None:
    """The model that the operator named for `model`, or for all; whether it is installed is the caller's question."""
    name = substitutes.get(model.id) or substitutes.get("*")
    return catalogue().model(name) if name else None


def voice_like(voice: Voice, served: Model, language: str) -> str | None:
    """The first voice of `served` that speaks the language with the gender of `voice`; None where it has none."""
    alike = catalogue().voices(model=served.id, language=language, gender=voice.gender)
    return alike[0].id if alike else None
