"""Times of day: "14:30", "2:30 pm", "14h30", "14.30 Uhr"."""

from __future__ import annotations

import regex

from .locale import Locale
from .scanner import Match, Rule, word_before


def _time(match: Match, locale: Locale) -> str | None:
    found = match.groupdict()
    hour = int(found["h"])
    minute = int(found["m"]) if found.get("m") else None
    second = int(found["s"]) if found.get("s") else None
    half = (found.get("half") or "").lower().replace(".", "").replace(" ", "")
    if hour > 24 or (minute or 0) > 59 or (second or 0) > 59 or (half and not 1 <= hour <= 12):
        return None
    said = locale.time(hour, minute, second, half, word_before(match))
    # "at 5 p.m." may have ended the sentence with the same period.
    return f"{said}." if half and match.group().endswith(".") and _last(match) else said


def _last(match: Match) -> bool:
    rest = match.string[match.end() : match.end() + 3].strip()
    return not rest or rest[0].isupper()


def rules(locale: Locale) -> list[Rule]:
    """Rules for times."""
    space = r"[ \u00a0\u202f]"
    guard = r"(?<![\d.,:/])"
    half = rf"(?:{space}?(?P<half>[aApP](?:\.{space}?[mM]\.|[mM]\b)))"
    clock = rf"(?:{space}?(?:{locale.clock})(?![\p{{L}}\d]))" if locale.clock else ""
    found = [
        Rule(
            regex.compile(
                rf"{guard}(?P<h>\d{{1,2}}+):(?P<m>\d{{2}})(?::(?P<s>\d{{2}}))?(?![\d:]|\.\d)"
                rf"(?:{half}{'|' + clock if clock else ''})?"
            ),
            _time,
        ),
        Rule(regex.compile(rf"{guard}(?P<h>\d{{1,2}}+)(?:\.(?P<m>\d{{2}}))?{half}"), _time),
    ]
    if clock:
        found.append(Rule(regex.compile(rf"{guard}(?P<h>\d{{1,2}}+)(?:\.(?P<m>\d{{2}}))?{clock}"), _time))
    if locale.clock_before:
        found.append(
            Rule(
                regex.compile(
                    rf"(?<=(?<![\p{{L}}])(?:{locale.clock_before}){space})(?P<h>\d{{1,2}}+)\.(?P<m>\d{{2}})(?![\d%€]|[.,]\d)"
                ),
                _time,
            )
        )
    if locale.code in {"fr", "pt", "es", "it", "nl"}:
        found.append(
            Rule(
                regex.compile(
                    rf"{guard}(?P<h>\d{{1,2}}+){space}?[hu]{space}?(?P<m>\d{{2}})(?:min\b)?(?![\d\p{{L}}])"
                ),
                _time,
            )
        )
    return found
