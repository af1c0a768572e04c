"""Speech translation: what is said in one language, said in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from workers.audio.joining import Joiner
from workers.audio.resample import resample
from workers.audio.vad import RATE
from workers.engines import cloning, translation
from workers.engines.base import Audio
from workers.engines.cloning import Reference
from workers.engines.kinds import Hearing, Transcriber
from workers.text.clean import clean
from workers.text.split import split

from . import speech
from .base import Refused, StepContext
from .languages import EAR, language_heard
from .revoiced import Voiced, speaker, steps


def about(context: StepContext, beginning: Audio) -> Mapping[str, Any]:
    """The language, and with `preserve_voice` a voice like the speaker's. Raises Refused for a pair there is not."""
    target, source = str(context.request["target_language"]), language_heard(context, beginning)
    if source is None:
        raise Refused("Which language is spoken could not be told. Send a longer or clearer recording.")
    if target not in (source, "en") and (source, target) not in translation.pairs():
        into = ", ".join(translation.targets_from(source))
        raise Refused(
            f"Speech in {source!r} can be translated into {into or 'nothing'} here, not into {target!r}."
        )
    known: dict[str, Any] = {"language": source}
    if context.request["preserve_voice"]:
        said = speaker(context)
        with context.engines.lease(str(said.request["model"])) as engine:
            reference = Reference(resample(beginning, RATE, cloning.SAMPLE_RATE))
            built = cloning.build_voice("voice-match", reference, language=target, engine=engine)
        known |= {"voice": built.data["base"], "voice_data": built.data, "note": built.note}
    return known


def work(context: StepContext, samples: Audio) -> Voiced:
    """One part: heard, translated, spoken sentence by sentence."""
    source, target = str(context.payload["language"]), str(context.request["target_language"])
    with context.tool(Transcriber, EAR) as ear:
        original = _text(ear, samples, Hearing(language=source), context)
        heard_in_english = target == "en" and source != "en"
        if heard_in_english and original:
            translated = _text(ear, samples, Hearing(language=source, translate=True), context)
    if target == source or not original:
        translated = original
    elif not heard_in_english:
        translated = clean(translation.translate(original, source, target))
    told = {
        "original": original,
        "translated": translated,
        "language": source,
        "note": context.payload.get("note", ""),
    }
    said = _speaker(context)
    with context.engines.lease(str(said.request["model"])) as engine:
        joiner = Joiner(engine.sample_rate)
        pieces = split(translated, target, max_chars=speech.PIECE)
        # The watermark is laid once, on the whole.
        spoken = list(speech.spoken(replace(said, watermark=False), engine, joiner, pieces))
        rest = np.zeros(round(joiner.pending_pause * engine.sample_rate), np.float32)
        return Voiced(np.concatenate([*spoken, rest]), engine.sample_rate, told)


def told(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The texts of all parts."""
    return {
        "original_text": " ".join(str(each["original"]) for each in parts).strip(),
        "translated_text": " ".join(str(each["translated"]) for each in parts).strip(),
        "source_language": parts[0]["language"],
        "note": parts[0]["note"],
    }


def _speaker(context: StepContext) -> StepContext:
    """Who speaks: the voice that was ordered, or the one like the speaker's."""
    said = speaker(context)
    if "voice_data" not in context.payload:
        return said
    options = {**(said.request.get("options") or {}), "voice_data": context.payload["voice_data"]}
    return replace(said, request={**said.request, "voice": context.payload["voice"], "options": options})


def _text(ear: Transcriber, samples: Audio, hearing: Hearing, context: StepContext) -> str:
    segments = ear.hear(samples, hearing, context.cancelled)
    return clean(" ".join(segment.text.strip() for segment in segments))


STEPS = steps("translate", about, work, told)
