"""Slovak."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from ..slavic import Slavic


class Words(Slavic):
    code = "sk"
    groups = ".\u00a0\u202f "
    point = "celá"
    minus = "mínus"
    percent = "percent"
    to = "až"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    per = "za"
    unit_gender = "m"
    clock_before = "o|od|do"
    unit_genders = {"hour": "f", "minute": "f", "second": "f", "tonne": "f", "mile": "f", "kilocalorie": "f"}
    currencies = {
        "EUR": ("n", "euro", "eurá", "eur", "cent", "centy", "centov"),
        "CZK": ("f", "koruna", "koruny", "korún"),
        "USD": ("m", "dolár", "doláre", "dolárov", "cent", "centy", "centov"),
        "GBP": ("f", "libra", "libry", "libier"),
    }
    abbreviations = {
        "napr.": "napríklad",
        "atď.": "a tak ďalej",
        "apod.": "a podobne",
        "t. j.": "to jest",
        "t.j.": "to jest",
        "tzv.": "takzvaný",
        "č.": "číslo",
        "str.": "strana",
        "tel.": "telefón",
        "cca": "cirka",
        "hod.": "hodín",
        "mil.": "miliónov",
        "mld.": "miliárd",
        "tis.": "tisíc",
        "ul.": "ulica",
        "sv.": "svätý",
        "resp.": "respektíve",
    }
    fractions = {
        (1, 2): "jedna polovica",
        (1, 4): "jedna štvrtina",
        (3, 4): "tri štvrtiny",
        (1, 3): "jedna tretina",
        (2, 3): "dve tretiny",
    }
    after_whole = {(1, 2): "pol"}
    and_fraction = "a"
    spelling = {
        "@": "zavináč",
        ".": "bodka",
        "-": "pomlčka",
        "_": "podčiarkovník",
        "/": "lomka",
        ":": "dvojbodka",
        "&": "a",
        "+": "plus",
        "#": "mriežka",
        "=": "rovná sa",
        "%": "percent",
        "?": "otáznik",
        "!": "výkričník",
        ",": "čiarka",
        "hashtag": "hashtag",
    }
    days = (
        "prvého druhého tretieho štvrtého piateho šiesteho siedmeho ôsmeho deviateho desiateho jedenásteho dvanásteho trinásteho štrnásteho pätnásteho šestnásteho sedemnásteho osemnásteho devätnásteho",
        "dvadsiateho",
        "tridsiateho",
    )
    wholes = ("celá", "celé", "celých")
    tens_decline = True
