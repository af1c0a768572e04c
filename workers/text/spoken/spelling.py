"""Spelling out: letter by letter (`<spell>`), and addresses word by word."""

from __future__ import annotations

import regex

from .locale import Locale
from .spans import Builder, Spoken

_PIECES = regex.compile(r"[\p{L}\p{M}'’]+|\d+|\s+|.", regex.DOTALL)


def letter_by_letter(text: str, locale: Locale) -> Spoken:
    """Every letter, digit and symbol of a text by its name, parted by commas: "k, a, j, o, at, …".

    Letters stay letters, for an engine says their names by itself. Symbols without a name here stay too.
    """
    comma = "，" if locale.code in {"zh", "yue", "ja"} else ", "
    built = Builder()
    first = True
    for match in regex.finditer(r"\X", text):
        sign = match.group()
        if sign.isspace():
            # A space only parts: it belongs to what was said before.
            built.add("", match.start(), match.end(), False)
            continue
        if not first:
            built.add(comma, match.start(), match.start(), False)
        first = False
        said = name(sign, locale)
        built.add(said, match.start(), match.end(), said == sign)
    return built.spoken()


def name(sign: str, locale: Locale) -> str:
    """What to call one letter, digit or symbol."""
    if len(sign) == 1 and sign.isdecimal():
        try:
            return locale.digit(int(sign))
        except Exception:
            return sign
    return locale.spelling.get(sign, sign)


def address(text: str, locale: Locale) -> str:
    """An address as it is said: words as words, "www" letter by letter, numbers up to two digits as numbers."""
    said: list[str] = []
    for match in _PIECES.finditer(text):
        piece = match.group()
        if piece.isspace():
            continue
        if piece.isdecimal():
            said.append(
                locale.cardinal(int(piece)) if len(piece) <= 2 and piece[0] != "0" else locale.digits(piece)
            )
        elif piece.lower() == "www":
            said.append(locale.spelling.get("www", "w w w"))
        else:
            said.append(locale.spelling.get(piece, piece))
    return " ".join(said)
