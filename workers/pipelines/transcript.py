"""A recording to its transcript. A short one is one step; a long one forks into parts heard side by side, then joined.

Memory does not grow with the recording: it is decoded to a file, cut into windows at pauses (audio.windows), and each
part holds a minute and a half of sound. What was heard goes from part to result segment by segment.

The request has `model`, `language` (ISO 639-1, or None: find out), `words`, `diarize`, `translate`, `prompt`,
`temperature` and `phrases`. The result is the file transcript.json (transcript_file.py) and a summary of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

import numpy as np

from workers.audio.diarise import Speakers
from workers.audio.encode import from_int16, to_int16
from workers.audio.vad import RATE, spoken_spans
from workers.audio.windows import Clock, Window, length_of, windows
from workers.engines.base import Audio
from workers.engines.kinds import Hearing, Transcriber

from .base import Done, Fork, Outcome, PartDone, Refused, StepContext
from .recorded import NOTHING_SAID, decoded
from .transcript_file import Segment, TranscriptFile, as_written, by_speaker
from .voices_heard import VoicesHeard, voices_heard

AT_ONCE = 120.0
"""Seconds of speech up to which a recording is one step."""
PART_WINDOWS = 3
"""Windows in a part of a longer one: about a minute and a half."""
UNSURE = 0.5
"""A language that is less probable than this is called unknown."""

About = Mapping[str, Any]
"""What is known of the whole recording: `duration`, `language`, `language_probability`."""


def listen(context: StepContext) -> Outcome:
    """The first step: find the speech; write a short recording down, or plan a long one."""
    path = context.scratch / "sound.s16"
    seconds, sure = decoded(context, path)
    planned = windows(sure, spoken_spans(sure), seconds)
    if not planned:
        raise Refused(NOTHING_SAID)
    short = sum(map(length_of, planned)) <= AT_ONCE
    with path.open("rb") as sound, context.tool(Transcriber, str(context.request["model"])) as model:
        about = {"duration": round(seconds, 3), **_language(context, model, sound, planned)}
        if short:
            pieces = [(window, _samples(sound, window)) for window in planned]
            heard, voices = _heard(context, model, pieces, about)
    if short:
        return Done(_written(context, [heard], [voices], about))
    with path.open("rb") as sound:
        return _planned(context, sound, planned, about)


def part(context: StepContext) -> Outcome:
    """One part of a long recording: what was heard, and whose voices, left in the store."""
    payload = context.payload
    planned: list[Window] = [[(start, end) for start, end in window] for window in payload["windows"]]
    with context.files.open(payload["sound"]) as sound:
        pieces = [(window, _read(sound, length_of(window))) for window in planned]
    with context.tool(Transcriber, str(context.request["model"])) as model:
        heard, voices = _heard(context, model, pieces, payload)
    result = {name: payload[name] for name in ("duration", "language", "language_probability")}
    path = context.scratch / "heard.json"
    path.write_text(json.dumps(heard, ensure_ascii=False), "utf-8")
    result["heard"] = context.files.lend("heard.json", path)
    if voices is not None:
        voices.save(context.scratch / "voices.npz")
        result["voices"] = context.files.lend("voices.npz", context.scratch / "voices.npz")
    return PartDone(result)


def join(context: StepContext) -> Outcome:
    """All parts in order into one transcript, with the same speakers throughout."""
    parts = list(context.parts())
    voices = (
        _opened(context, each["voices"], VoicesHeard.load) if "voices" in each else None for each in parts
    )
    heard = (_opened(context, each["heard"], json.load) for each in parts)
    return Done(_written(context, heard, voices, parts[0]))


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"transcript": listen, "part": part, "join": join}


def _language(
    context: StepContext, model: Transcriber, sound: BinaryIO, planned: Sequence[Window]
) -> dict[str, Any]:
    """The language that was named, or what the speech sounds like: at its start, else in its middle or at its end."""
    if named := context.request.get("language"):
        return {"language": named, "language_probability": 1.0}
    best, surest = "", 0.0
    for index in dict.fromkeys((0, len(planned) // 2, len(planned) - 1)):
        context.check()
        language, probability = model.language_of(_samples(sound, planned[index]))
        if probability > surest:
            best, surest = language, probability
        if surest >= UNSURE:
            break
    return {"language": best if surest >= UNSURE else None, "language_probability": round(surest, 4)}


def _planned(context: StepContext, sound: BinaryIO, planned: Sequence[Window], about: About) -> Fork:
    """The parts, each with the sound it is to hear in the store."""
    payloads = []
    for first in range(0, len(planned), PART_WINDOWS):
        context.check()
        chosen = planned[first : first + PART_WINDOWS]
        name = f"part-{first // PART_WINDOWS:05}.s16"
        with (context.scratch / name).open("wb") as file:
            for window in chosen:
                file.write(to_int16(_samples(sound, window)).tobytes())
        payloads.append(
            {**about, "sound": context.files.lend(name, context.scratch / name), "windows": chosen}
        )
    return Fork(part="part", payloads=payloads, then="join")


def _heard(
    context: StepContext, model: Transcriber, pieces: Sequence[tuple[Window, Audio]], about: About
) -> tuple[list[Segment], VoicesHeard | None]:
    """The segments of some windows, in the recording's seconds, and whose voices they are (where that was asked)."""
    request, heard = context.request, []
    hearing = Hearing(
        language=about["language"],
        translate=bool(request.get("translate")),
        words=bool(request.get("words") or request.get("diarize")),
        prompt=str(request.get("prompt") or ""),
        temperature=float(request.get("temperature") or 0.0),
        phrases=tuple(request.get("phrases") or ()),
    )
    voices: list[VoicesHeard] = []
    for number, (window, samples) in enumerate(pieces):
        clock = Clock.of(window)
        context.check()
        heard += [as_written(each, clock) for each in model.hear(samples, hearing, context.cancelled)]
        context.check()
        if request.get("diarize"):
            voices.append(voices_heard(samples, clock))
        context.progress((number + 1) / len(pieces))
    return heard, VoicesHeard.joined(voices) if voices else None


def _written(
    context: StepContext,
    heard: Iterable[Sequence[Segment]],
    voices: Iterable[VoicesHeard | None],
    about: About,
) -> dict[str, Any]:
    """The transcript in the store; the job's result. Raises Refused where nothing was heard."""
    speakers = Speakers()
    parts = [speakers.add(each.at, each.voices) for each in voices if each is not None]
    with TranscriptFile(context.scratch / "transcript.json") as file:
        for number, segments in enumerate(heard):
            context.check()
            told = by_speaker(segments, partial(speakers.at, parts[number])) if parts else segments
            for segment in told:
                file.add(segment)
        summary = file.finish(about)
    if not summary["characters"]:
        raise Refused(NOTHING_SAID)
    return {
        "key": context.files.put("transcript.json", context.scratch / "transcript.json"),
        "filename": "transcript.json",
        "content_type": "application/json",
        "format": "json",
        **summary,
    }


def _samples(sound: BinaryIO, window: Window) -> Audio:
    """The sound of a window out of the decoded recording."""
    pieces = []
    for start, end in window:
        sound.seek(2 * round(start * RATE))
        pieces.append(_read(sound, end - start))
    return np.concatenate(pieces)


def _read(sound: BinaryIO, seconds: float) -> Audio:
    return from_int16(sound.read(2 * round(seconds * RATE)))


def _opened(context: StepContext, key: str, read: Callable[[BinaryIO], Any]) -> Any:
    with context.files.open(key) as file:
        return read(file)
