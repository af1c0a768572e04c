"""Cuts a text into pieces that an engine speaks one at a time, and groups pieces for parallel work.

Nothing is lost: pieces are slices of the text, in order, and only white space lies between them. Everything
is linear in the length, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import regex

from .boundaries import boundaries
from .clean import speakable

Pause = Literal["paragraph", "sentence", "clause", "none"]
"""What ends a piece, and so how long to rest after it (workers.audio.joining says how long)."""

MAX_CHARS = 300
"""Kokoro takes 510 phonemes; English needs fewer than 1.3 for a character, and 25 s of audio is enough to
hold."""
TARGET_CHARS = 160
"""Engines sound best on a breath of speech: shorter pieces lose their melody, longer ones start late."""

# Characters of these languages carry several phonemes each, so their pieces must be shorter.
_DENSITY = {"zh": 3, "yue": 3, "ja": 3, "ko": 2}
_SHORT = 20
OPENING_CHARS = 11
"""A shorter first breath would sound cut off."""
REST = 3.5
_CONJUNCTIONS = {
    language: re.compile(rf"(?<=\w)\s+(?=(?:{words})\s)")
    for language, words in {
        "en": "and|but|or|while|because|when|if|which|who|so|until|before|after|from|by",
        "de": "und|aber|oder|weil|dass|wenn|während|bevor|nachdem",
        "fr": "et|mais|ou|parce|quand|qui|que",
        "es": "y|pero|o|porque|cuando|que",
        "it": "e|ma|o|perché|quando|che",
        "pt": "e|mas|ou|porque|quando|que",
        "nl": "en|maar|of|omdat|als|terwijl",
        "pl": "i|ale|lub|ponieważ|gdy|który|która|które",
    }.items()
}
"""Before these a reader may draw breath."""
# sentencex is quadratic in the length of a paragraph outside ASCII: it is fed windows of this size.
_WINDOW = 1000

_BLANK_LINE = re.compile(r"\n\s*\n")
_LIST_MARK = re.compile(r"\s*(?:[-*•‣–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_LONE_MARK = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z])[.)]")
_CLAUSE = re.compile(r"[,;:،؛…][\"'”’»)\]]*(?=\s)|\s[—–-]+(?=\s)|[—、，；：]")
_STOPS = tuple(".!?…。！？।؟۔։።፧")
_CLAUSE_MARKS = tuple(",;:—–、，；：،؛")
_CLOSERS = "\"'”’»)]」』"
_SPACE = re.compile(r"\s")
_GRAPHEME = regex.compile(r"\X")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text to speak in one go: `text == whole[start:end]`, without white space at its ends.

    It may hold single newlines. `pause` says what ends it; the end of the text counts as a sentence's end.
    """

    text: str
    start: int
    end: int
    pause: Pause

    @property
    def speakable(self) -> bool:
        """False for a piece of punctuation only ("* * *"): rest, do not call the engine."""
        return speakable(self.text)


def stretch_ends(stretch: str) -> Pause:
    """What the end of a stretch of a longer text is, by its last characters (white space counts)."""
    said = stretch.rstrip()
    if "\n" in stretch[len(said) :]:
        return "sentence"
    said = said.rstrip(_CLOSERS)
    if said.endswith(_STOPS):
        return "sentence"
    return "clause" if said.endswith(_CLAUSE_MARKS) else "none"


def opening(sentence: str, language: str) -> int | None:
    """Where the first breath of a sentence may end, so that sound begins before all of it is made.

    After a clause, else before a conjunction. What is left is at most REST times as long: an engine that speaks that
    much faster than people listen is then never waited for. None where there is no such place.
    """
    clauses = ((match.end(), match.end()) for match in _CLAUSE.finditer(sentence))
    joints = _CONJUNCTIONS.get(language)
    conjunctions = ((match.start(), match.end()) for match in joints.finditer(sentence)) if joints else ()
    for places in (clauses, conjunctions):
        for cut, after in places:
            first, rest = len(sentence[:cut].strip()), len(sentence[after:].strip())
            if first >= OPENING_CHARS and OPENING_CHARS // 2 <= rest <= REST * first:
                return cut
    return None


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    # "line": a line that the writer ended on purpose. It rests like a sentence, but is not run into the next.
    ends: Pause | Literal["line"]

    def __len__(self) -> int:
        return self.end - self.start


