"""Common abbreviations, and signs that stand for words."""

from __future__ import annotations

import regex

from .locale import Locale
from .scanner import Match, Rule, after, before

_BETWEEN = "\u00a0\u202f "


def _abbreviation(match: Match, locale: Locale) -> str | None:
    written = regex.sub("[\u00a0\u202f ]+", " ", match.group())
    table = locale.abbreviations
    said = table.get(written) or table.get(written.replace(". ", "."))
    if said is None and written[:1].isupper():
        lowered = written[0].lower() + written[1:]
        said = table.get(lowered) or table.get(lowered.replace(". ", "."))
        said = said[0].upper() + said[1:] if said else None
    if said is None:
        return None
    rest = after(match, 3)
    # The period of "etc." ends the sentence too where nothing, or a new sentence, follows.
    if written.endswith(".") and (not rest.strip() or _new_sentence(rest, written)) and said[-1:] != ".":
        said += "."
    return said


def _new_sentence(rest: str, written: str) -> bool:
    return rest[:1].isspace() and rest.strip()[:1].isupper() and written.lower() in _ENDINGS


_ENDINGS = {
    "etc.",
    "usw.",
    "enz.",
    "itd.",
    "itp.",
    "ecc.",
    "a.m.",
    "p.m.",
    "b.c.",
    "a.d.",
    "jr.",
    "inc.",
    "ltd.",
    "co.",
}


def _symbol(match: Match, locale: Locale) -> str | None:
    sign = match.group()
    said = locale.symbols.get(sign) or (locale.spelling.get(sign) if sign in "&+=@%€$£¥°#" else None)
    if not said:
        return None
    if not locale.spaced:
        return said
    left, right = before(match, 1), after(match, 1)
    front = " " if left and not left.isspace() and left not in "([{«“\"'" else ""
    back = " " if right and not right.isspace() and right not in ")]}»”\"',.;:!?" else ""
    return f"{front}{said}{back}"


def _hash(match: Match, locale: Locale) -> str | None:
    said = locale.symbols.get("№")
    return f"{said} " if said else None


def _silent(match: Match, locale: Locale) -> str:
    return ""


def rules(locale: Locale) -> list[Rule]:
    """Rules for abbreviations and signs."""
    found: list[Rule] = []
    if locale.abbreviations:
        keys = set(locale.abbreviations)
        keys |= {key[0].upper() + key[1:] for key in keys}
        sources = [
            regex.escape(key, special_only=True)
            .replace(r"\ ", " ")
            .replace(" ", f"[{_BETWEEN}]")
            .replace(r"\.", rf"\.[{_BETWEEN}]?")
            for key in sorted(keys, key=len, reverse=True)
        ]
        # No blank after the last period of a key.
        sources = [source.removesuffix(f"[{_BETWEEN}]?") for source in sources]
        found.append(
            Rule(
                regex.compile(rf"(?<![\p{{L}}\p{{M}}\d.])(?:{'|'.join(sources)})(?![\p{{L}}\p{{M}}\d])"),
                _abbreviation,
            )
        )
    found += [
        Rule(regex.compile(r"(?:#|№|(?<!\p{L})[Nn][°º])[ \u00a0]?(?=\d)"), _hash),
        # The dash for no cents ("5,- Euro").
        Rule(regex.compile(r"(?<=\d),[-–—](?![\p{L}\d-])"), _silent),
        Rule(regex.compile(r"[®™©](?![\p{L}\d])"), _silent),
        Rule(regex.compile(r"[&=≈≠≤≥×÷±→√∞€$£¥%@µ§]|(?<=\s)[+](?=\s)|(?<=[\p{L}\d)])\+(?=\d)"), _symbol),
        Rule(
            regex.compile(
                r"(?<=[\d\s])[<>](?=[\s\d])|(?<![\p{L}\d~])[~≈](?=[ ]?\d)|(?<=\d[ ])[*/](?=[ ]\d)|(?<=\d)\*(?=\d)"
            ),
            _symbol,
        ),
    ]
    return found
