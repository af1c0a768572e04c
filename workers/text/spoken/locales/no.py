"""Norwegian (bokmål)."""

from __future__ import annotations

import regex

from .. import cldr
from ..locale import Locale
from ..scanner import Match, Rule

ORDINAL = r"(?<=(?:den|det|de|Den|Det|De)[ ])(?P<n>\d{1,3}+)\.(?=[ ]\p{Ll})"
LAST_YEAR = 1999


class Words(Locale):
    code = "no"
    groups = ".\u00a0\u202f "
    point = "komma"
    minus = "minus"
    percent = "prosent"
    to = "til"
    year_words = frozenset(["år", "siden", "fra", "til", "i", "før", "etter"])
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "n": "spellout-cardinal-neuter",
        "f": "spellout-cardinal-feminine",
    }
    ordinals = {"": "spellout-ordinal-masculine"}
    clock_before = "kl\\.|kl|klokken"
    per = "per"
    krona = "NOK"
    over = "delt på"
    currencies = {
        "NOK": ("m", "krone", "kroner", "øre", "øre"),
        "SEK": ("m", "svensk krone", "svenske kroner"),
        "DKK": ("m", "dansk krone", "danske kroner"),
        "EUR": ("m", "euro", "euro", "cent", "cent"),
        "USD": ("m", "dollar", "dollar", "cent", "cent"),
        "GBP": ("n", "pund", "pund"),
    }
    minor_spoken = False
    abbreviations = {
        "f.eks.": "for eksempel",
        "bl.a.": "blant annet",
        "m.m.": "med mer",
        "osv.": "og så videre",
        "etc.": "et cetera",
        "ca.": "cirka",
        "dvs.": "det vil si",
        "kl.": "klokken",
        "nr.": "nummer",
        "tlf.": "telefon",
        "kr": "kroner",
        "pga.": "på grunn av",
        "mill.": "millioner",
    }
    scales = {
        "mill.": ("million", "millioner"),
        "millioner": ("million", "millioner"),
        "million": ("million", "millioner"),
        "mrd.": ("milliard", "milliarder"),
        "milliarder": ("milliard", "milliarder"),
    }
    fractions = {
        (1, 2): "en halv",
        (1, 4): "en kvart",
        (3, 4): "tre kvart",
        (1, 3): "en tredel",
        (2, 3): "to tredeler",
    }
    after_whole = {(1, 2): "en halv"}
    and_fraction = "og"
    spelling = {
        "@": "krøllalfa",
        ".": "punktum",
        "-": "bindestrek",
        "_": "understrek",
        "/": "skråstrek",
        ":": "kolon",
        "&": "og",
        "+": "pluss",
        "#": "firkant",
        "=": "er lik",
        "%": "prosent",
        "?": "spørsmålstegn",
        "!": "utropstegn",
        ",": "komma",
        "hashtag": "hashtag",
    }

    def rules(self) -> list[Rule]:
        return [Rule(regex.compile(ORDINAL), _ordinal)]

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day))

    def year(self, value: int) -> str:
        if 1100 <= value <= LAST_YEAR and value != 2000:
            return cldr.number(self.code, "spellout-numbering-year", value)
        return self.cardinal(value)

    def bare_year(self, value: int, before: str, following: str) -> bool:
        return super().bare_year(value, before, following) or 1900 <= value <= 1999


def _ordinal(match: Match, locale: Locale) -> str | None:
    return locale.ordinal(int(match["n"]))
