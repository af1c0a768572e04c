"""Hebrew."""

from __future__ import annotations

from collections.abc import Mapping

from .. import cldr
from ..locale import Locale


class Words(Locale):
    code = "he"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "נקודה"
    minus = "מינוס"
    percent = "אחוז"
    to = "עד"
    cardinals = {"m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine"}
    ordinals = {"": "spellout-ordinal-masculine", "f": "spellout-ordinal-feminine"}
    per = "ל"
    unit_gender = "m"
    unit_genders = {"hour": "f", "minute": "f", "second": "f", "degree": "f", "celsius": "f", "tonne": "f"}
    currencies = {
        "ILS": ("m", "שקל", "שקלים", "אגורה", "אגורות"),
        "USD": ("m", "דולר", "דולר", "סנט", "סנט"),
        "EUR": ("m", "אירו", "אירו", "סנט", "סנט"),
        "GBP": ("f", "לירה שטרלינג", "לירות שטרלינג"),
    }
    abbreviations = {
        "ד״ר": "דוקטור",
        'ד"ר': "דוקטור",
        "פרופ׳": "פרופסור",
        "פרופ'": "פרופסור",
        "וכו׳": "וכולי",
        "וכו'": "וכולי",
        "עמ׳": "עמוד",
        "עמ'": "עמוד",
        "מס׳": "מספר",
        "מס'": "מספר",
        "רח׳": "רחוב",
        "רח'": "רחוב",
        "למשל": "למשל",
        "ש״ח": "שקלים",
        'ש"ח': "שקלים",
        "ארה״ב": "ארצות הברית",
        'ארה"ב': "ארצות הברית",
    }
    scales = {"מיליון": ("מיליון", "מיליון"), "מיליארד": ("מיליארד", "מיליארד"), "אלף": ("אלף", "אלף")}
    fractions = {(1, 2): "חצי", (1, 4): "רבע", (3, 4): "שלושה רבעים", (1, 3): "שליש", (2, 3): "שני שלישים"}
    after_whole = {(1, 2): "וחצי", (1, 4): "ורבע"}
    spelling = {
        "@": "שטרודל",
        ".": "נקודה",
        "-": "מקף",
        "_": "קו תחתון",
        "/": "לוכסן",
        ":": "נקודתיים",
        "&": "ו",
        "+": "פלוס",
        "#": "סולמית",
        "=": "שווה",
        "%": "אחוז",
        "?": "סימן שאלה",
        "!": "סימן קריאה",
        ",": "פסיק",
        "hashtag": "סולמית",
    }

    month_join = ""

    def day(self, day: int, before: str) -> str:
        return cldr.number("he", "spellout-cardinal-masculine-standalone", day)

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.day(day, before)} ב{self.months()[month]}"
        return f"{words} {self.year(year)}" if year is not None else words

    def month_spellings(self) -> Mapping[str, int]:
        found = super().month_spellings()
        return {**found, **{f"ב{name}": month for name, month in found.items()}}

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour)
        return f"{words} ו{self.cardinal(minute)}" if minute else words

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        if whole == "1" and not fraction:
            return "אחוז אחד"
        name = "אחוזים" if 2 <= int(whole) <= 10 else "אחוז"
        number = self.decimal(whole, fraction) if fraction else self.cardinal(int(whole), "m")
        return f"{number} {name}"
