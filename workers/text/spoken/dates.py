"""Dates: ISO, with numbers only, and with the name of a month."""

from __future__ import annotations

from datetime import date

import regex

from .locale import Locale
from .scanner import Match, Rule, word_before


def _valid(day: int, month: int, year: int | None) -> bool:
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def _iso(match: Match, locale: Locale) -> str | None:
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    return locale.date(day, month, year, word_before(match)) if _valid(day, month, year) else None


def _numeric(match: Match, locale: Locale) -> str | None:
    one, two = int(match["one"]), int(match["two"])
    year = int(match["y"])
    if len(match["y"]) == 2:
        year += 1900 if year >= 50 else 2000
    orders = [(one, two), (two, one)]
    # Months first is a custom with slashes only.
    if not locale.day_first and match["mark"] == "/":
        orders.reverse()
    for day, month in orders:
        if _valid(day, month, year):
            return locale.date(day, month, year, word_before(match))
    return None


def _short(match: Match, locale: Locale) -> str | None:
    """ "3.5." (German and its neighbours)."""
    day, month = int(match["d"]), int(match["m"])
    return locale.date(day, month, None, word_before(match)) if _valid(day, month, None) else None


def _named(match: Match, locale: Locale) -> str | None:
    month = locale.month_spellings()[match["month"].rstrip(".").lower()]
    year = int(match["y"]) if match["y"] else None
    day = int(match["d"])
    return locale.date(day, month, year, word_before(match)) if _valid(day, month, year) else None


def rules(locale: Locale) -> list[Rule]:
    """Rules for dates; those of CJK scripts are in their locales, where every number has its sign."""
    space = r"[ \u00a0\u202f]"
    found = [
        Rule(
            regex.compile(r"(?<![\d.,/-])(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?![\d-])(?:(?=T\d))?"),
            _iso,
        ),
        Rule(
            regex.compile(r"(?<![\d.,/-])(?P<y>\d{4})([./])\s?(?P<m>\d{1,2})\2\s?(?P<d>\d{1,2})(?![\d/-])"),
            _iso,
        ),
        Rule(
            regex.compile(
                rf"(?<![\d.,/-])(?P<one>\d{{1,2}}+)(?P<mark>[{locale.date_marks}]){space}?(?P<two>\d{{1,2}}+)"
                rf"(?P=mark){space}?(?P<y>\d{{4}}|\d{{2}})(?![\d/-]|[.,]\d)"
            ),
            _numeric,
        ),
    ]
    if locale.code in {"de", "fi", "cs", "sk", "sl", "hr", "sr", "no", "da"}:
        found.append(
            Rule(
                regex.compile(r"(?<![\d.,/-])(?P<d>\d{1,2}+)\.[  ]?(?P<m>\d{1,2}+)\.(?![\d])"),
                _short,
            )
        )
    names = sorted({name for name in locale.month_spellings() if len(name) > 1}, key=len, reverse=True)
    if locale.spaced and names:
        month = rf"(?P<month>(?:{'|'.join(map(regex.escape, names))}))(?![\p{{L}}\p{{M}}])\.?"
        join = rf"(?:{locale.month_join}){space}" if locale.month_join else ""
        year = rf"(?:,?{space}{f'(?:{join})?' if join else ''}(?P<y>\d{{4}})(?![\d]|[.,:/-]\d))?"
        if locale.code in {"hr", "sr"}:
            # "2024. godine": the period makes it an ordinal and does not end the sentence.
            year = year.removesuffix(")?") + r"(?:\.(?=[ ](?-i:\p{Ll})))?)?"
        ending = r"(?:st|nd|rd|th|er|º|\.º|\.|e|-го|-е|-ге)?"
        flags = regex.IGNORECASE | regex.V0
        found.append(
            Rule(
                regex.compile(
                    rf"(?<![\d.,/:-])(?P<d>\d{{1,2}}+){ending}{space}{f'(?:{join})?' if join else ''}{month}{year}",
                    flags,
                ),
                _named,
            )
        )
        if locale.code in {"en", "hu"}:
            found.append(
                Rule(
                    regex.compile(
                        rf"(?<![\p{{L}}\d])(?:(?P<y>\d{{4}})\.?{space})?{month}{space}"
                        r"(?P<d>\d{1,2}+)(?:st|nd|rd|th|\.)?(?![\d:]|[.,]\d|-[^\d])"
                        if locale.code == "hu"
                        else rf"(?<![\p{{L}}\d]){month}{space}(?P<d>\d{{1,2}}+)(?:st|nd|rd|th)?(?![\d:\p{{L}}%]|\.\d)"
                        rf"(?:,?{space}(?P<y>\d{{4}})(?![\d]|[.,:/-]\d))?",
                        flags,
                    ),
                    _named,
                )
            )
    return found
