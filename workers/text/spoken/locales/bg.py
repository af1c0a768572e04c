"""Bulgarian."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "bg"
    groups = ".\u00a0\u202f "
    point = "цяло и"
    minus = "минус"
    percent = "процента"
    to = "до"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    ordinals = {
        "": "spellout-ordinal-masculine",
        "f": "spellout-ordinal-feminine",
        "n": "spellout-ordinal-neuter",
    }
    per = "на"
    unit_gender = "m"
    clock_before = "в|от|до"
    unit_genders = {"minute": "f", "second": "f", "mile": "f", "kilocalorie": "f"}
    currencies = {
        "BGN": ("m", "лев", "лева", "стотинка", "стотинки"),
        "EUR": ("n", "евро", "евро", "цент", "цента"),
        "USD": ("m", "долар", "долара", "цент", "цента"),
        "GBP": ("f", "лира", "лири"),
    }
    money_and = "и"
    abbreviations = {
        "напр.": "например",
        "и т.н.": "и така нататък",
        "т.е.": "тоест",
        "др.": "други",
        "ул.": "улица",
        "бул.": "булевард",
        "стр.": "страница",
        "тел.": "телефон",
        "млн.": "милиона",
        "млрд.": "милиарда",
        "хил.": "хиляди",
        "лв.": "лева",
        "г-н": "господин",
        "г-жа": "госпожа",
        "д-р": "доктор",
        "проф.": "професор",
        "св.": "свети",
    }
    fractions = {
        (1, 2): "една втора",
        (1, 4): "една четвърт",
        (3, 4): "три четвърти",
        (1, 3): "една трета",
        (2, 3): "две трети",
    }
    after_whole = {(1, 2): "половина"}
    and_fraction = "и"
    spelling = {
        "@": "маймунско а",
        ".": "точка",
        "-": "тире",
        "_": "долна черта",
        "/": "наклонена черта",
        ":": "двоеточие",
        "&": "и",
        "+": "плюс",
        "#": "диез",
        "=": "равно",
        "%": "процента",
        "?": "въпросителен знак",
        "!": "удивителен знак",
        ",": "запетая",
        "hashtag": "диез",
    }

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>[12]\d{3})(?=[ \u00a0]?(?:г\.|година))"), _year),
            Rule(
                regex.compile(r"(?<=\d)[ \u00a0]?г\.(?=[ ]?(?:$|\p{Lu}))"), lambda match, locale: " година."
            ),
            Rule(regex.compile(r"(?<=\d)[ \u00a0]?г\."), lambda match, locale: " година"),
        ]

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day))

    def year_in_date(self, year: int) -> str:
        return str(self.ordinal(year, "f"))

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)

    def minor_gender(self, code: str) -> str:
        return "f" if code == "BGN" else "m"


def _year(match: Match, locale: Locale) -> str | None:
    return locale.ordinal(int(match["n"]), "f")
