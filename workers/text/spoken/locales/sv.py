"""Swedish."""

from __future__ import annotations

import regex

from .. import cldr
from ..locale import Locale
from ..scanner import Match, Rule

ORDINAL = r"(?<![\p{L}\d.,/-])(?P<n>\d{1,3}+):(?:a|e)(?![\p{L}\d])"
LAST_YEAR = 2099


class Words(Locale):
    code = "sv"
    groups = ".\u00a0\u202f "
    point = "komma"
    minus = "minus"
    percent = "procent"
    to = "till"
    year_words = frozenset(["år", "sedan", "från", "till", "i", "före", "efter"])
    cardinals = {"m": "spellout-cardinal-reale", "n": "spellout-cardinal-neuter"}
    ordinals = {"": "spellout-ordinal-reale"}
    clock_before = "kl\\.|kl|klockan"
    per = "per"
    krona = "SEK"
    over = "genom"
    currencies = {
        "SEK": ("m", "krona", "kronor", "öre", "öre"),
        "NOK": ("m", "norsk krona", "norska kronor"),
        "DKK": ("m", "dansk krona", "danska kronor"),
        "EUR": ("m", "euro", "euro", "cent", "cent"),
        "USD": ("m", "dollar", "dollar", "cent", "cent"),
        "GBP": ("n", "pund", "pund"),
    }
    minor_spoken = False
    abbreviations = {
        "t.ex.": "till exempel",
        "t ex": "till exempel",
        "bl.a.": "bland annat",
        "m.m.": "med mera",
        "osv.": "och så vidare",
        "etc.": "et cetera",
        "ca": "cirka",
        "ca.": "cirka",
        "dvs.": "det vill säga",
        "kl.": "klockan",
        "nr": "nummer",
        "tel.": "telefon",
        "kr": "kronor",
        "s.k.": "så kallade",
        "d.v.s.": "det vill säga",
        "f.d.": "före detta",
        "st.": "stycken",
        "resp.": "respektive",
    }
    scales = {
        "miljoner": ("miljon", "miljoner"),
        "miljon": ("miljon", "miljoner"),
        "mn": ("miljon", "miljoner"),
        "miljarder": ("miljard", "miljarder"),
        "miljard": ("miljard", "miljarder"),
        "md": ("miljard", "miljarder"),
    }
    fractions = {
        (1, 2): "en halv",
        (1, 4): "en fjärdedel",
        (3, 4): "tre fjärdedelar",
        (1, 3): "en tredjedel",
        (2, 3): "två tredjedelar",
    }
    after_whole = {(1, 2): "en halv"}
    and_fraction = "och"
    spelling = {
        "@": "snabel-a",
        ".": "punkt",
        "-": "bindestreck",
        "_": "understreck",
        "/": "snedstreck",
        ":": "kolon",
        "&": "och",
        "+": "plus",
        "#": "fyrkant",
        "=": "är lika med",
        "%": "procent",
        "?": "frågetecken",
        "!": "utropstecken",
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
