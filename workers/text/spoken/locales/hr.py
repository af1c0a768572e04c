"""Croatian."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from .. import cldr
from ..slavic import Slavic


class Words(Slavic):
    code = "hr"
    groups = ".\u00a0\u202f"
    point = "zarez"
    minus = "minus"
    percent = "posto"
    to = "do"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    ordinals = {"": "spellout-ordinal-masculine"}
    per = "po"
    unit_gender = "m"
    clock_before = "u|od|do"
    unit_genders = {"hour": "m", "minute": "f", "second": "f", "tonne": "f", "mile": "f", "kilocalorie": "f"}
    currencies = {
        "EUR": ("m", "euro", "eura", "eura", "cent", "centa", "centi"),
        "USD": ("m", "dolar", "dolara", "dolara", "cent", "centa", "centi"),
        "GBP": ("f", "funta", "funte", "funti"),
    }
    abbreviations = {
        "npr.": "na primjer",
        "itd.": "i tako dalje",
        "tj.": "to jest",
        "tzv.": "takozvani",
        "br.": "broj",
        "str.": "stranica",
        "tel.": "telefon",
        "ul.": "ulica",
        "sv.": "sveti",
        "dr.": "doktor",
        "g.": "gospodin",
        "gđa": "gospođa",
        "mil.": "milijuna",
        "god.": "godina",
        "sl.": "slično",
        "prof.": "profesor",
    }
    fractions = {
        (1, 2): "jedna polovina",
        (1, 4): "jedna četvrtina",
        (3, 4): "tri četvrtine",
        (1, 3): "jedna trećina",
        (2, 3): "dvije trećine",
    }
    spelling = {
        "@": "et",
        ".": "točka",
        "-": "crtica",
        "_": "podvlaka",
        "/": "kosa crta",
        ":": "dvotočka",
        "&": "i",
        "+": "plus",
        "#": "ljestve",
        "=": "jednako",
        "%": "posto",
        "?": "upitnik",
        "!": "uskličnik",
        ",": "zarez",
        "hashtag": "hashtag",
    }
    days = (
        "prvog drugog trećeg četvrtog petog šestog sedmog osmog devetog desetog jedanaestog dvanaestog trinaestog četrnaestog petnaestog šesnaestog sedamnaestog osamnaestog devetnaestog",
        "dvadesetog",
        "tridesetog",
    )

    def year_in_date(self, year: int) -> str:
        said = cldr.number("hr", "spellout-ordinal-feminine", year)
        return f"{said[:-1]}e" if year % 100 else self.cardinal(year)
