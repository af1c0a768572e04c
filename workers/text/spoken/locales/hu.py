"""Hungarian."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "hu"
    groups = ".\u00a0\u202f "
    point = "egész"
    minus = "mínusz"
    percent = "százalék"
    to = ""
    ordinals = {"": "spellout-ordinal"}
    per = "per"
    currencies = {
        "HUF": ("", "forint", "forint", "fillér", "fillér"),
        "EUR": ("", "euró", "euró", "cent", "cent"),
        "USD": ("", "dollár", "dollár", "cent", "cent"),
        "GBP": ("", "font", "font"),
    }
    abbreviations = {
        "pl.": "például",
        "stb.": "és így tovább",
        "kb.": "körülbelül",
        "ill.": "illetve",
        "dr.": "doktor",
        "ún.": "úgynevezett",
        "sz.": "szám",
        "tel.": "telefon",
        "u.": "utca",
        "vö.": "vesd össze",
        "i. e.": "időszámításunk előtt",
        "i. sz.": "időszámításunk szerint",
        "mrd": "milliárd",
        "db": "darab",
        "Ft": "forint",
    }
    scales = {
        "millió": ("millió", "millió"),
        "milliárd": ("milliárd", "milliárd"),
        "M": ("millió", "millió"),
        "ezer": ("ezer", "ezer"),
    }
    fractions = {
        (1, 2): "egy ketted",
        (1, 4): "egynegyed",
        (3, 4): "háromnegyed",
        (1, 3): "egyharmad",
        (2, 3): "kétharmad",
    }
    after_whole = {(1, 2): "és fél"}
    spelling = {
        "@": "kukac",
        ".": "pont",
        "-": "kötőjel",
        "_": "aláhúzás",
        "/": "perjel",
        ":": "kettőspont",
        "&": "és",
        "+": "plusz",
        "#": "kettőskereszt",
        "=": "egyenlő",
        "%": "százalék",
        "?": "kérdőjel",
        "!": "felkiáltójel",
        ",": "vessző",
        "hashtag": "hashtag",
    }

    def rules(self) -> list[Rule]:
        names = "|".join(sorted(map(regex.escape, self.month_spellings()), key=len, reverse=True))
        return [
            Rule(
                regex.compile(
                    rf"(?<![\p{{L}}\d])(?:(?P<y>\d{{4}})\.[ ])?(?P<month>{names})\.?[ ](?P<d>\d{{1,2}})-(?P<e>j?[áé]n|j?[ae]|i)(?!\p{{L}})",
                    regex.IGNORECASE,
                ),
                _date,
            ),
            Rule(regex.compile(r"(?<![\d.,:/])(?P<h>\d{1,2}):(?P<m>\d{2})-kor(?!\p{L})"), _at),
        ]

    def day(self, day: int, before: str) -> str:
        special = {1: "elseje", 11: "tizenegyedike", 21: "huszonegyedike", 31: "harmincegyedike"}
        if day in special:
            return special[day]
        said = str(self.ordinal(day))
        # Vowel harmony: másodika, hatodika, harmadika; second to last vowel decides.
        back = any(vowel in said[-5:-2] for vowel in "aáoóuú")
        return said + ("a" if back else "e")

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.months()[month]} {self.day(day, before)}"
        return f"{self.year(year)} {words}" if year is not None else words

    def decimal(self, whole: str, fraction: str, form: str = "") -> str:
        parts = {1: "tized", 2: "század", 3: "ezred"}.get(len(fraction))
        if not parts or len(whole) > 15:
            return super().decimal(whole, fraction, form)
        return f"{self.cardinal(int(whole))} egész {self.cardinal(int(fraction), 'noun')} {parts}"

    def cardinal(self, value: int, form: str = "") -> str:
        words = super().cardinal(value)
        # "kettő" is for counting; before a noun it is "két".
        if form == "noun" and words.endswith("kettő"):
            return f"{words.removesuffix('kettő')}két"
        return words

    unit_gender = "noun"

    def agree(self, value: int, following: str) -> str:
        return "noun" if following and following not in {"és", "vagy", "meg", "plusz"} else ""

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour, 'noun')} óra"
        return f"{words} {self.cardinal(minute)} perc" if minute else words


def _date(match: Match, locale: Locale) -> str | None:
    day = int(match["d"])
    if not 1 <= day <= 31:
        return None
    month = locale.month_spellings()[match["month"].lower()]
    said = locale.date(day, month, int(match["y"]) if match["y"] else None, "")
    if match["e"].endswith("n"):
        return f"{said[:-1]}{'á' if said.endswith('a') else 'é'}n"
    return f"{said}i" if match["e"] == "i" else said


def _at(match: Match, locale: Locale) -> str | None:
    hour, minute = int(match["h"]), int(match["m"])
    if hour > 24 or minute > 59:
        return None
    said = f"{locale.cardinal(hour, 'noun')} óra"
    return f"{said} {locale.cardinal(minute)} perckor" if minute else f"{said}kor"
