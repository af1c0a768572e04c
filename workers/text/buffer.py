"""Gathers a text that comes in fragments (the tokens of a language model) and lets go what can be spoken.

What is decided depends on the characters alone and not on how they were parted: fed a letter or a page at a time,
the same text comes out in the same stretches (but for an ellipsis of Chinese full stops, and a `<spell>` of
about 500 characters and more).
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from .endings import AHEAD, Endings
from .tags import TagBuffer

FIRST_CHARS = 60
"""The first stretch of a turn may end at a clause from here on: three to four seconds of speech, enough for the
next one to be ready."""
CLAUSE_CHARS = 250
"""A later sentence that is longer is let go clause by clause."""
MAX_CHARS = 1000
# The first stretch may end at a space after this many times as much as at a clause.
_SPACE_FACTOR = 2.5
# Characters that carry several sounds: as in `split`.
_DENSITY = {"zh": 3, "yue": 3, "ja": 3, "ko": 2}


class TextBuffer:
    """One for each stream. `flush` ends a turn and makes it ready for the next.

    A stretch is a sentence, let go when its end is certain: at the first letter of the next one. The first of a
    turn may end at a clause after `first_chars`, or at a space after two and a half times as many; a later one at a
    clause after `CLAUSE_CHARS`; each at `max_chars`, between words where there are any. In Chinese, Japanese and
    Korean a half or a third of the first two. `schedule`: how long the first, second … stretch must be at least
    (the last value holds for all that follow). `markup`: tags and all that is in `<spell>` are never cut.
    `language`: ISO 639-1, for abbreviations.
    """

    def __init__(
        self,
        language: str | None,
        *,
        markup: bool = True,
        first_chars: int = FIRST_CHARS,
        max_chars: int = MAX_CHARS,
        schedule: Sequence[int] | None = None,
    ) -> None:
        density = _DENSITY.get(language or "en", 1)
        self._first = max(1, first_chars // density)
        self._later = CLAUSE_CHARS // density
        self._max = max(1, max_chars)
        self._schedule = tuple(schedule or ())
        self._endings = Endings(language or "en", markup=markup)
        self._markup = markup
        self._tags = TagBuffer()
        self._released = 0
        self._hold("")

    def _hold(self, text: str) -> None:
        """Wait with this text, none of which has been looked at."""
        self._text = text
        # Between these two places no event begins: what has become too long without one is not searched again.
        self._clear = (0, 0)
        self._begin_at(0)

    def _begin_at(self, begin: int) -> None:
        """Begin a stretch at this place of the text."""
        clear_from, clear_to = self._clear
        self._begin = begin
        # Where the last word and the last tag end.
        self._word = self._solid = begin
        self._at = clear_to if clear_from <= begin <= clear_to else begin

    @property
    def held(self) -> int:
        """How many characters wait."""
        return len(self._text) + self._tags.held

    def push(self, fragment: str) -> list[str]:
        """Takes the next fragment; returns the stretches that are complete, in order.

        They end with the white space that follows them; joined, all that ever comes out is what went in.
        """
        self._text += self._tags.push(fragment) if self._markup else fragment
        found: list[str] = []
        while (end := self._end()) is not None:
            found.append(self._text[self._begin : end])
            self._begin_at(end)
            self._released += 1
        gone = self._begin
        self._text = self._text[gone:]
        self._begin, self._at = 0, self._at - gone
        self._word, self._solid = self._word - gone, self._solid - gone
        self._clear = (self._clear[0] - gone, self._clear[1] - gone)
        return found

    def release(self) -> str:
        """What can be said now, for a caller that has waited long enough: up to the last word that is surely whole.

        "" where there is nothing to say. An unfinished tag, an unclosed `<spell>` and a word that may go on stay.
        """
        cut = self._endings.whole_words(self._text)
        released, rest = self._text[:cut], self._text[cut:]
        if not self._endings.sounds(released):
            return ""
        self._hold(rest)
        self._released += 1
        return released

    def flush(self) -> str:
        """All that waits, as the turn has ended; "" where nothing does."""
        rest = self._text + self._tags.flush()
        self._hold("")
        self._released = 0
        return rest

    def _end(self) -> int | None:
        """Where the stretch that begins at `_begin` ends; None while that is not certain."""
        text, room, enough = self._text, self._max, self._enough()
        while event := self._endings.event.search(text, self._at):
            self._clear = (self._at, event.start())
            if event.end() - self._begin > self._max and (forced := self._forced(event)) is not None:
                return forced
            ending = self._endings.ending(event, self._begin, tag_follows=self._tags.held > 0)
            if ending == "wait":
                self._at = event.start()
                room += 2 * AHEAD
                break
            self._at = event.end()
            if event["solid"]:
                self._solid = event.end()
                continue
            length = event.start() - self._begin
            if event["space"] and length:
                self._word = event.end()
            if length >= enough[ending] and self._endings.sounds(text[self._begin : event.end()]):
                return event.end()
        else:
            self._clear = (self._at, len(text))
            self._at = len(text)
        return self._forced(None) if len(text) - self._begin > room else None

    def _enough(self) -> dict[str, int]:
        """How long this stretch must be to end where a sentence, a clause or a mere word does."""
        least = 1
        if self._schedule:
            least = min(self._max, self._schedule[min(self._released, len(self._schedule) - 1)])
        clause, space = self._later, self._max
        if not self._released:
            clause, space = self._first, int(self._first * _SPACE_FACTOR)
        return {"sentence": max(1, least), "clause": max(least, clause), "space": max(least, space)}

    def _forced(self, event: regex.Match[str] | None) -> int | None:
        """Where to cut what has become too long; None where an event begins it and must go whole."""
        if self._word > self._begin:
            return self._word
        limit = self._begin + self._max
        if event and event.start() <= limit:
            # It lies across the limit.
            return event.start() if event["solid"] and event.start() > self._begin else None
        cut = self._begin
        for sign in regex.finditer(r"\X", self._text[self._begin : limit + 32]):
            if cut > self._begin and self._begin + sign.end() > limit:
                break
            cut = self._begin + sign.end()
        return max(cut, self._solid)
