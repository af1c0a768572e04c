"""What to say of a text, line by line, and in which manner: the tags of the KugelAudio API put into effect.

Two halves, so that the wire between them carries slices of the text and nothing else. `script` cuts (web side);
`saying.say` turns the slice of one line into words (worker), with the way back for `wording.as_written`. Sentences are
found in the text as it sounds: a tag inside a sentence does not end it, and neither do the dots of an address inside
`<spell>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.audio.joining import PAUSES, pause_after

from .clean import speakable
from .sounding import Mark, Sounding
from .split import Pause, Piece, opening, split
from .tags import Run, parse

MAX_REST = 5.0
"""Seconds that breaks in a row come to at most: a text of breaks must not buy hours of silence."""

_TRAILING = ",.;:!?…、。，！？)]”’»"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say in one go: `text == whole[start:end]`, whatever tags are in it whole.

    Lines are in order and do not overlap; between them lie only white space and tags. `pause`: seconds of rest
    after it, the natural one (`workers.audio.joining`) or what breaks ask for, whichever is longer; breaks in a row
    add up, to `MAX_REST` at most. `rate`: of `<prosody>`, 0.8 to 1.2. `inside_spell`: it begins inside a `<spell>`
    that was opened before, as one too long for a line is cut; `saying.say` must be told. `speakable`: False for a
    mere rest.
    """

    text: str
    start: int
    end: int
    pause: float
    rate: float = 1.0
    inside_spell: bool = False
    speakable: bool = True


def script(
    text: str,
    language: str,
    *,
    markup: bool,
    normalize: bool,
    max_chars: int,
    first_chars: int | None = None,
    open_rates: list[float] | None = None,
    ends: Pause = "sentence",
) -> list[Line]:
    """The lines of a cleaned text. Linear; never raises.

    `markup`: whether tags are tags, or text. `normalize`: as for `saying.say`; only with it does `<spell>` spell.
    `max_chars` bounds a line, `first_chars` the first one, which is a mere breath so that sound begins soon; a spelled
    character counts as three. `open_rates`: see `tags.parse`, for a text that comes in stretches; `ends`: what such a
    stretch ends with.
    A text of nothing but tags has no lines.
    """
    sounding = Sounding(text)
    for part in parse(text, open_rates) if markup else [Run(text, 0, len(text))]:
        sounding.add(part, spelling=normalize)
    sound = sounding.spoken()
    drafts = list(_drafts(sound.text, _pieces(sound.text, language, max_chars, first_chars), sounding.marks))
    if drafts and ends != "sentence":
        drafts[-1].pause = min(drafts[-1].pause, PAUSES[ends])
    places = [sound.source(draft.start, draft.end) for draft in drafts]
    lines: list[Line] = []
    for number, (draft, (start, end)) in enumerate(zip(drafts, places, strict=True)):
        if number + 1 < len(places):
            # A cut inside what stands for one spelled character falls before it.
            end = min(end, places[number + 1][0])
        if end > start:
            letters = (at for at in range(draft.start, draft.end) if sound.text[at].isalnum())
            first = next(letters, None)
            lines.append(
                Line(
                    text[start:end],
                    start,
                    end,
                    max(draft.pause, min(draft.rest, MAX_REST)),
                    sounding.rate(draft.start if first is None else first),
                    sounding.inside_spell(start),
                    first is not None,
                )
            )
    return lines


@dataclass(slots=True)
class _Draft:
    """A line in the sounding text. `pause`: the natural one; `rest`: what breaks ask for."""

    start: int
    end: int
    pause: float
    rest: float = 0.0


def _pieces(text: str, language: str, max_chars: int, first_chars: int | None) -> Iterator[Piece]:
    """Sentences, cut where they are over `max_chars`; the first to be heard where it is over `first_chars`."""
    heard = first_chars is None
    for piece in split(text, language, max_chars=max_chars, target_chars=0):
        if heard or first_chars is None or not piece.speakable:
            yield piece
        elif len(piece.text) <= first_chars:
            yield from _in_two(piece, language)
        else:
            parts = split(piece.text, language, max_chars=first_chars, target_chars=0)
            for part in parts:
                pause = piece.pause if part is parts[-1] else part.pause
                yield Piece(part.text, piece.start + part.start, piece.start + part.end, pause)
        heard = heard or piece.speakable


def _in_two(piece: Piece, language: str) -> Iterator[Piece]:
    """The first piece, parted after its first breath where it has one."""
    cut = opening(piece.text, language)
    if cut is None:
        yield piece
        return
    first = piece.text[:cut].rstrip()
    rest = piece.text[cut:].lstrip()
    # What an engine leaves quiet at the ends of a piece is rest enough.
    yield Piece(first, piece.start, piece.start + len(first), "none")
    yield Piece(rest, piece.end - len(rest), piece.end, piece.pause)


def _drafts(text: str, pieces: Iterator[Piece], marks: Sequence[Mark]) -> Iterator[_Draft]:
    """The pieces, cut at the marks. Punctuation that a cut would leave alone stays with its neighbour."""
    waiting: _Draft | None = None
    at = 0
    for piece in pieces:
        start, own = piece.start, False
        while at < len(marks) and marks[at].at < piece.end:
            mark = marks[at]
            at += 1
            cut = _after_stops(text, mark.at, piece.end)
            part = text[start:cut].rstrip()
            if speakable(part):
                if waiting:
                    yield waiting
                waiting, own = _Draft(start, start + len(part), 0.0), True
                start = _skipped(text, cut)
            if mark.rest:
                waiting = waiting or _Draft(mark.at, mark.at + 1, 0.0)
                waiting.rest += mark.rest
        natural = pause_after(piece.text, piece.pause)
        if own and waiting and not speakable(text[start : piece.end]):
            waiting.end, waiting.pause = piece.end, max(waiting.pause, natural)
            continue
        if waiting:
            yield waiting
        waiting = _Draft(start, piece.end, natural)
    for mark in marks[at:]:
        if mark.rest:
            waiting = waiting or _Draft(mark.at, mark.at + 1, 0.0)
            waiting.rest += mark.rest
    if waiting:
        yield waiting


def _after_stops(text: str, at: int, limit: int) -> int:
    """The place after punctuation that ends something here ("<prosody>Yes</prosody>, sir"), else the same place."""
    end = at
    while end < limit and text[end] in _TRAILING:
        end += 1
    return end if end == limit or text[end].isspace() else at


def _skipped(text: str, at: int) -> int:
    """The next place without white space."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at
