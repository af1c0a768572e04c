"""Romanian."""

from __future__ import annotations

from decimal import Decimal

from .. import cldr
from ..locale import Locale


class Words(Locale):
    code = "ro"
    groups = ".\u00a0\u202f"
    point = "virgulă"
    minus = "minus"
    percent = "la sută"
    to = "până la"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    per = "pe"
    unit_gender = "m"
    clock_before = "ora|orele|la"
    unit_genders = {
        "hour": "f",
        "minute": "n",
        "second": "f",
        "tonne": "f",
        "mile": "f",
        "kilogram": "n",
        "gram": "n",
        "kilocalorie": "f",
    }
    currencies = {
        "RON": ("m", "leu", "lei", "lei", "ban", "bani", "bani"),
        "EUR": ("m", "euro", "euro", "euro", "cent", "cenți", "cenți"),
        "USD": ("m", "dolar", "dolari", "dolari", "cent", "cenți", "cenți"),
        "GBP": ("f", "liră", "lire", "lire"),
    }
    money_and = "și"
    abbreviations = {
        "de ex.": "de exemplu",
        "ex.": "exemplu",
        "etc.": "et cetera",
        "dl": "domnul",
        "dl.": "domnul",
        "dna": "doamna",
        "dna.": "doamna",
        "dr.": "doctor",
        "prof.": "profesor",
        "nr.": "numărul",
        "str.": "strada",
        "bd.": "bulevardul",
        "tel.": "telefon",
        "pag.": "pagina",
        "mil.": "milioane",
        "mld.": "miliarde",
        "ș.a.": "și altele",
        "aprox.": "aproximativ",
        "sf.": "sfântul",
    }
    fractions = {
        (1, 2): "o jumătate",
        (1, 4): "un sfert",
        (3, 4): "trei sferturi",
        (1, 3): "o treime",
        (2, 3): "două treimi",
    }
    after_whole = {(1, 2): "jumătate"}
    and_fraction = "și"
    spelling = {
        "@": "arond",
        ".": "punct",
        "-": "cratimă",
        "_": "linie de subliniere",
        "/": "bară oblică",
        ":": "două puncte",
        "&": "și",
        "+": "plus",
        "#": "diez",
        "=": "egal",
        "%": "la sută",
        "?": "semnul întrebării",
        "!": "semnul exclamării",
        ",": "virgulă",
        "hashtag": "hashtag",
    }

    def cardinal(self, value: int, form: str = "") -> str:
        # The CLDR writes the letters of before 1993.
        return super().cardinal(value, form).replace("ş", "ș").replace("ţ", "ț")

    def currency(self, code: str, value: int | Decimal) -> str:
        return self._of(value, super().currency(code, value))

    def minor(self, code: str, value: int) -> str:
        return self._of(value, super().minor(code, value))

    def _of(self, value: int | Decimal, name: str) -> str:
        """From twenty on, "de" stands before what is counted."""
        return f"de {name}" if name and cldr.plural("ro", value) == "other" else name

    def day(self, day: int, before: str) -> str:
        return "întâi" if day == 1 else self.cardinal(day)

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour, "f")
        return f"{words} și {self.cardinal(minute)}" if minute else words
