"""Pocket TTS's model and voices; what they are for us is the catalogue's business."""

from __future__ import annotations

from ttsplatform.errors import ApiError
from workers.engines.catalogue import Voice, catalogue

DIALECT = "pockettts"
MODEL = "pocket-tts"
DEFAULT_VOICE = "alba"


def voices() -> list[Voice]:
    """The built-in voices, in the document's order."""
    return catalogue().voices(model=MODEL)


def voice_named(name: str) -> Voice:
    """A built-in voice. Raises not_found, which the original hides behind a 500."""
    found = catalogue().voice(name, MODEL)
    if found is None:
        names = ", ".join(voice.id for voice in voices())
        raise ApiError("not_found", f"Voice {name[:64]!r} not found. The voices are {names}.", param="voice")
    return found
