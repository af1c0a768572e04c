"""A voice from a recording: by the cloning family that was asked for where it is installed, else by voice-match."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import voice_match
from .base import Audio, CannotSpeak, Engine
from .catalogue import Model, catalogue
from .registry import can_clone, load

SAMPLE_RATE = 24_000
"""Of every reference."""
VOICE_MATCH = voice_match.NAME


@dataclass(frozen=True)
class Reference:
    """A checked recording of one person: mono float32 samples (n,) at 24 kHz, and what is said in it, "" if unknown."""

    samples: Audio
    text: str = ""


@dataclass(frozen=True)
class Built:
    """A voice as it is kept.

    `data` becomes `Utterance.options["voice_data"]`. Its `kind` is "voice-match" with `base` (the stock voice to speak
    with), how that is changed (kokoro_change) and `similarity`; or "reference" with `text`, to which whoever keeps the
    recording adds its `key`.
    A model that only converts finds there as `stock` the voice to convert, itself of kind "voice-match".
    `model` is what will speak it. `similarity` is the measured GE2E cosine to the reference, None where nothing was
    spoken. `note` is the plain sentence to show to the customer.
    """

    model: str
    data: dict[str, Any]
    similarity: float | None
    note: str


def built_by(model: str, *, models_dir: Path | str | None = None) -> str:
    """The model that will speak a voice for which `model` is asked: itself if it clones and is here, else Kokoro."""
    asked = _cloner(model, models_dir)
    return asked.id if asked else voice_match.MODEL


def build_voice(
    model: str,
    reference: Reference,
    *,
    language: str = "en",
    sex: str = "",
    engine: Engine | None = None,
    models_dir: Path | str | None = None,
) -> Built:
    """Make a voice of a checked recording.

    `model` is the family asked for. One that is not installed, is no cloning model or is unknown gives voice-match, and
    the note says so; voice-match picks among the voices of `language` and of `sex` ("female", "male", or "" where it is
    to be heard). `engine` is Kokoro where the caller has it loaded already. Raises CannotSpeak where nobody speaks in
    the recording, or where the model must know its words and does not; ModelUnavailable where Kokoro or the speaker
    encoder is not installed either.
    """
    asked = _cloner(model, models_dir)
    if asked:
        return _of_recording(asked, reference, language, sex)
    # An engine that was lent is given back by whoever lent it.
    with nullcontext(engine) if engine else _loaded(models_dir) as speaker:
        matched = voice_match.build(reference.samples, speaker, language, sex=sex)
    data: dict[str, Any] = {
        **voice_match.data_of(matched.match),
        "similarity": round(matched.similarity, 3),
    }
    return Built(voice_match.MODEL, data, data["similarity"], matched.note)


def _of_recording(asked: Model, reference: Reference, language: str, sex: str) -> Built:
    """A voice that `asked` speaks after the recording itself."""
    data: dict[str, Any] = {"kind": "reference", "text": reference.text}
    if "reference_text" in asked.abilities and not reference.text:
        raise CannotSpeak(
            f"{asked.name} must know the words that are spoken in the recording: send them as the reference text, or "
            "choose another model."
        )
    if asked.type == "convert":
        # The nearer the voice that is converted, the less there is to change; its pitch is not changed at all.
        known = voice_match.heard(reference.samples)
        nearest = voice_match.matches(known.voice, known.height, language, sex=sex)[0]
        data["stock"] = voice_match.data_of(nearest)
    note = f"{asked.name} speaks in the voice of the recording. How close it comes was not measured."
    return Built(asked.id, data, None, note)


def _cloner(model: str, models_dir: Path | str | None) -> Model | None:
    """The model asked for, where it clones and can be loaded here."""
    return catalogue().model(model) if can_clone(model, models_dir=models_dir) else None


class _loaded:
    """Kokoro for as long as the context lasts."""

    def __init__(self, models_dir: Path | str | None) -> None:
        self._engine = load(voice_match.MODEL, models_dir=models_dir)

    def __enter__(self) -> Engine:
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.close()
