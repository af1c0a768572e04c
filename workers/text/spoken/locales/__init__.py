"""The languages, one module each with a class `Words`. Loaded on first need."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from unicode_rbnf import RbnfEngine

from ...language import normalise_code
from ..locale import Locale

FULL = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
"""Spoken in full."""
LANGUAGES = frozenset(
    (
        *FULL, "sv", "da", "no", "fi", "cs", "hu", "ro", "el", "uk", "bg", "tr", "vi", "ar", "hi", "zh", "ja", "ko",
        "sk", "sl", "hr", "sr", "ru", "he", "fa", "ur", "bn", "ta", "yue", "th", "id", "ms",
    )
)  # fmt: skip
"""Languages with a table of their own."""


def locale_for(language: str) -> Locale | None:
    """The words of a language; None where nothing is known about it."""
    code = normalise_code(language) or language.split("-", 1)[0].split("_", 1)[0].lower()
    return _locale({"nb": "no", "nn": "no"}.get(code, code))


@cache
def _locale(code: str) -> Locale | None:
    if code in LANGUAGES:
        words: type[Locale] = import_module(f".{code}", __name__).Words
        return words()
    return _counting(code)


def _counting(code: str) -> Locale | None:
    """A language of which only the CLDR's numbers are known, or None."""
    if code not in RbnfEngine.get_supported_languages():
        return None
    base: type[Locale] = type("Words", (Locale,), {"code": code, "numbers_only": True})
    try:
        words = base()
        from .. import cldr

        symbols = cldr.locale(code).number_symbols["latn"]
        point = words.cardinal(1)
    except Exception:
        return None
    if not point:
        return None
    mark = str(symbols["decimal"])
    marks = {
        "decimal_mark": mark,
        "groups": ",\u00a0\u202f" if mark == "." else ".\u00a0\u202f",
        # The word for the decimal mark is not known: the mark stays, and an engine pauses there.
        "point": mark,
        "spaced": code not in {"lo", "km", "my"},
    }
    return type("Words", (base,), marks)()
