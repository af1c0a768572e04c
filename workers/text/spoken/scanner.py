"""One pass over a text with an ordered list of rules.

The rule that matches first in the text wins; at the same place, the rule that stands first in the list. Each
rule looks at every place once, and every pattern here has bounded repeats (or possessive ones behind a guard),
so the whole is linear in the length of the text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import regex

from .spans import Builder, Spoken

if TYPE_CHECKING:
    from .locale import Locale

log = logging.getLogger(__name__)

Match: TypeAlias = regex.Match[str]
Speak = Callable[[Match, "Locale"], str | None]
"""What to say for a match; None to leave it to other rules. May give the words without regard to spaces
around: the scanner adds them where letters or digits would touch."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for, and what to say for it."""

    pattern: regex.Pattern[str]
    speak: Speak


def before(match: Match, length: int = 40) -> str:
    """The text just before a match, at most `length` characters."""
    return match.string[max(0, match.start() - length) : match.start()]


def after(match: Match, length: int = 40) -> str:
    """The text just after a match, at most `length` characters."""
    return match.string[match.end() : match.end() + length]


_WORD_BEFORE = regex.compile(r"([\p{L}\p{M}'’.]{1,30}+)[\s ,]{0,2}$")
_WORD_AFTER = regex.compile(r"[\s  ]{1,2}([\p{L}\p{M}][\p{L}\p{M}'’]{0,29}+)")


def word_before(match: Match) -> str:
    """The word in front of a match, with its period ("Jan."), or ""."""
    found = _WORD_BEFORE.search(before(match, 32))
    return found.group(1) if found else ""


def word_after(match: Match) -> str:
    """The word that follows a match after a space, or ""."""
    found = _WORD_AFTER.match(after(match, 34))
    return found.group(1) if found else ""


def scan(text: str, rules: Sequence[Rule], locale: Locale) -> Spoken:
    """The text with everything replaced that a rule has words for."""
    built = Builder()
    position = 0
    pending = [rule.pattern.search(text) for rule in rules]
    while True:
        best = -1
        for index, match in enumerate(pending):
            if match is not None and match.start() < position:
                match = pending[index] = rules[index].pattern.search(text, position)
            if match is not None and (best < 0 or match.start() < _start(pending[best])):
                best = index
        if best < 0:
            break
        match = pending[best]
        assert match is not None
        said = _said(rules[best], match, locale)
        if said is None:
            pending[best] = rules[best].pattern.search(text, match.start() + 1)
            continue
        built.add(text[position : match.start()], position, match.start(), True)
        if said == match.group():
            built.add(said, match.start(), match.end(), True)
        else:
            built.add(_spaced(said, match, locale), match.start(), match.end(), False)
        position = match.end()
    built.add(text[position:], position, len(text), True)
    return built.spoken()


def _start(match: Match | None) -> int:
    return match.start() if match else 0


def _said(rule: Rule, match: Match, locale: Locale) -> str | None:
    """The words of a rule. A rule that fails must not silence a customer: its token stays as it was."""
    if match.end() == match.start():
        return None
    try:
        said = rule.speak(match, locale)
    except Exception:
        log.warning("A text rule failed for %s; its token is spoken as written.", locale.code, exc_info=True)
        return None
    if said is not None:
        said = locale.finish(said, match.string[max(0, match.start() - 200) : match.end() + 200])
    # Words that a library writes with soft hyphens or zero-width spaces would split in an engine.
    return said.replace("\xad", "").replace("\u200b", "") if said is not None else None


def _spaced(said: str, match: Match, locale: Locale) -> str:
    """The words, parted by spaces from letters and digits that they would touch."""
    if not said or not locale.spaced:
        return said
    text = match.string
    if match.start() > 0 and said[0].isalnum() and (text[match.start() - 1].isalnum()):
        said = " " + said
    if match.end() < len(text) and said[-1].isalnum() and text[match.end()].isalnum():
        said += " "
    return said
