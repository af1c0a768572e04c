"""One exchange of a voice chat: hear what was said, have it answered, speak the answer while it is being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from workers.audio.decode import DecodeError, decode
from workers.audio.joining import Joiner
from workers.engines.base import Word
from workers.engines.chat_model import ChatModel
from workers.engines.kinds import Hearing, Transcriber
from workers.text.buffer import TextBuffer
from workers.text.clean import clean, speakable
from workers.text.plain import plain
from workers.text.split import split

from . import speech
from .base import Done, Outcome, Refused, StepContext

EAR = "whisper"
EAR_RATE = 16_000
MAX_SECONDS = 120.0
"""Of what a customer says in one turn."""
MAX_ANSWER = 3_000
"""Characters of an answer; what is written after them is neither spoken nor kept."""


def chat(context: StepContext) -> Outcome:
    """The one step of a job of kind "chat".

    The request has `user_text` (or a recording), `messages` (what went before, for the language model),
    `speech` (a speech order's request, whose text is the answer) and `conversation_id`.
    """
    request = context.request
    user_text = str(request["user_text"]) or heard(context)
    said = replace(context, request={**request["speech"], "text": ""})
    answer: list[str] = []
    words: list[Word] = []
    with (
        context.engines.lease(str(said.request["model"])) as engine,
        speech.output(said, engine.sample_rate) as encoder,
    ):
        joiner, before = Joiner(engine.sample_rate), 0
        for stretch in stretches(context, user_text, answer):
            pieces = split(stretch, str(said.request["language"]), max_chars=speech.PIECE)
            moved = [replace(piece, start=piece.start + before, end=piece.end + before) for piece in pieces]
            for samples in speech.spoken(said, engine, joiner, moved):
                encoder.write(samples)
                words += joiner.words
            before += len(stretch) + 1
        result = speech.store_result(said, encoder, words, joiner.seconds)
    return Done(
        {
            **result,
            "user_text": user_text,
            "ai_text": "".join(answer).strip(),
            "conversation_id": request["conversation_id"],
        }
    )


def heard(context: StepContext) -> str:
    """What is said in the recording. Raises Refused where nothing is, or too much."""
    try:
        blocks = list(decode(context.source_path(), EAR_RATE, max_seconds=MAX_SECONDS))
    except DecodeError as problem:
        raise Refused(f"audio: {problem}") from problem
    with context.tool(Transcriber, EAR) as ear:
        segments = ear.hear(np.concatenate(blocks), Hearing(), context.cancelled)
        text = " ".join(segment.text.strip() for segment in segments).strip()
    if not text:
        raise Refused("audio: no speech was heard in it.")
    return text


def stretches(context: StepContext, user_text: str, answer: list[str]) -> Iterator[str]:
    """What can be spoken of the answer, as it is written. `answer` gathers all of it."""
    messages = [*context.request["messages"], {"role": "user", "content": user_text}]
    buffer = TextBuffer(str(context.request["speech"]["language"]), markup=False)
    for piece in limited(ChatModel.from_environment().answer(messages, context.cancelled)):
        context.check()
        answer.append(piece)
        yield from filter(speakable, map(spoken_form, buffer.push(piece)))
    yield from filter(speakable, [spoken_form(buffer.flush())])


def limited(pieces: Iterator[str], most: int = MAX_ANSWER) -> Iterator[str]:
    """The pieces until `most` characters have come."""
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def spoken_form(stretch: str) -> str:
    """A stretch of an answer as it is to be spoken."""
    return clean(plain(stretch))


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"chat": chat}


def told(result: Mapping[str, Any]) -> dict[str, Any]:
    """What an exchange's answer shows of it."""
    return {name: result[name] for name in ("conversation_id", "user_text", "ai_text")}
