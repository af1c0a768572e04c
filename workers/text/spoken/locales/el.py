"""Greek."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "el"
    groups = ".\u00a0\u202f"
    point = "κόμμα"
    minus = "μείον"
    percent = "τοις εκατό"
    to = "έως"
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
    per = "ανά"
    unit_gender = "n"
    unit_genders = {
        "hour": "f",
        "tonne": "m",
        "pound": "f",
        "kilocalorie": "f",
        "celsius": "m",
        "fahrenheit": "m",
        "degree": "f",
    }
    currencies = {
        "EUR": ("n", "ευρώ", "ευρώ", "λεπτό", "λεπτά"),
        "USD": ("n", "δολάριο", "δολάρια", "σεντ", "σεντ"),
        "GBP": ("f", "λίρα", "λίρες", "πένα", "πένες"),
    }
    money_and = "και"
    abbreviations = {
        "π.χ.": "παραδείγματος χάριν",
        "κ.λπ.": "και τα λοιπά",
        "κλπ.": "και τα λοιπά",
        "κ.ά.": "και άλλα",
        "δηλ.": "δηλαδή",
        "κ.": "κύριος",
        "κα": "κυρία",
        "αρ.": "αριθμός",
        "τηλ.": "τηλέφωνο",
        "σελ.": "σελίδα",
        "π.μ.": "προ μεσημβρίας",
        "μ.μ.": "μετά μεσημβρίαν",
        "π.Χ.": "προ Χριστού",
        "μ.Χ.": "μετά Χριστόν",
        "εκ.": "εκατομμύρια",
        "χλμ.": "χιλιόμετρα",
    }
    fractions = {
        (1, 2): "ένα δεύτερο",
        (1, 4): "ένα τέταρτο",
        (3, 4): "τρία τέταρτα",
        (1, 3): "ένα τρίτο",
        (2, 3): "δύο τρίτα",
    }
    after_whole = {(1, 2): "μισό"}
    and_fraction = "και"
    spelling = {
        "@": "παπάκι",
        ".": "τελεία",
        "-": "παύλα",
        "_": "κάτω παύλα",
        "/": "κάθετος",
        ":": "άνω κάτω τελεία",
        "&": "και",
        "+": "συν",
        "#": "δίεση",
        "=": "ίσον",
        "%": "τοις εκατό",
        "?": "ερωτηματικό",
        "!": "θαυμαστικό",
        ",": "κόμμα",
        "hashtag": "δίεση",
    }

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)(?P<e>ος|ου|ον|ο|η|ης|ης)(?![\p{L}\d])"),
                _ordinal,
            ),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        # A slip in the CLDR: two accents.
        return super().cardinal(value, form).replace("χίλιάδες", "χιλιάδες")

    def day(self, day: int, before: str) -> str:
        return "πρώτη" if day == 1 else self.cardinal(day, "f")

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour, "f")
        return f"{words} και {self.cardinal(minute)}" if minute else words


def _ordinal(match: Match, locale: Locale) -> str | None:
    form = {"ος": "", "η": "f", "ο": "n"}.get(match["e"])
    return locale.ordinal(int(match["n"]), form) if form is not None else None
