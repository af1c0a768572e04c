"""Text to stored speech. A short text is one step; a long one forks into segments spoken side by side, then joined.

Memory does not grow with the text: audio goes piece by piece from the engine through the encoder to a file, parts
lie in the store as 16-bit PCM at the engine's rate, and joining reads them a second at a time.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, replace
from typing import Any

import numpy as np

from workers.audio.encode import Encoder, from_int16, to_int16
from workers.audio.formats import AUDIO_FORMATS
from workers.audio.joining import Joiner, shifted
from workers.audio.limiter import Limiter
from workers.audio.stretch import paces, stretched
from workers.audio.watermark import Marker
from workers.engines.base import Audio, CannotSpeak, Engine, Utterance, Word
from workers.text.saying import say
from workers.text.split import Piece, segments, split
from workers.text.wording import as_written

from .base import Done, Fork, Outcome, PartDone, StepContext
from .references import with_reference

# A text longer than FORK_FROM characters (about a minute and a half of speech) is shared among workers in
# segments of about SEGMENT characters: long enough that claiming one costs nothing beside speaking it, short
# enough that the last one does not keep everybody waiting.
FORK_FROM = 1500
SEGMENT = 900
# Kokoro takes at most 510 phonemes at once; pieces of this many characters stay well below.
PIECE = 300

_SILENCE: Audio = np.zeros(0, np.float32)


def speak(context: StepContext) -> Outcome:
    """The first step: speak a short text whole, or plan a long one."""
    request = context.request
    text, language = str(request["text"]), str(request["language"])
    if len(text) > FORK_FROM:
        planned = segments(text, language, chars_per_segment=SEGMENT)
        if len(planned) > 1:
            starts = [part[0].start for part in planned]
            ends = [*starts[1:], len(text)]
            payloads = [{"start": start, "end": end} for start, end in zip(starts, ends, strict=True)]
            return Fork(part="segment", payloads=payloads, then="join")
    pieces = split(text, language, max_chars=PIECE)
    words: list[Word] = []
    with (
        context.engines.lease(str(request["model"])) as engine,
        output(context, engine.sample_rate) as encoder,
    ):
        joiner = Joiner(engine.sample_rate)
        for samples in spoken(context, engine, joiner, pieces):
            encoder.write(samples)
            words += joiner.words
        return Done(store_result(context, encoder, words, joiner.seconds))


def segment(context: StepContext) -> Outcome:
    """One part of a long text, left in the store as s16le PCM with its word times."""
    request, payload = context.request, context.payload
    offset = int(payload["start"])
    text = str(request["text"])[offset : int(payload["end"])]
    pieces = split(text, str(request["language"]), max_chars=PIECE)
    path, words_path = context.scratch / "part.s16", context.scratch / "part.json"
    words: list[Word] = []
    with context.engines.lease(str(request["model"])) as engine, path.open("wb") as file:
        joiner, limiter = Joiner(engine.sample_rate), Limiter(engine.sample_rate)
        for samples in spoken(context, engine, joiner, pieces):
            file.write(to_int16(limiter.push(samples)).tobytes())
            words += joiner.words
        file.write(to_int16(limiter.finish()).tobytes())
        sample_rate = engine.sample_rate
    words_path.write_text(json.dumps([astuple(word) for word in words], ensure_ascii=False))
    return PartDone(
        {
            "audio": context.files.put("part.s16", path),
            "words": context.files.put("part.json", words_path),
            "char_start": offset,
            "pause": joiner.pending_pause,
            "sample_rate": sample_rate,
        }
    )


def join(context: StepContext) -> Outcome:
    """All parts in order into one file, their word times moved to where they sound."""
    words: list[Word] = []
    heard, pause, rate, total = 0, 0.0, 1, int(context.payload["parts"])
    with contextlib.ExitStack() as stack:
        encoder: Encoder | None = None
        for index, part in enumerate(context.parts()):
            rate = int(part["sample_rate"])
            encoder = encoder or stack.enter_context(output(context, rate))
            if heard:
                rest = np.zeros(round(pause * rate), np.float32)
                encoder.write(rest)
                heard += len(rest)
            with context.files.open(part["words"]) as file:
                listed = [Word(*values) for values in json.load(file)]
            words += shifted(listed, heard / rate, int(part["char_start"]))
            with context.files.open(part["audio"]) as file:
                while data := file.read(2 * rate):
                    context.check()
                    samples = from_int16(data)
                    encoder.write(samples)
                    heard += len(samples)
            pause = float(part["pause"])
            context.progress((index + 1) / total)
        assert encoder is not None, "a fork has at least two parts"
        return Done(store_result(context, encoder, words, heard / rate))


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"speech": speak, "segment": segment, "join": join}


def spoken(context: StepContext, engine: Engine, joiner: Joiner, pieces: Sequence[Piece]) -> Iterator[Audio]:
    """Speak pieces one after another; yields what to write, while `joiner.words` holds the words of it."""
    done, total = 0, max(1, sum(len(piece.text) for piece in pieces))
    marker = Marker(engine.sample_rate) if context.watermark else None
    for piece in pieces:
        context.check()
        samples, words = speak_piece(context, engine, piece) if piece.speakable else (_SILENCE, [])
        context.check()
        joined = joiner.add(samples, words, text=piece.text, char_start=piece.start, pause=piece.pause)
        yield joined if marker is None else marker.mark(joined)
        done += len(piece.text)
        context.progress(done / total)


def speak_piece(context: StepContext, engine: Engine, piece: Piece) -> tuple[Audio, list[Word]]:
    """One piece whole, at most some 25 seconds: silence at its ends can only be trimmed when all of it is there."""
    request = context.request
    language = str(request["language"])
    said = say(piece.text, language, markup=False, normalize=bool(request.get("normalize", True)))
    pace, stretch = paces(float(request["speed"]))
    options = with_reference(request.get("options", {}), context.files.open)
    utterance = Utterance(said.text, str(request["voice"]), language, pace, options)
    blocks: list[Audio] = []
    words: list[Word] = []
    heard = 0
    for chunk in stretched(engine.speak(utterance, context.cancelled), engine.sample_rate, stretch):
        context.check()
        words += shifted(chunk.words, heard / engine.sample_rate)
        blocks.append(chunk.samples)
        heard += len(chunk.samples)
    heard_words = list(as_written(words, said, piece.text))
    return (np.concatenate(blocks) if blocks else _SILENCE), heard_words


def output(context: StepContext, sample_rate: int) -> Encoder:
    """The encoder of the format that was ordered, into the scratch folder."""
    audio_format = AUDIO_FORMATS[str(context.request["format"])]
    return Encoder(audio_format, sample_rate, context.scratch / f"output.{audio_format.extension}")


def store_result(
    context: StepContext, encoder: Encoder, words: Sequence[Word], seconds: float
) -> dict[str, Any]:
    """Finish the file, move it and the word times into the store; the job's result."""
    if not seconds:
        raise CannotSpeak("Nothing in this text could be spoken.")
    audio = encoder.close()
    audio_format = AUDIO_FORMATS[str(context.request["format"])]
    name = f"output.{audio_format.extension}"
    result: dict[str, Any] = {
        "key": context.files.put(name, context.scratch / name),
        "filename": name,
        "content_type": audio_format.content_type,
        "format": audio_format.name,
        "bytes": audio.bytes,
        "duration": round(audio.duration_seconds, 3),
    }
    if words:
        path = context.scratch / "words.json"
        rounded = (replace(word, start=round(word.start, 3), end=round(word.end, 3)) for word in words)
        path.write_text(json.dumps([asdict(word) for word in rounded], ensure_ascii=False))
        result["words_key"] = context.files.put("words.json", path)
    return result
