"""How a long recording is cut for a recogniser: windows of under half a minute, at pauses, long silences left out.

A window is what the recogniser hears in one go: a few pieces of the recording, one straight after the other. Whisper
always computes half a minute, so windows are filled as far as their pauses allow.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .vad import FRAME, RATE, Span

Window = list[Span]
"""Pieces of the recording in order, in seconds."""

LONGEST = 29.5
"""Seconds of sound in a window, at most."""
_EDGE = 0.3
# A silence longer than this is left out but for its edges.
_SILENCE, _KEPT_EDGE = 2.0, 0.5
# Where a stretch without any pause is too long, it is cut where speech is least sure in its last so many seconds.
_FORCED = 6.0


def windows(sure: NDArray[np.float32], spans: Sequence[Span], seconds: float) -> list[Window]:
    """Windows that hold all the spans in which somebody speaks (vad.spoken_spans), [] where there are none.

    `sure` are the frames' certainties, `seconds` the length of the recording.
    """
    spans = [part for span in spans for part in _bearable(sure, span)]
    edges = [0.0, *(_edge(a[1], b[0]) for a, b in itertools.pairwise(spans)), 0.0]
    if spans:
        edges[0], edges[-1] = min(_KEPT_EDGE, spans[0][0]), min(_KEPT_EDGE, max(0.0, seconds - spans[-1][1]))
    found: list[Window] = []
    first = 0
    while first < len(spans):
        last = _last_that_fits(spans, edges, first)
        found.append(_window(spans, edges, first, last))
        first = last + 1
    return found


def _edge(end: float, start: float) -> float:
    """How much of the pause between two spans either of them keeps."""
    pause = start - end
    return _KEPT_EDGE if pause > _SILENCE else pause / 2


def _bearable(sure: NDArray[np.float32], span: Span) -> list[Span]:
    """A span in parts that fit into a window with its edges."""
    parts: list[Span] = []
    start, end = span
    most = LONGEST - 2 * _KEPT_EDGE
    while end - start > most:
        low, high = (round((start + offset) * RATE / FRAME) for offset in (most - _FORCED, most))
        cut = round((low + int(np.argmin(sure[low:high]))) * FRAME / RATE, 3)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def _last_that_fits(spans: Sequence[Span], edges: Sequence[float], first: int) -> int:
    """The span after which a window that begins with `first` is best cut: far on, and at a long pause."""
    best, last, length = 0.0, first, edges[first]
    for index in range(first, len(spans)):
        start, end = spans[index]
        length += end - start + (0.0 if index == first else 2 * edges[index])
        if length + edges[index + 1] > LONGEST:
            break
        if index == len(spans) - 1:
            return index
        pause = min(1.0, spans[index + 1][0] - end)
        if (score := 2 * length / LONGEST + pause) >= best:
            best, last = score, index
    return last


def _window(spans: Sequence[Span], edges: Sequence[float], first: int, last: int) -> Window:
    pieces: Window = []
    for index in range(first, last + 1):
        start, end = spans[index]
        before, after = edges[index], edges[index + 1]
        if not pieces:
            before = min(before, _EDGE)
        if index == last:
            after = min(after, _EDGE)
        start, end = round(max(0.0, start - before), 3), round(end + after, 3)
        if pieces and start - pieces[-1][1] < 0.002:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    return pieces


def length_of(window: Window) -> float:
    """Seconds of sound in it."""
    return sum(end - start for start, end in window)


@dataclass(frozen=True, slots=True)
class Clock:
    """From the seconds of a window to those of the recording."""

    pieces: tuple[Span, ...]
    begins: tuple[float, ...]

    @classmethod
    def of(cls, window: Sequence[Sequence[float]]) -> Clock:
        begins, at = [], 0.0
        for start, end in window:
            begins.append(at)
            at += end - start
        return cls(tuple((float(start), float(end)) for start, end in window), tuple(begins))

    def span(self, start: float, end: float) -> Span:
        """Where a stretch of the window lies; a word that runs over a cut ends there."""
        piece = self._piece(start)
        finish = self.at(end, end=True) if self._piece(end, end=True) == piece else self.pieces[piece][1]
        moved = self.at(start)
        return moved, max(moved, finish)

    def at(self, moment: float, *, end: bool = False) -> float:
        """The moment in the recording; `end`: of the end of something, which a cut belongs to."""
        piece = self._piece(moment, end=end)
        start, finish = self.pieces[piece]
        return min(finish, start + max(0.0, moment - self.begins[piece]))

    def _piece(self, moment: float, *, end: bool = False) -> int:
        return max(0, bisect_right(self.begins, moment + (-1e-6 if end else 1e-6)) - 1)
