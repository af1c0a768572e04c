"""Subtitles from the times at which words really sound: cues, SubRip (srt) and WebVTT (vtt).

Limits follow common practice (two lines of 42 columns, at most 6 s on screen); East Asian wide characters
count as two columns.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workers.engines.base import Word

from .split import split

LINE_COLUMNS = 42
LINES = 2
MAX_SECONDS = 6.0
MIN_SECONDS = 1.0
# A silence this long ends a cue even in mid-sentence, so that a line never stands over a pause.
_SILENCE = 1.5

_SENTENCE_END = re.compile(r"[.!?。！？؟।…][\"'”’»」』)\]]*$")
_CLAUSE_END = re.compile(r"[,;:—–、，；：،؛][\"'”’»」』)\]]*$")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: seconds from the start of the audio, and one or two lines of plain text."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word with the punctuation that touches it.

    `glued`: no space stands before it. `last`: it ends a sentence.
    """

    text: str
    start: float
    end: float
    glued: bool
    last: bool


@dataclass(frozen=True, slots=True)
class _Screen:
    """What one cue may hold."""

    columns: int
    lines: int
    seconds: float

    def holds(self, tokens: Sequence[_Token]) -> bool:
        return (
            tokens[-1].end - tokens[0].start <= self.seconds
            and len(_filled(tokens, self.columns)) <= self.lines
        )


def cues(
    words: Sequence[Word],
    text: str | None = None,
    language: str = "en",
    *,
    line_columns: int = LINE_COLUMNS,
    lines: int = LINES,
    max_seconds: float = MAX_SECONDS,
    min_seconds: float = MIN_SECONDS,
) -> list[Cue]:
    """The cues of a recording, in order, never overlapping.

    `words` have absolute times. `text`, the cleaned text that their offsets refer to, gives the punctuation
    between them and, with `language`, where sentences end; without it the words are joined by spaces. A cue
    ends where a sentence does, else where the screen is full, by choice after a comma. It lasts `min_seconds`
    where the next cue leaves room. Only a single word can be wider than a line or last longer than
    `max_seconds`.
    """
    screen = _Screen(line_columns, lines, max_seconds)
    groups: list[list[_Token]] = []
    for sentence in _sentences(_tokens(words, text, language)):
        for part in _parts(sentence, screen):
            previous = groups[-1] if groups else []
            # "No. No." would flash by: a cue that cannot last long enough takes in the next.
            if previous and part[0].start - previous[0].start < min_seconds and screen.holds(previous + part):
                groups[-1] = previous + part
            else:
                groups.append(part)
    found: list[Cue] = []
    for index, group in enumerate(groups):
        start = group[0].start
        following = groups[index + 1][0].start if index + 1 < len(groups) else float("inf")
        end = min(max(group[-1].end, start + min_seconds), following)
        found.append(Cue(start, end, tuple(_balanced(group, screen))))
    return found


def to_srt(cues: Iterable[Cue]) -> str:
    """A SubRip file. "-->" inside a text would read as a time line, so it becomes an arrow."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        + "\n".join(cue.lines).replace("-->", "→")
        for number, cue in enumerate(cues, 1)
    )
    return "".join(f"{block}\n\n" for block in blocks)


def to_vtt(cues: Iterable[Cue]) -> str:
    """A WebVTT file, its text escaped as HTML (https://www.w3.org/TR/webvtt1/)."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n"
        + html.escape("\n".join(cue.lines), quote=False)
        for cue in cues
    )
    return "WEBVTT\n\n" + "".join(f"{block}\n\n" for block in blocks)


