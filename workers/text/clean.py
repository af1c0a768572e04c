"""Makes a customer's text safe to speak, and says in words why a text cannot be spoken.

All later offsets (pieces, words, subtitles) refer to the cleaned text, so clean once, at the door. `cleaned` knows the
way back, for those who tell a customer where in the text as it came a word stands.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import regex

# Zero-width space, word joiner, BOM, soft hyphen, direction marks: they sound like nothing and split words.
_INVISIBLE = regex.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The two joiners carry meaning in Persian, in Indic scripts and inside emoji; elsewhere they are noise.
_STRAY_JOINERS = regex.compile(
    r"(?<![\u0600-\u1cff\ua8e0-\uabff\p{Extended_Pictographic}\ufe0f\p{EMod}])[\u200c\u200d]+"
)
_CONTROLS = regex.compile(r"[\p{Cc}\p{Cs}--\n\t]", regex.V1)
# No script stacks more marks than this on a letter. Longer stacks only make normalising quadratic.
_MARK_STACK = regex.compile(r"(?<=\p{M}{16})\p{M}+")
# What composing makes of one of these does not depend on its neighbours: a sign with its marks, a Hangul syllable.
_COMPOSED = regex.compile(r"[^\p{M}\u1160-\u11ff]?[\p{M}\u1160-\u11ff]*")
_LINE_ENDS = regex.compile("\r\n?|[\x0b\x0c\x85\u2028]|(\u2029)")
_BLANKS = regex.compile(r"\s+")


def _line_end(match: regex.Match[str]) -> str:
    return "\n\n" if match.group(1) else "\n"


def _fold(match: regex.Match[str]) -> str:
    lines = match.group().count("\n")
    return " " if lines == 0 else "\n" if lines == 1 else "\n\n"


def clean(text: str) -> str:
    """The text as it will be spoken.

    Unicode NFC; control characters and lone surrogates become spaces; invisible characters go. Runs of white
    space fold to one space, to one newline (a line end) or to "\\n\\n" (a blank line, which ends a
    paragraph). Cleaning twice changes nothing. Linear in the length.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        text = _STRAY_JOINERS.sub("", text)
        text = unicodedata.normalize("NFC", _MARK_STACK.sub("", text))
    text = _LINE_ENDS.sub(_line_end, text)
    text = _CONTROLS.sub(" ", text)
    return _BLANKS.sub(_fold, text).strip()


class _Run(NamedTuple):
    """From `start` on, the cleaned text is `source[source_start:source_end]`: sign for sign where that is as long."""

    start: int
    source_start: int
    source_end: int


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text, the text that it was made of, and the way back."""

    text: str
    source: str
    runs: tuple[_Run, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the source: `clean(source[slice(*place)])` says the same.

        Signs that are gone belong to what stands on both sides of them, and to nothing at its ends. Places outside
        the text are drawn in.
        """
        if not self.runs:
            return 0, 0
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        first, last = self._of(start), self._of(max(start, end - 1))
        left = self._within(first, start, first.source_start)
        right = self._within(last, end, last.source_end) if end > start else left
        return left, right

    def _of(self, at: int) -> _Run:
        return self.runs[bisect_right(self.runs, at, key=lambda run: run.start) - 1]

    def _within(self, run: _Run, at: int, otherwise: int) -> int:
        following = bisect_right(self.runs, run.start, key=lambda each: each.start)
        end = self.runs[following].start if following < len(self.runs) else len(self.text)
        verbatim = end - run.start == run.source_end - run.source_start
        return run.source_start + at - run.start if verbatim else otherwise


def cleaned(text: str) -> Cleaned:
    """`clean(text)`, with the way back. Linear, but much dearer where there is something to clean."""
    trail = _Trail(text)
    if clean(text) != text:
        if not text.isascii():
            trail.replace(_INVISIBLE, _nothing)
            trail.replace(_STRAY_JOINERS, _nothing)
            trail.replace(_MARK_STACK, _nothing)
            trail.replace(_COMPOSED, lambda match: unicodedata.normalize("NFC", match.group()))
        trail.replace(_LINE_ENDS, _line_end)
        trail.replace(_CONTROLS, lambda match: " ")
        trail.replace(_BLANKS, _fold)
        trail.strip()
    return Cleaned(trail.text, text, trail.runs())


def _nothing(match: regex.Match[str]) -> str:
    return ""


class _Trail:
    """A text that is being changed, and for each of its signs where the signs stand that it was made of."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._places = list(zip(range(len(text)), range(1, len(text) + 1), strict=True))

    def replace(self, pattern: regex.Pattern[str], made: Callable[[regex.Match[str]], str]) -> None:
        """As `pattern.sub(made, text)`. All that a match becomes was made of all of it."""
        texts: list[str] = []
        places: list[tuple[int, int]] = []
        at = 0
        for match in pattern.finditer(self.text):
            new = made(match)
            if new == match.group():
                continue
            texts += [self.text[at : match.start()], new]
            places += self._places[at : match.start()]
            if match.end() > match.start():
                whole = self._places[match.start()][0], self._places[match.end() - 1][1]
                places += [whole] * len(new)
            at = match.end()
        self.text = "".join([*texts, self.text[at:]])
        self._places = places + self._places[at:]

    def strip(self) -> None:
        """As `text.strip()`."""
        front = len(self.text) - len(self.text.lstrip())
        self.text = self.text.strip()
        self._places = self._places[front : front + len(self.text)]

    def runs(self) -> tuple[_Run, ...]:
        """The places in as few runs as they need."""
        runs: list[_Run] = []
        single = False
        for at, (start, end) in enumerate(self._places):
            if runs and (start, end) == (runs[-1].source_start, runs[-1].source_end):
                single = False
                continue
            if single and end - start == 1 and start == runs[-1].source_end:
                runs[-1] = runs[-1]._replace(source_end=end)
            else:
                runs.append(_Run(at, start, end))
            single = end - start == 1
        return tuple(runs)


def speakable(text: str) -> bool:
    """Whether anything in the text has a sound: a letter or a digit of any script."""
    return any(character.isalnum() for character in text)


def problem(text: str) -> str | None:
    """What makes a customer's text unacceptable, as a sentence for the customer; None where it is fine."""
    if "\x00" in text:
        return "The text contains a NUL character (U+0000). Remove it."
    if not text.isascii() and regex.search(r"\p{Cs}", text):
        return (
            "The text contains half of a surrogate pair, which is not valid Unicode. Send the text as UTF-8."
        )
    if not text.strip():
        return "The text is empty."
    if not speakable(text):
        return "The text has nothing to speak: it needs at least one letter or digit."
    return None
