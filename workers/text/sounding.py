"""A text as it sounds: without its tags, and with the way back to where everything is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from .spoken import Span, Spoken
from .tags import Break, Run

# A spelled character is said as three ("k, "), so it counts as three when lines are measured.
_SPELLED = "xxx"
_WINDOW = 64


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the sounding text where a line must end, and the seconds of rest that a break asks for there."""

    at: int
    rest: float


class Sounding:
    """Gathers the runs and rests of a text. Break: a space. Spelled characters: letters that count as much."""

    def __init__(self, source: str) -> None:
        self.marks: list[Mark] = []
        self._source = source
        self._texts: list[str] = []
        self._spans: list[Span] = []
        self._length = 0
        self._rates: list[tuple[int, float]] = []
        self._spells: list[tuple[int, int]] = []

    def add(self, part: Run | Break, *, spelling: bool) -> None:
        """Appends the next part; with `spelling`, a `<spell>` becomes one word that has no sentence end in it."""
        if isinstance(part, Break):
            self.marks.append(Mark(self._length, part.ms / 1000))
            self.append(" ", part.source_start, part.source_end, False)
            return
        if part.rate != (self._rates[-1][1] if self._rates else 1.0):
            if self._length:
                self.marks.append(Mark(self._length, 0.0))
            self._rates.append((self._length, part.rate))
        if part.spell:
            self._spells.append((part.source_start, part.source_end))
        if part.spell and spelling and part.text.strip():
            self._add_spelled(part)
        else:
            self.append(part.text, part.source_start, part.source_end, True)

    def _add_spelled(self, run: Run) -> None:
        # The tags lie against the run: they go with its first and its last character.
        opening = self._source.rfind("<", 0, run.source_start)
        closing = self._source.find(">", run.source_end) + 1 or len(self._source)
        signs = list(_graphemes(run.text))
        for number, (start, end) in enumerate(signs):
            self.append(
                " " if run.text[start].isspace() else _SPELLED,
                opening if number == 0 else run.source_start + start,
                closing if number == len(signs) - 1 else run.source_start + end,
                False,
            )

    def append(self, text: str, source_start: int, source_end: int, verbatim: bool) -> None:
        """Appends what sounds for a stretch of the source."""
        self._texts.append(text)
        self._spans.append(Span(self._length, self._length + len(text), source_start, source_end, verbatim))
        self._length += len(text)

    def extend(self, other: Spoken) -> None:
        """Appends another sounding text, with a space where letters or digits would touch."""
        if self._texts and self._texts[-1][-1:].isalnum() and other.text[:1].isalnum():
            place = other.spans[0].source_start
            self.append(" ", place, place, False)
        for span in other.spans:
            self.append(other.text[span.start : span.end], span.source_start, span.source_end, span.verbatim)

    def spoken(self) -> Spoken:
        """The whole so far, with the way back to the source."""
        return Spoken("".join(self._texts), tuple(self._spans))

    def rate(self, at: int) -> float:
        """The rate at a place of the sounding text."""
        index = bisect_right(self._rates, at, key=lambda each: each[0]) - 1
        return self._rates[index][1] if index >= 0 else 1.0

    def inside_spell(self, place: int) -> bool:
        """Whether a place of the source lies between the tags of a `<spell>`."""
        index = bisect_right(self._spells, place, key=lambda each: each[0]) - 1
        return index >= 0 and place < self._spells[index][1]


def _graphemes(text: str) -> Iterator[tuple[int, int]]:
    """Where each sign begins and ends. In windows, because \\X looks back over a run of flags to its start."""
    at = 0
    while at < len(text):
        spans = [match.span() for match in regex.finditer(r"\X", text[at : at + _WINDOW])]
        if at + _WINDOW < len(text) and len(spans) > 1:
            spans.pop()  # it may go on in the next window
        yield from ((at + start, at + end) for start, end in spans)
        at += spans[-1][1]


def composed(outer: Spoken, inner: Spoken) -> Spoken:
    """`outer` says the text of `inner`: the same words, with the way back to the source of `inner`."""
    built, under = Sounding(""), iter(inner.spans)
    below = next(under, None)
    for span in outer.spans:
        text = outer.text[span.start : span.end]
        if not span.verbatim:
            built.append(text, *inner.source(span.source_start, span.source_end), False)
            continue
        at = span.source_start
        while at < span.source_end:
            while below and below.end <= at:
                below = next(under, None)
            if not below:
                break
            end = min(span.source_end, below.end)
            said = text[at - span.source_start : end - span.source_start]
            built.append(said, *inner.source(at, end), below.verbatim)
            at = end
    return built.spoken()