def split(
    text: str, language: str = "en", *, max_chars: int = MAX_CHARS, target_chars: int = TARGET_CHARS
) -> list[Piece]:
    """The pieces of a cleaned text, each at most `max_chars` long (a third of it in Chinese and Japanese).

    Sentences of one paragraph are put together up to `target_chars`; 0 gives sentences as they are. Sentences
    over `max_chars` are cut at clauses, else between words, else between graphemes. `language`: ISO 639-1.
    """
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1.")
    density = _DENSITY.get(language, 1)
    limit, target = max(1, max_chars // density), min(max_chars, target_chars) // density
    spans: list[_Span] = []
    for span in _sentences(text, language):
        if spans and _belong_together(text, spans[-1], span, limit, target):
            spans[-1] = _Span(spans[-1].start, span.end, span.ends)
        else:
            spans.append(span)
    return [
        Piece(text[cut.start : cut.end], cut.start, cut.end, "sentence" if cut.ends == "line" else cut.ends)
        for span in spans
        for cut in _fitting(text, span, limit)
    ]


def segments(text: str, language: str = "en", chars_per_segment: int = 2000) -> list[list[Piece]]:
    """The pieces of a cleaned text in runs of about equal length, about `chars_per_segment` each, for
    parallel work."""
    pieces = split(text, language)
    total = sum(len(piece.text) for piece in pieces)
    count = max(1, round(total / max(1, chars_per_segment)))
    groups: list[list[Piece]] = [[] for _ in range(count)]
    before = 0
    for piece in pieces:
        middle = before + len(piece.text) / 2
        groups[min(count - 1, int(count * middle / total))].append(piece)
        before += len(piece.text)
    return [group for group in groups if group]


def _belong_together(text: str, one: _Span, two: _Span, limit: int, target: int) -> bool:
    """Whether two neighbours are spoken in one go."""
    length = two.end - one.start
    if one.ends == "paragraph" or length > limit:
        return False
    if not speakable(text[two.start : two.end]) or _LONE_MARK.fullmatch(text, one.start, one.end):
        return True
    if target < 1 or one.ends == "none":
        return False
    very_short = min(len(one), len(two)) < _SHORT
    if one.ends == "line":
        return very_short and length <= target
    # "No." beside a sentence that is over the target already would be a piece of its own: too short to sound
    # well.
    return length <= target or (very_short and max(len(one), len(two)) > target)


def _sentences(text: str, language: str) -> Iterator[_Span]:
    """Sentences without white space at their ends, never empty."""
    start = 0
    ends: Pause | Literal["line"]
    for stop in [*(match.start() for match in _BLANK_LINE.finditer(text)), len(text)]:
        blocks = list(_lines(text, start, stop))
        for index, (block_start, block_stop, ends_paragraph) in enumerate(blocks):
            last_block = index == len(blocks) - 1
            held: _Span | None = None
            for span in _window_sentences(text, block_start, block_stop, language):
                if held:
                    yield held
                held = span
            if held:
                # A text's end is no paragraph's end: it may be one part of a longer text.
                blank_line_follows = last_block and stop < len(text)
                ends = "paragraph" if blank_line_follows or ends_paragraph else "line"
                yield _Span(held.start, held.end, ends)
        start = stop


def _lines(text: str, start: int, stop: int) -> Iterator[tuple[int, int, bool]]:
    """(start, stop, ends a paragraph) of the runs of lines that the writer ended on purpose.

    A line end is a mere wrap where the lines are 40 to 120 wide and the next word would not have fitted any
    more.
    """
    lines = text[start:stop].split("\n")
    if len(lines) == 1:
        yield start, stop, False
        return
    width = max(map(len, lines))
    wrapped = 40 <= width <= 120
    begin = at = start
    for line, following in pairwise(lines):
        at += len(line) + 1
        first_word = following.split(None, 1)[:1]
        fits = not first_word or len(line) + 1 + len(first_word[0]) <= width
        if not wrapped or fits or _LIST_MARK.match(following):
            yield begin, at, width > 120
            begin = at
    yield begin, stop, False


def _window_sentences(text: str, start: int, stop: int, language: str) -> Iterator[_Span]:
    """Sentences of one block of lines, found in windows so that the time stays linear."""
    while start < stop:
        edge = min(stop, start + _WINDOW)
        window = _SURROGATE.sub("\ufffd", text[start:edge])
        ends = [start + end for end in boundaries(language, window)]
        whole = edge == stop
        if not whole and len(ends) > 1:
            ends.pop()  # the window may have cut it: it comes again at the start of the next window
            whole = True
        if not whole:
            ends = [_between_words(text, start, edge)]
        for end in ends:
            if span := _stripped(text, start, end, "sentence" if whole else "none"):
                yield span
            start = end


def _fitting(text: str, span: _Span, limit: int) -> Iterator[_Span]:
    """The span in parts of at most `limit` characters, of about the same length."""
    start = span.start
    while span.end - start > limit:
        parts = -(-(span.end - start) // limit)
        ideal = start + (span.end - start) // parts
        clauses = [match.end() for match in _CLAUSE.finditer(text, start + limit // 4, start + limit)]
        if clauses:
            cut, ends = min(clauses, key=lambda at: abs(at - ideal)), "clause"
        else:
            space = _SPACE.search(text, ideal, start + limit)
            cut, ends = space.end() if space else _between_words(text, start, start + limit), "none"
        if part := _stripped(text, start, cut, "clause" if ends == "clause" else "none"):
            yield part
        start = cut
    if rest := _stripped(text, start, span.end, span.ends):
        yield rest


def _between_words(text: str, start: int, edge: int) -> int:
    """The last place in start+1…edge after a space; without a space, the last between two graphemes."""
    if edge >= len(text) or text[edge].isspace():
        return edge
    for at in range(edge - 1, start, -1):
        if text[at].isspace():
            return at + 1
    cut = start
    # A slice, because \X looks back over a run of flags as far as the string goes.
    for match in _GRAPHEME.finditer(text[start : edge + 32]):
        if start + match.end() > edge:
            break
        cut = start + match.end()
    return cut if cut > start else edge


def _stripped(text: str, start: int, end: int, ends: Pause | Literal["line"]) -> _Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return _Span(start, end, ends) if end > start else None
