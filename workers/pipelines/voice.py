"""A recording to a voice: read the stored reference, build, measure, and say how close it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.audio.reference import ReferenceRefused, demand_one_speaker
from workers.engines import ge2e, voice_match
from workers.engines.base import Audio, CannotSpeak
from workers.engines.cloning import VOICE_MATCH, Reference, build_voice, built_by

from .base import Done, Outcome, StepContext
from .references import SAMPLE_RATE, reference_samples


def build(context: StepContext) -> Outcome:
    """The one step of a job of kind "voice".

    The request has `model` (the family asked for), `reference_key` (mono PCM16 WAV at 24 kHz in the store) and may have
    `reference_text`, `language` and `sex` ("female" or "male", as the customer stated it). The result has `built` (what
    is kept of the voice: the `voice_data` to speak with), `built_model`, `similarity` (measured, or null), `note` (for
    the customer) and `served_by` (voice-match, or the model). Raises CannotSpeak where two people are heard.
    """
    request = context.request
    model, key = str(request["model"]), str(request["reference_key"])
    try:
        with context.files.open(key) as file:
            samples = reference_samples(file)
    except FileNotFoundError as exc:
        raise CannotSpeak("The recording of this voice is gone: the voice was deleted.") from exc
    context.check()
    _demand_one_speaker(samples)
    reference = Reference(samples, str(request.get("reference_text") or ""))
    language = str(request.get("language") or "en")
    sex = str(request.get("sex") or "")
    speaker = built_by(model)
    if speaker == voice_match.MODEL:
        with context.engines.lease(speaker) as engine:
            made = build_voice(model, reference, language=language, sex=sex, engine=engine)
    else:
        made = build_voice(model, reference, language=language, sex=sex)
    data: dict[str, Any] = dict(made.data)
    if data["kind"] == "reference":
        data["key"] = key
    return Done(
        {
            "built": data,
            "built_model": made.model,
            "served_by": VOICE_MATCH if data["kind"] == VOICE_MATCH else made.model,
            "similarity": made.similarity,
            "note": made.note,
        }
    )


def _demand_one_speaker(samples: Audio) -> None:
    """Raises CannotSpeak where two people are heard."""
    try:
        demand_one_speaker(ge2e.windows(ge2e.speech(samples, SAMPLE_RATE), ge2e.SAMPLE_RATE))
    except ReferenceRefused as refused:
        raise CannotSpeak(str(refused)) from refused


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"voice": build}
