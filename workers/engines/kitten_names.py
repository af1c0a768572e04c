"""KittenTTS's models, voices and speeds by the names its users know, for its web API and its Python class alike.

Data only, over the catalogue: nothing here loads a model.
"""

from __future__ import annotations

from .catalogue import Model, Voice, catalogue

FAMILY = "kittentts"
DEFAULT_MODEL = "kitten-tts-nano"
SLOWEST, FASTEST = 0.25, 3.0


def kitten_voices() -> list[Voice]:
    """The eight voices, in the document's order."""
    return catalogue().voices(model=DEFAULT_MODEL)


def kitten_voice(name: str) -> Voice | None:
    """A voice by its name or its raw `expr-voice-…` name."""
    return catalogue().voice(name, DEFAULT_MODEL)


def kitten_model(name: str) -> Model | None:
    """A model by its id, short ("nano") or long, or by its repository's name."""
    found = catalogue().model(f"kitten-tts-{name}") or catalogue().model(name)
    return found if found is not None and found.family == FAMILY else None
