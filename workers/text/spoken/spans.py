"""Where each stretch of a spoken text came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """`spoken[start:end]` says `source[source_start:source_end]`.

    `verbatim`: the two are the same characters, so positions inside map one to one. Otherwise the whole
    stretch stands for the whole source ("twelve dollars" for "$12").
    """

    start: int
    end: int
    source_start: int
    source_end: int
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text in words, with the way back to the source. Spans cover both texts, in order, without gaps."""

    text: str
    spans: tuple[Span, ...]
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(span.start for span in self.spans))

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the source that `text[start:end]` says. Offsets outside the text are drawn in."""
        if not self.spans:
            return 0, 0
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        first = self.spans[max(0, bisect_right(self._starts, start) - 1)]
        last = self.spans[max(0, bisect_right(self._starts, max(start, end - 1)) - 1)]
        left = first.source_start + start - first.start if first.verbatim else first.source_start
        right = last.source_start + end - last.start if last.verbatim else last.source_end
        return min(left, right), right

    def unsaid(self, at: int) -> str:
        """What is left to say, from `at` on, of the one written thing that is being said there; "" of plain words."""
        span = self.spans[max(0, bisect_right(self._starts, max(0, at - 1)) - 1)] if self.spans else None
        return "" if span is None or span.verbatim else self.text[at : span.end]


class Builder:
    """Puts a spoken text together from left to right."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._spans: list[Span] = []
        self._length = 0

    def add(self, text: str, source_start: int, source_end: int, verbatim: bool) -> None:
        """Appends what is spoken for a stretch of the source; nothing at all for two empty stretches."""
        if not text and source_start == source_end:
            return
        end = self._length + len(text)
        self._parts.append(text)
        previous = self._spans[-1] if self._spans else None
        if previous and verbatim and previous.verbatim:
            self._spans[-1] = Span(previous.start, end, previous.source_start, source_end, True)
        elif previous and not text:
            # Nothing is spoken for it ("®"): it belongs to what stands before.
            self._spans[-1] = Span(previous.start, previous.end, previous.source_start, source_end, False)
        else:
            self._spans.append(Span(self._length, end, source_start, source_end, verbatim))
        self._length = end

    def spoken(self) -> Spoken:
        return Spoken("".join(self._parts), tuple(self._spans))
