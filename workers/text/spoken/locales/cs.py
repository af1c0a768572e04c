"""Czech."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from ..slavic import Slavic


class Words(Slavic):
    code = "cs"
    groups = ".\u00a0\u202f "
    point = "celá"
    minus = "minus"
    percent = "procent"
    to = "až"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    per = "za"
    unit_gender = "m"
    clock_before = "v|ve|od|do"
    unit_genders = {"hour": "f", "minute": "f", "second": "f", "tonne": "f", "mile": "f", "kilocalorie": "f"}
    currencies = {
        "CZK": ("f", "koruna", "koruny", "korun", "haléř", "haléře", "haléřů"),
        "EUR": ("n", "euro", "eura", "eur", "cent", "centy", "centů"),
        "USD": ("m", "dolar", "dolary", "dolarů", "cent", "centy", "centů"),
        "GBP": ("f", "libra", "libry", "liber"),
    }
    abbreviations = {
        "např.": "například",
        "atd.": "a tak dále",
        "apod.": "a podobně",
        "tj.": "to jest",
        "tzv.": "takzvaný",
        "č.": "číslo",
        "str.": "strana",
        "tel.": "telefon",
        "cca": "cirka",
        "hod.": "hodin",
        "mil.": "milionů",
        "mld.": "miliard",
        "tis.": "tisíc",
        "Kč": "korun",
        "ul.": "ulice",
        "sv.": "svatý",
        "r.": "roku",
        "resp.": "respektive",
        "mj.": "mimo jiné",
    }
    fractions = {
        (1, 2): "jedna polovina",
        (1, 4): "jedna čtvrtina",
        (3, 4): "tři čtvrtiny",
        (1, 3): "jedna třetina",
        (2, 3): "dvě třetiny",
    }
    after_whole = {(1, 2): "půl"}
    and_fraction = "a"
    spelling = {
        "@": "zavináč",
        ".": "tečka",
        "-": "pomlčka",
        "_": "podtržítko",
        "/": "lomítko",
        ":": "dvojtečka",
        "&": "a",
        "+": "plus",
        "#": "křížek",
        "=": "rovná se",
        "%": "procent",
        "?": "otazník",
        "!": "vykřičník",
        ",": "čárka",
        "hashtag": "hashtag",
    }
    days = (
        "prvního druhého třetího čtvrtého pátého šestého sedmého osmého devátého desátého jedenáctého dvanáctého třináctého čtrnáctého patnáctého šestnáctého sedmnáctého osmnáctého devatenáctého",
        "dvacátého",
        "třicátého",
    )
    wholes = ("celá", "celé", "celých")
    tens_decline = True
