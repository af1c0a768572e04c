"""Voice changer: the same words in the same time, in another voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workers.audio.resample import resample
from workers.audio.vad import RATE
from workers.engines.base import Audio
from workers.engines.kinds import Converter
from workers.text.split import Piece

from . import speech
from .base import StepContext
from .languages import language_heard
from .references import SAMPLE_RATE as REFERENCE_RATE
from .references import with_reference
from .respeaking import NAME, NOTE, respoken
from .revoiced import Voiced, speaker, steps

_TARGET = (
    "When the rain had stopped, the children ran down to the harbour to look at the ships. One of them was painted "
    "green, and its sails were as white as milk."
)


def about(context: StepContext, beginning: Audio) -> Mapping[str, Any]:
    """The language, for who must write it down first."""
    return {"language": language_heard(context, beginning)} if context.request["method"] == NAME else {}


def work(context: StepContext, samples: Audio) -> Voiced:
    """By the model that was ordered as `method`, or by way of the text."""
    method = str(context.request["method"])
    if method == NAME:
        return respoken(context, samples)
    target = target_of(context)
    with context.tool(Converter, method) as converter:
        reference = resample(target, REFERENCE_RATE, converter.reference_rate)
        made = converter.convert(samples, RATE, reference, context.cancelled)
        rate = converter.sample_rate
    # Models give a little more or less than they were given.
    length = round(len(samples) / RATE * rate)
    return Voiced(np.pad(made[:length], (0, max(0, length - len(made)))), rate)


def target_of(context: StepContext) -> Audio:
    """The target voice, mono at REFERENCE_RATE: its own recording, or a few sentences of a stock voice."""
    said = speaker(context)
    options = with_reference(said.request.get("options") or {}, context.files.open)
    data = options.get("voice_data")
    if isinstance(data, Mapping) and "samples" in data:
        return np.asarray(data["samples"], np.float32)
    with context.engines.lease(str(said.request["model"])) as engine:
        sound, _ = speech.speak_piece(said, engine, Piece(_TARGET, 0, len(_TARGET), "sentence"))
        return resample(sound, engine.sample_rate, REFERENCE_RATE)


def told(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What was said, where it was written down."""
    texts = [str(each["text"]) for each in parts if "text" in each]
    return {"text": " ".join(texts), "method": NAME, "note": NOTE} if texts else {}


STEPS = steps("convert", about, work, told)
