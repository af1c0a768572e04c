"""From an engine's chunks to the bytes of one live stream: paced, rested, marked, encoded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np

from workers.audio.joining import fade_edges, shifted
from workers.audio.streaming import StreamEncoder
from workers.audio.stretch import paces, stretched
from workers.audio.watermark import Marker
from workers.engines.base import AudioChunk, Cancelled, Engine, Utterance, Word
from workers.text.saying import say
from workers.text.wording import chunks_as_written

TOKENS_A_SECOND = 7.5
"""What a token of `max_new_tokens` is in sound: the frame rate of the models that KugelAudio's are made of."""
SLICE_SECONDS = 0.5
"""Raw audio goes out in slices of this length, so that a long piece is no single huge message."""


@dataclass(frozen=True, slots=True)
class Line:
    """What to say: a slice of the turn's text that begins at `start` there. An empty text is a mere rest."""

    text: str
    start: int
    pause: float
    voice: str
    language: str
    speed: float
    normalize: bool
    markup: bool
    inside_spell: bool
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Out:
    """Bytes of the stream, never none but at its end, with the words that begin in them; `seconds` of sound."""

    data: bytes
    seconds: float
    words: list[dict[str, Any]]


class LiveSpeaker:
    """One stream. Engines trim their own silence, so that a chunk can be passed on when it comes."""

    def __init__(self, source_rate: int, audio: str, rate: int | None, *, watermark: bool) -> None:
        self._rate = source_rate
        self._encoder = StreamEncoder(audio, source_rate, rate)
        self._marker = Marker(source_rate) if watermark else None
        self._heard = 0
        # What the encoder has been given and not given out: it goes with its next bytes.
        self._held_seconds = 0.0
        self._held_words: list[dict[str, Any]] = []
        self._pause = 0.0
        self._finished = False
        self.took = 0.0
        """Seconds that the engine computed so far."""

    def __enter__(self) -> Self:
        self._encoder.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._encoder.__exit__(kind, exc, trace)

    @property
    def rate(self) -> int:
        """Hz of the stream."""
        return self._encoder.rate

    @property
    def seconds(self) -> float:
        """How long the stream is so far."""
        return self._heard / self._rate

    def speak(
        self,
        engine: Engine,
        line: Line,
        cancelled: Cancelled,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Iterator[Out]:
        """The line's audio as it is made, after the rest that the line before asked for.

        The engine computes within `turn()`, and only while the iterator is asked for more. Raises CannotSpeak,
        EngineError, EncodeError.
        """
        if not line.text:
            self._pause = max(self._pause, line.pause)
            return
        pace, stretch = paces(line.speed)
        said = say(
            line.text,
            line.language,
            markup=line.markup,
            normalize=line.normalize,
            inside_spell=line.inside_spell,
        )
        # A line that breaks off goes on in the next one, and is to sound like it.
        text = said.text if line.pause or not said.text[-1:].isalnum() else f"{said.text},"
        utterance = Utterance(text, line.voice, line.language, pace, line.options)
        # The limit is that of one generation, which a line is.
        left = float(line.options.get("max_new_tokens") or 0) / TOKENS_A_SECOND or float("inf")
        written = chunks_as_written(engine.speak(utterance, cancelled), engine.sample_rate, said, line.text)
        chunks = stretched(written, self._rate, stretch)
        while True:
            with turn():
                began = time.monotonic()
                chunk = next(chunks, None)
                self.took += time.monotonic() - began
            if chunk is None or left <= 0:
                break
            chunk = _cut(chunk, left, self._rate)
            left -= len(chunk.samples) / self._rate
            yield from self._out(chunk, line.start)
        self._pause = line.pause

    def finish(self) -> Out:
        """The end of the stream; nothing the second time."""
        if self._finished:
            return Out(b"", 0.0, [])
        self._finished = True
        return Out(self._encoder.finish(), self._held_seconds, self._held_words)

    def _out(self, chunk: AudioChunk, char_start: int) -> Iterator[Out]:
        rest = np.zeros(round(self._pause * self._rate) if self._heard else 0, np.float32)
        self._pause = 0.0
        first = self._heard + len(rest)
        samples = np.concatenate([rest, chunk.samples])
        if self._marker is not None:
            samples = self._marker.mark(samples)
        begin = self.seconds
        self._heard += len(samples)
        words = [_listed(word) for word in shifted(chunk.words, first / self._rate, char_start)]
        yield from self._sliced(self._encoder.push(samples), begin, len(samples) / self._rate, words)

    def _sliced(
        self, data: bytes, begin: float, seconds: float, words: list[dict[str, Any]]
    ) -> Iterator[Out]:
        step = self._encoder.bytes_of(SLICE_SECONDS)
        if not step:
            self._held_seconds += seconds
            self._held_words += words
            if data:
                yield Out(data, self._held_seconds, self._held_words)
                self._held_seconds, self._held_words = 0.0, []
            return
        if len(data) <= step:
            yield Out(data, seconds, words)
            return
        count = -(-len(data) // step)
        for number in range(count):
            until = begin + (number + 1) * SLICE_SECONDS if number < count - 1 else float("inf")
            inside = [word for word in words if word["start"] < until]
            words = words[len(inside) :]
            length = SLICE_SECONDS if number < count - 1 else seconds - number * SLICE_SECONDS
            yield Out(data[number * step : (number + 1) * step], max(0.0, length), inside)


def _cut(chunk: AudioChunk, seconds: float, rate: int) -> AudioChunk:
    """The beginning of a chunk, faded out where there is more of it."""
    if len(chunk.samples) <= seconds * rate:
        return chunk
    kept = fade_edges(chunk.samples[: int(seconds * rate)], rate)
    return AudioChunk(kept, tuple(word for word in chunk.words if word.start < seconds))


def _listed(word: Word) -> dict[str, Any]:
    return {
        "word": word.text,
        "start": round(word.start, 3),
        "end": round(word.end, 3),
        "char_start": word.char_start,
        "char_end": word.char_end,
    }