def _clock(seconds: float, point: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _tokens(words: Sequence[Word], text: str | None, language: str) -> Iterator[_Token]:
    """Words with their punctuation, in order, with times that never run backwards."""
    clock = 0.0
    if not words:
        return
    if text is None:
        for word in words:
            start = max(word.start, clock)
            clock = max(word.end, start)
            if shown := " ".join(word.text.split()):
                yield _Token(shown, start, clock, False, bool(_SENTENCE_END.search(shown)))
        return
    ends = [
        piece.end
        for piece in split(text, language, target_chars=0)
        if piece.pause in ("sentence", "paragraph")
    ]
    before = text[: words[0].char_start]
    lead, glued = "".join(before.split()[-1:]) + (" " if before[-1:].isspace() else ""), False
    for word, following in zip(words, [*words[1:], None], strict=True):
        start = max(word.start, clock)
        clock = max(word.end, start)
        stop = max(word.char_end, following.char_start) if following else len(text)
        tail, space, next_lead = _shared_out(text[word.char_end : stop])
        if following is None and next_lead:
            tail = f"{tail} {next_lead}"
        shown = " ".join((lead + text[word.char_start : word.char_end] + tail).split())
        last = bisect_right(ends, word.char_start) < bisect_right(ends, stop)
        if shown:
            yield _Token(shown, start, clock, glued, last)
        lead, glued = next_lead, not space


def _shared_out(between: str) -> tuple[str, bool, str]:
    """What lies between two words: (what touches the first, whether there is a space, what touches the
    second).

    A dash between spaces goes to the first; an opening quote after the last space to the second.
    """
    parts = between.split()
    if not parts or (len(parts) == 1 and not (between[0].isspace() or between[-1].isspace())):
        return "".join(parts), between != "".join(parts), ""
    if between[-1].isspace():
        return f" {' '.join(parts)}" if between[0].isspace() else " ".join(parts), True, ""
    first = " ".join(parts[:-1])
    return f" {first}" if first and between[0].isspace() else first, True, parts[-1]


def _sentences(tokens: Iterable[_Token]) -> Iterator[list[_Token]]:
    """Tokens up to each end of a sentence or long silence."""
    held: list[_Token] = []
    for token in tokens:
        if held and token.start - held[-1].end >= _SILENCE:
            yield held
            held = []
        held.append(token)
        if token.last:
            yield held
            held = []
    if held:
        yield held


def _parts(tokens: list[_Token], screen: _Screen) -> Iterator[list[_Token]]:
    """A sentence in parts that fit the screen, cut after the last comma of the second half where there is
    one."""
    while tokens:
        count = 1
        while count < len(tokens) and screen.holds(tokens[: count + 1]):
            count += 1
        if count < len(tokens):
            commas = [n for n in range(count, count // 2, -1) if _CLAUSE_END.search(tokens[n - 1].text)]
            count = commas[0] if commas else count
        yield tokens[:count]
        tokens = tokens[count:]


def _balanced(tokens: list[_Token], screen: _Screen) -> list[str]:
    """The lines of a cue: one where it fits, else two of about equal width, by choice cut after
    punctuation."""
    filled = _filled(tokens, screen.columns)
    if len(filled) != 2:
        return filled

    def cost(cut: int) -> tuple[bool, float]:
        first, second = _columns(_joined(tokens[:cut])), _columns(_joined(tokens[cut:]))
        after_mark = bool(_CLAUSE_END.search(tokens[cut - 1].text))
        return max(first, second) > screen.columns, abs(first - second) - (
            screen.columns / 2 if after_mark else 0
        )

    cut = min(range(1, len(tokens)), key=cost)
    return [_joined(tokens[:cut]), _joined(tokens[cut:])]


def _filled(tokens: Sequence[_Token], width: int) -> list[str]:
    """The fewest lines of `width` columns that hold the tokens."""
    lines: list[str] = []
    used = width + 1
    for token in tokens:
        columns = _columns(token.text)
        if lines and used + columns + (not token.glued) <= width:
            lines[-1] += token.text if token.glued else f" {token.text}"
            used += columns + (not token.glued)
        else:
            lines.append(token.text)
            used = columns
    return lines


def _joined(tokens: Sequence[_Token]) -> str:
    return "".join(
        token.text if token.glued or index == 0 else f" {token.text}" for index, token in enumerate(tokens)
    )
