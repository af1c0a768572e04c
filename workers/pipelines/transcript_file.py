"""The file that a transcript is kept in: written and read segment by segment.

    {"segments": [{"id", "start", "end", "text", "speaker"?, "words"?: [{"word", "start", "end", "probability",
                   "speaker"?}], "tokens", "temperature", "avg_logprob", "compression_ratio", "no_speech_prob"}, …],
     "text", "duration", "language", "language_probability", "speakers"}

Times are seconds of the recording. The texts of the segments, joined, are the text.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from workers.audio.windows import Clock
from workers.engines import kinds

Segment = dict[str, Any]
SpeakerAt = Callable[[float], str]
"""Who speaks at a moment of the recording, in seconds."""


def as_written(segment: kinds.Segment, clock: Clock) -> Segment:
    """A segment that was heard in a window, with the recording's seconds."""
    written: Segment = {
        "start": round(clock.at(segment.start), 3),
        "end": round(max(clock.at(segment.start), clock.at(segment.end, end=True)), 3),
        "text": segment.text,
    }
    if segment.words:
        written["words"] = [_word(word, clock) for word in segment.words]
    return {
        **written,
        "tokens": list(segment.tokens),
        "temperature": segment.temperature,
        "avg_logprob": round(segment.avg_logprob, 4),
        "compression_ratio": round(segment.compression_ratio, 4),
        "no_speech_prob": round(segment.no_speech_prob, 6),
    }


def _word(word: kinds.HeardWord, clock: Clock) -> dict[str, Any]:
    start, end = clock.span(word.start, word.end)
    return {
        "word": word.text,
        "start": round(start, 3),
        "end": round(end, 3),
        "probability": round(word.probability, 4),
    }


def by_speaker(segments: Sequence[Segment], speaker_at: SpeakerAt) -> Iterator[Segment]:
    """The segments with their speakers; one in which the speaker changes becomes several."""
    for segment in segments:
        words = segment.get("words", [])
        if not words:
            yield {**segment, "speaker": speaker_at((segment["start"] + segment["end"]) / 2)}
            continue
        names = [speaker_at((word["start"] + word["end"]) / 2) for word in words]
        cuts = [0, *(n for n in range(1, len(words)) if names[n] != names[n - 1]), len(words)]
        texts = _texts(segment["text"], words, cuts)
        for (first, last), text in zip(itertools.pairwise(cuts), texts, strict=True):
            whole = first == 0 and last == len(words)
            yield {
                **segment,
                "start": segment["start"] if first == 0 else words[first]["start"],
                "end": segment["end"] if last == len(words) else words[last - 1]["end"],
                "text": text,
                "words": [{**word, "speaker": names[first]} for word in words[first:last]],
                "tokens": segment["tokens"] if whole else [],
                "speaker": names[first],
            }


def _texts(text: str, words: Sequence[Mapping[str, Any]], cuts: Sequence[int]) -> list[str]:
    """The text cut before the words of those numbers; the space before a word goes with it."""
    places, at = [], 0
    for word in words:
        found = text.find(word["word"], at)
        places.append(at if found < 0 else found)
        at = places[-1] + (len(word["word"]) if found >= 0 else 0)
    marks = [0]
    for number in cuts[1:-1]:
        place = places[number]
        while place > marks[-1] and text[place - 1].isspace():
            place -= 1
        marks.append(place)
    return [text[start:end] for start, end in zip(marks, [*marks[1:], len(text)], strict=True)]


class TranscriptFile:
    """Writes the file at `path`; call `finish` last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: list[str] = []
        self._count = self._words = 0
        self._speakers: dict[str, None] = {}

    def __enter__(self) -> Self:
        self._file = self._path.open("w", encoding="utf-8")
        self._file.write('{"segments": [')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, segment: Segment) -> None:
        """The next segment; one without any text is left out."""
        if not segment["text"].strip():
            return
        self._file.write(",\n" if self._count else "\n")
        json.dump({"id": self._count, **segment}, self._file, ensure_ascii=False)
        self._texts.append(segment["text"])
        self._count += 1
        self._words += len(segment.get("words", ()))
        if "speaker" in segment:
            self._speakers[segment["speaker"]] = None

    def finish(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """Write the end; a summary. `about` has `duration`, `language` and `language_probability`."""
        text = "".join(self._texts).strip()
        ending = {
            "text": text,
            "duration": about["duration"],
            "language": about["language"],
            "language_probability": about["language_probability"],
            "speakers": sorted(self._speakers),
        }
        self._file.write("\n], " + json.dumps(ending, ensure_ascii=False)[1:] + "\n")
        self._file.flush()
        del ending["text"]
        counts = {"characters": len(text), "segments": self._count, "words": self._words}
        return {**ending, **counts, "bytes": self._file.tell()}
