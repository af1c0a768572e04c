"""Text to stored speech. A short text is one step; a long one forks into segments spoken side by side, then joined.

Memory does not grow with the text: audio goes from the engine through the encoder to a file chunk by chunk, parts
lie in the store as 16-bit PCM at the engine's rate, and joining reads them a second at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np

from workers.audio.encode import Encoder, to_int16
from workers.audio.formats import AUDIO_FORMATS
from workers.audio.joining import limit_peak, pause_after
from workers.engines.base import Audio, Engine, Utterance, Word
from workers.text.split import Piece, segments, split

from .base import Done, Fork, Outcome, PartDone, StepContext

# A text longer than FORK_FROM characters (about a minute and a half of speech) is shared among workers in
# segments of about SEGMENT characters: long enough that claiming one costs nothing beside speaking it, short
# enough that the last one does not keep everybody waiting.
FORK_FROM = 1500
SEGMENT = 900
# Kokoro takes at most 510 phonemes at once; pieces of this many characters stay well below.
PIECE = 300


class Sink(Protocol):
    def write(self, samples: Audio) -> None: ...


def speak(context: StepContext) -> Outcome:
    """The first step: speak a short text whole, or plan a long one."""
    request = context.request
    text, language = str(request["text"]), str(request["language"])
    if len(text) > FORK_FROM:
        planned = segments(text, language, chars_per_segment=SEGMENT)
        if len(planned) > 1:
            payloads = [{"start": part[0].start, "end": part[-1].end} for part in planned]
            for payload, following in itertools.pairwise(payloads):
                payload["end"] = following["start"]
            payloads[-1]["last"] = 1
            return Fork(part="segment", payloads=payloads, then="join")
    pieces = split(text, language, max_chars=PIECE)
    with (
        context.engines.lease(str(request["model"])) as engine,
        output(context, engine.sample_rate) as encoder,
    ):
        words = list(speak_pieces(context, engine, pieces, encoder, closing_pause=False))
        return Done(store_result(context, encoder, words))


def segment(context: StepContext) -> Outcome:
    """One part of a long text, left in the store as s16le PCM with its word times."""
    request, payload = context.request, context.payload
    offset = int(payload["start"])
    text = str(request["text"])[offset : int(payload["end"])]
    pieces = split(text, str(request["language"]), max_chars=PIECE)
    path = context.scratch / "part.s16"
    with context.engines.lease(str(request["model"])) as engine, path.open("wb") as file:
        sink = PcmSink(file.write)
        closing_pause = "last" not in payload
        words = [
            [word.text, word.start, word.end, word.char_start + offset, word.char_end + offset]
            for word in speak_pieces(context, engine, pieces, sink, closing_pause=closing_pause)
        ]
        sample_rate = engine.sample_rate
    words_path = context.scratch / "part.json"
    words_path.write_text(json.dumps(words, ensure_ascii=False))
    return PartDone(
        {
            "audio": context.files.put("part.s16", path),
            "words": context.files.put("part.json", words_path),
            "sample_rate": sample_rate,
        }
    )


def join(context: StepContext) -> Outcome:
    """All parts in order into one file, their word times moved to where they sound."""
    words: list[Word] = []
    heard, total = 0, int(context.payload["parts"])
    with contextlib.ExitStack() as stack:
        encoder: Encoder | None = None
        for index, part in enumerate(context.parts()):
            sample_rate = int(part["sample_rate"])
            encoder = encoder or stack.enter_context(output(context, sample_rate))
            began = heard / sample_rate
            with context.files.open(part["words"]) as file:
                words += [Word(w[0], w[1] + began, w[2] + began, w[3], w[4]) for w in json.load(file)]
            with context.files.open(part["audio"]) as file:
                while data := file.read(2 * sample_rate):
                    context.check()
                    samples = np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0
                    encoder.write(samples)
                    heard += len(samples)
            context.progress((index + 1) / total)
        assert encoder is not None, "a fork has at least two parts"
        return Done(store_result(context, encoder, words))


STEPS: Mapping[str, Callable[[StepContext], Outcome]] = {"speech": speak, "segment": segment, "join": join}


def speak_pieces(
    context: StepContext, engine: Engine, pieces: Sequence[Piece], sink: Sink, *, closing_pause: bool
) -> Iterator[Word]:
    """Speak pieces into `sink` with natural pauses between them; yields words in seconds from the start of the
    audio and with offsets into the text that was split."""
    request = context.request
    heard, total = 0, max(1, sum(len(piece.text) for piece in pieces))
    spoken = 0
    for index, piece in enumerate(pieces):
        utterance = Utterance(
            piece.text, str(request["voice"]), str(request["language"]), float(request["speed"])
        )
        for chunk in engine.speak(utterance, context.cancelled):
            context.check()
            began = heard / engine.sample_rate
            sink.write(limit_peak(chunk.samples))
            heard += len(chunk.samples)
            for word in chunk.words:
                yield Word(
                    word.text,
                    round(word.start + began, 3),
                    round(word.end + began, 3),
                    word.char_start + piece.start,
                    word.char_end + piece.start,
                )
        context.check()
        spoken += len(piece.text)
        context.progress(spoken / total)
        if closing_pause or index + 1 < len(pieces):
            pause = pause_after(piece.text, piece.pause) / float(request["speed"])
            silence = np.zeros(round(pause * engine.sample_rate), np.float32)
            sink.write(silence)
            heard += len(silence)


class PcmSink:
    """Writes float samples as s16le."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def write(self, samples: Audio) -> None:
        self._write(to_int16(samples).tobytes())


def output(context: StepContext, sample_rate: int) -> Encoder:
    """The encoder of the format that was ordered, into the scratch folder."""
    audio_format = AUDIO_FORMATS[str(context.request["format"])]
    return Encoder(audio_format, sample_rate, context.scratch / f"output.{audio_format.extension}")


def store_result(context: StepContext, encoder: Encoder, words: Iterable[Word]) -> dict[str, Any]:
    """Finish the file, move it and the word times into the store; the job's result."""
    audio = encoder.close()
    audio_format = AUDIO_FORMATS[str(context.request["format"])]
    name = f"output.{audio_format.extension}"
    listed = [asdict(word) for word in words]
    result: dict[str, Any] = {
        "key": context.files.put(name, context.scratch / name),
        "filename": name,
        "content_type": audio_format.content_type,
        "format": audio_format.name,
        "bytes": audio.bytes,
        "duration": round(audio.duration_seconds, 3),
    }
    if listed:
        path = context.scratch / "words.json"
        path.write_text(json.dumps(listed, ensure_ascii=False))
        result["words_key"] = context.files.put("words.json", path)
    return result
