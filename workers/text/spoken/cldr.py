"""Words out of the Unicode CLDR: numbers (unicode-rbnf) and names of units, currencies and months (babel)."""

from __future__ import annotations

import threading
from decimal import Decimal
from functools import cache, lru_cache

import babel
from babel.numbers import get_currency_name
from unicode_rbnf import RbnfEngine

_lock = threading.Lock()


@cache
def _engine(language: str) -> RbnfEngine:
    return RbnfEngine.for_language(language)


@lru_cache(maxsize=20_000)
def number(language: str, ruleset: str, value: int) -> str:
    """`value` (0 and up) in words by a rule set of CLDR's spell-out rules. Raises where it has no rule."""
    with _lock:
        words = "".join(_engine(language).iter_format_number(value, ruleset))
    words = words.replace("\xad", "").replace("\u200b", "").strip()
    if not words:
        raise ValueError(f"No words for {value} in {language}/{ruleset}")
    return " ".join(words.split())


@cache
def locale(code: str) -> babel.Locale:
    return babel.Locale.parse(code.replace("-", "_"))


def plural(code: str, value: int | Decimal) -> str:
    """CLDR's plural category of a number: zero, one, two, few, many or other."""
    return str(locale(code).plural_form(value))


@lru_cache(maxsize=4000)
def unit(code: str, name: str, category: str) -> str:
    """The long pattern of a unit ("{0} kilometers") for a plural category. Raises where there is none.

    The CLDR leaves a long pattern out where it is the same as the short one.
    """
    widths = locale(code)._data["unit_patterns"][name]
    for width in ("long", "short"):
        patterns = widths.get(width, {})
        for wanted in (category, "other"):
            if wanted in patterns:
                return str(patterns[wanted])
    raise LookupError(f"No pattern for {name} in {code}")


@lru_cache(maxsize=2000)
def currency(code: str, name: str, count: int) -> str:
    """The name of a currency (ISO 4217) that fits a count."""
    return get_currency_name(name, count, code)


@cache
def months(code: str) -> tuple[dict[int, str], dict[str, int]]:
    """(the names of months as they stand in a date, every spelling in lower case with its month)."""
    names = locale(code).months
    spellings: dict[str, int] = {}
    for context in ("stand-alone", "format"):
        for width in ("abbreviated", "wide"):
            for month, name in names[context][width].items():
                spellings[str(name).rstrip(".").lower()] = int(month)
    return {int(key): str(value) for key, value in names["format"]["wide"].items()}, spellings
