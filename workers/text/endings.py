"""Where a text that is still coming may be parted, judged by what is known of it so far.

`split` sees a whole text; here a stop is judged by the letter that follows it, and by a whole word only after a number
("am 3. Mai"), so that a sentence is known as one as soon as the next begins.
"""

from __future__ import annotations

from typing import Literal

import regex

from .boundaries import boundaries
from .clean import speakable

Ending = Literal["sentence", "clause", "space", "wait"]
"""What ends at a place: a sentence, a clause, a mere word; "wait": too little is known."""

# Written without spaces between words; a space parts clauses.
_SPACE_PARTS_CLAUSES = frozenset(["th", "lo", "km", "my"])
# How much of the text before a stop, and after it, is looked at.
_BEFORE = 200
AHEAD = 16

_SPELL = r"<spell(?:\s[^<>]{0,199}+)?>(?s:.){0,500}?</spell\s?>"
_TAG = r"</?[A-Za-z][^<>]{0,219}+>"
_WIDE = r"\p{Han}\p{Hiragana}\p{Katakana}"
# Every repeat is bounded: what is longer is several events.
_PLACES = (
    r"(?P<space>\s{1,2000}+)"
    rf"|(?P<stop>(?:[。！？｡]|(?<=[{_WIDE}])[!?])[。！？｡!?…]{{0,50}}+[」』”’）】》)]{{0,50}}+)"
    r"|(?P<clause>[、，；：])"
)
_EVENT = regex.compile(rf"(?P<solid>{_SPELL}|{_TAG})|{_PLACES}", regex.IGNORECASE)
_EVENT_WITHOUT_TAGS = regex.compile(rf"(?P<solid>(?!))|{_PLACES}")
_SPELLED, _TAGS = regex.compile(_SPELL, regex.IGNORECASE), regex.compile(_TAG)

_STOPS = ".!?؟।॥۔።։…"
_CLAUSES = ",;:،؛…—–՝၊"
_CLOSING = "\"'“”’»›«‹)]}*_ \u00a0\u202f"
_ENDS = '。！？｡、，；：」』）】》"”»)]'
_OPENERS, _CLOSERS = "「『“（【《(", "」』”）】》)"
_QUOTES = str.maketrans("", "", '"“”„«»‹›*()[]{}')
_NUMBERED = regex.compile(r"\d[.]$")
_LONE_MARK = regex.compile(r"\(?(?:\d{1,3}|[a-zA-Z])[.)]|[-*•‣–#]+")
_WORD_AHEAD = regex.compile(r"[\W_]*\w+\b(?=.)", regex.DOTALL)
_WORDLESS = regex.compile(rf"[{_WIDE}\p{{Thai}}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}]$")
_SURROGATE = regex.compile(r"\p{Cs}")


class Endings:
    """The rules for one language (ISO 639-1). `markup`: tags are no text, and a `<spell>` is one thing."""

    def __init__(self, language: str, *, markup: bool) -> None:
        self._language = language
        self._markup = markup
        self.event = _EVENT if markup else _EVENT_WITHOUT_TAGS
        """Finds the places to judge: white space, wide punctuation, and what must not be cut ("solid")."""

    def ending(self, event: regex.Match[str], begin: int, *, tag_follows: bool) -> Ending:
        """What ends at an event of a stretch that begins at `begin`.

        `tag_follows`: after the text comes a "<", though it cannot be seen yet.
        """
        text = event.string
        ahead = text[event.end() : event.end() + AHEAD] or "<" * tag_follows
        if event["solid"] or event["clause"]:
            return "clause"
        if event["stop"]:
            return self._wide_stop(event.group(), text[begin : event.end()], ahead)
        if not ahead:
            return "wait"
        before = _TAGS.sub("", text[max(begin, event.start() - _BEFORE) : event.start()])
        if _LONE_MARK.fullmatch(before.strip()):
            return "space"
        if "\n" in event.group():
            return "sentence"
        bare = before.rstrip(_CLOSING)
        last = bare[-1:] or " "
        if last in _STOPS:
            return self._stop(bare, before[len(bare) :], ahead)
        if last in _CLAUSES or self._language in _SPACE_PARTS_CLAUSES:
            return "clause"
        return "clause" if before.endswith((" -", " --")) else "space"

    @staticmethod
    def _wide_stop(stop: str, stretch: str, ahead: str) -> Ending:
        """A stop of Chinese or Japanese, which needs no space after it; 。 not even to be followed by anything."""
        if ahead:
            # 「はい。」と言った
            goes_on = stop[-1] in _CLOSERS and regex.match(r"\p{Hiragana}", ahead)
            return "clause" if goes_on else "sentence"
        unclosed = sum(map(stretch.count, _OPENERS)) > sum(map(stretch.count, _CLOSERS))
        return "sentence" if stop in {"。", "｡"} and not unclosed else "wait"

    def _stop(self, bare: str, closing: str, ahead: str) -> Ending:
        """The stop at the end of `bare`, with quotes and brackets `closing` after it."""
        if ahead[0] in "»›" and bare.count("«") > bare.count("»"):
            return "space"
        word = "A" if self._markup and ahead[0] == "<" else _next_word(bare, ahead)
        if word is None:
            return "wait"
        if closing.strip() and word[0].islower():
            # "Stop!" he cried.
            return "clause"
        if bare[-1] not in ".!?…":
            return "sentence"
        # An open quote would hide the stop from sentencex.
        context = _SURROGATE.sub("\ufffd", bare.translate(_QUOTES))
        if len(context) + 1 in boundaries(self._language, f"{context} {word}"):
            return "sentence"
        return "clause" if bare[-1] == "…" else "space"

    def sounds(self, stretch: str) -> bool:
        """Whether there is anything to say in a stretch."""
        if self._markup and "<" in stretch:
            stretch = _TAGS.sub("", _SPELLED.sub("x", stretch))
        return speakable(stretch)

    def whole_words(self, text: str) -> int:
        """How much of a text can be said without the risk that its last word goes on ("don'", "3.")."""
        seen = _TAGS.sub("", _SPELLED.sub(" ", text)) if self._markup else text
        last = seen[-1:] or " "
        if last in _CLAUSES + _STOPS:
            whole = not seen[-2:-1].isdecimal()
        else:
            whole = last.isspace() or last in _ENDS or bool(_WORDLESS.search(seen))
        if whole:
            return len(text)
        return max((event.end() for event in self.event.finditer(text) if not event["solid"]), default=0)


def _next_word(bare: str, ahead: str) -> str | None:
    """As much of what follows as must be known: a letter, after a number a whole word. None: it has not come."""
    complete = len(ahead) == AHEAD
    if _NUMBERED.search(bare):
        if not complete and not _WORD_AHEAD.match(ahead):
            return None
        return next(iter(regex.findall(r"\w+", ahead)), "A")
    letter = next((sign for sign in ahead if sign.isalnum()), None)
    # Only signs so far: as good as a new beginning.
    return letter or ("A" if complete else None)
