"""Turns written text into the words that a speaker would say, with the way back to the source.

English, German, French, Spanish, Italian, Portuguese, Dutch and Polish are spoken in full; 31 more by tables over
the Unicode CLDR (`LANGUAGES`); other languages that the CLDR can count in get their numbers; in all the rest the
text stays as it is. Whatever goes wrong with a token leaves it as written: an engine then says it in its own way.
"""

from __future__ import annotations

from functools import cache

from . import abbreviations, addresses, dates, money, numbers, times, units
from .locale import Locale
from .locales import LANGUAGES, locale_for
from .scanner import Rule, scan
from .spans import Builder, Span, Spoken
from .spelling import letter_by_letter

__all__ = ["LANGUAGES", "Span", "Spoken", "normalise", "spell"]


def normalise(text: str, language: str) -> Spoken:
    """The text in words. `language`: ISO 639-1 or a longer tag ("en-GB"), `yue`, `fil`.

    Never raises and never returns less than there is to say; linear in the length. The text should be cleaned
    (`clean.clean`) and may be a whole document or one piece of it.
    """
    locale = locale_for(language)
    if locale is None:
        return _unchanged(text)
    return scan(text, _rules(locale), locale)


def spell(text: str, language: str) -> Spoken:
    """The text letter by letter: "kajo@x.com" → "k, a, j, o, at, x, dot, c, o, m" in the words of the language."""
    return letter_by_letter(text, locale_for(language) or _NOBODY)


class _Nobody(Locale):
    """An unknown language: digits and symbols stay signs."""

    def digit(self, value: int) -> str:
        return str(value)


_NOBODY = _Nobody()


@cache
def _rules(locale: Locale) -> tuple[Rule, ...]:
    """The rules of a language, from the particular to the general."""
    own = locale.rules()
    if locale.numbers_only:
        return (*own, *numbers.rules(locale))
    return (
        *addresses.rules(locale),
        *own,
        *dates.rules(locale),
        *times.rules(locale),
        *money.rules(locale),
        *units.rules(locale),
        *numbers.rules(locale),
        *abbreviations.rules(locale),
    )


def _unchanged(text: str) -> Spoken:
    built = Builder()
    built.add(text, 0, len(text), True)
    return built.spoken()
