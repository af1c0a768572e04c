"""Slovenian."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from collections.abc import Mapping

from ..slavic import Slavic


class Words(Slavic):
    code = "sl"
    groups = ".\u00a0\u202f"
    point = "vejica"
    minus = "minus"
    percent = "odstotkov"
    to = "do"
    per = "na"
    clock_before = "ob|od|do"
    abbreviations = {
        "npr.": "na primer",
        "itd.": "in tako dalje",
        "ipd.": "in podobno",
        "tj.": "to je",
        "oz.": "oziroma",
        "št.": "številka",
        "str.": "stran",
        "tel.": "telefon",
        "ul.": "ulica",
        "sv.": "sveti",
        "dr.": "doktor",
        "g.": "gospod",
        "ga.": "gospa",
        "mio.": "milijonov",
    }
    fractions = {
        (1, 2): "ena polovica",
        (1, 4): "ena četrtina",
        (3, 4): "tri četrtine",
        (1, 3): "ena tretjina",
        (2, 3): "dve tretjini",
    }
    spelling = {
        "@": "afna",
        ".": "pika",
        "-": "vezaj",
        "_": "podčrtaj",
        "/": "poševnica",
        ":": "dvopičje",
        "&": "in",
        "+": "plus",
        "#": "lojtra",
        "=": "je enako",
        "%": "odstotkov",
        "?": "vprašaj",
        "!": "klicaj",
        ",": "vejica",
        "hashtag": "hashtag",
    }
    days = (
        "prvega drugega tretjega četrtega petega šestega sedmega osmega devetega desetega enajstega dvanajstega trinajstega štirinajstega petnajstega šestnajstega sedemnajstega osemnajstega devetnajstega",
        "dvajsetega",
        "tridesetega",
    )
    extra_months = (
        "januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra"
    )

    def months(self) -> Mapping[int, str]:
        return dict(enumerate(self.extra_months.split(), 1))

    def month_spellings(self) -> Mapping[str, int]:
        return {**super().month_spellings(), **{name: month for month, name in self.months().items()}}

    def day(self, day: int, before: str) -> str:
        # "enaindvajsetega": ones before tens, in one word.
        if day in {21, 22, 23, 24, 25, 26, 27, 28, 29, 31}:
            ones = ("ena", "dva", "tri", "štiri", "pet", "šest", "sedem", "osem", "devet")[day % 10 - 1]
            return f"{ones}in{self.days[1] if day < 30 else self.days[2]}"
        return super().day(day, before)

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        value = int(whole) % 100
        name = (
            "odstotka"
            if fraction or value == 2
            else "odstotek"
            if value == 1
            else "odstotki"
            if value in {3, 4}
            else "odstotkov"
        )
        number = "en" if whole == "1" and not fraction else self.decimal(whole, fraction)
        return f"{number} {name if sign == '%' else 'promilov'}"
