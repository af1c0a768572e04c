"""Dutch."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "nl"
    ordinals = {"": "spellout-ordinal"}
    groups = ".\u00a0\u202f"
    point = "komma"
    minus = "min"
    percent = "procent"
    permille = "promille"
    to = "tot"
    over = "gedeeld door"
    metre_joint = ""
    per = "per"
    clock = "uur|u"
    clock_before = "om|rond"
    year_words = frozenset(
        [
            "in",
            "sinds",
            "vanaf",
            "uit",
            "tot",
            "jaar",
            "rond",
            "omstreeks",
            "voor",
            "na",
            "jaren",
            "anno",
            "tussen",
            "van",
            "en",
            "zomer",
            "winter",
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ]
    )
    months_extra = {"sept": 9, "mrt": 3, "okt": 10}
    scales = {
        "miljoen": ("miljoen", "miljoen"), "mln.": ("miljoen", "miljoen"), "mln": ("miljoen", "miljoen"),
        "miljard": ("miljard", "miljard"), "mld.": ("miljard", "miljard"), "mld": ("miljard", "miljard"),
        "duizend": ("duizend", "duizend"), "biljoen": ("biljoen", "biljoen"), "M": ("miljoen", "miljoen"),
    }  # fmt: skip
    currencies = {
        "EUR": ("", "euro", "euro", "cent", "cent"),
        "USD": ("", "dollar", "dollar", "cent", "cent"),
        "GBP": ("", "pond", "pond", "penny", "pence"),
        "CHF": ("", "Zwitserse frank", "Zwitserse frank", "rappen", "rappen"),
        "JPY": ("", "yen", "yen"), "CNY": ("", "yuan", "yuan"), "PLN": ("", "zloty", "zloty"),
        "SEK": ("", "kroon", "kronen"), "NOK": ("", "kroon", "kronen"), "DKK": ("", "kroon", "kronen"),
        "CZK": ("", "kroon", "kronen"), "INR": ("", "roepie", "roepies"), "RUB": ("", "roebel", "roebel"),
        "BRL": ("", "real", "real"),
    }  # fmt: skip
    minor_spoken = False
    units = {"temperature-celsius": "{0} graden Celsius", "temperature-fahrenheit": "{0} graden Fahrenheit",
             "duration-hour": "{0} uur", "duration-second": "{0} seconden", "duration-minute": "{0} minuten"}  # fmt: skip
    fractions = {(1, 2): "een half", (1, 4): "een kwart", (3, 4): "driekwart"}
    after_whole = {(1, 2): "een half"}
    and_fraction = "en"
    denominators = {
        3: ("derde", "derde"), 4: ("kwart", "vierde"), 5: ("vijfde", "vijfde"), 6: ("zesde", "zesde"),
        7: ("zevende", "zevende"), 8: ("achtste", "achtste"), 9: ("negende", "negende"), 10: ("tiende", "tiende"),
        100: ("honderdste", "honderdste"),
    }  # fmt: skip
    abbreviations = {
        "dr.": "dokter", "prof.": "professor", "dhr.": "de heer", "mevr.": "mevrouw", "mw.": "mevrouw", "mr.": "meester",
        "ir.": "ingenieur", "ing.": "ingenieur", "drs.": "doctorandus", "bijv.": "bijvoorbeeld", "bv.": "bijvoorbeeld",
        "b.v.": "bijvoorbeeld", "d.w.z.": "dat wil zeggen", "o.a.": "onder andere", "m.a.w.": "met andere woorden",
        "enz.": "enzovoort", "etc.": "et cetera", "e.d.": "en dergelijke", "ca.": "circa", "i.p.v.": "in plaats van",
        "t.o.v.": "ten opzichte van", "m.b.t.": "met betrekking tot", "a.u.b.": "alstublieft", "s.v.p.": "alstublieft",
        "incl.": "inclusief", "excl.": "exclusief", "nr.": "nummer", "blz.": "bladzijde", "p.": "pagina",
        "pag.": "pagina", "tel.": "telefoon", "hfst.": "hoofdstuk", "art.": "artikel", "v.Chr.": "voor Christus",
        "n.Chr.": "na Christus", "v. Chr.": "voor Christus", "n. Chr.": "na Christus", "max.": "maximaal",
        "min.": "minimaal", "jl.": "jongstleden", "a.s.": "aanstaande", "i.v.m.": "in verband met", "t/m": "tot en met",
        "m.i.v.": "met ingang van", "vs.": "tegen", "mln.": "miljoen", "mld.": "miljard", "St.": "Sint", "str.": "straat",
        "evt.": "eventueel", "resp.": "respectievelijk", "vgl.": "vergelijk", "zgn.": "zogenaamde", "n.a.v.": "naar aanleiding van",
    }  # fmt: skip
    symbols = {
        "&": "en", "+": "plus", "=": "is", "×": "keer", "÷": "gedeeld door", "±": "plus of min", "≈": "ongeveer",
        "~": "ongeveer", "<": "kleiner dan", ">": "groter dan", "≤": "hoogstens", "≥": "minstens", "≠": "is niet gelijk aan",
        "%": "procent", "€": "euro", "$": "dollar", "£": "pond", "§": "paragraaf", "№": "nummer", "@": "at", "*": "keer",
        "/": "gedeeld door", "√": "wortel van", "∞": "oneindig",
    }  # fmt: skip
    spelling = {
        "@": "apenstaartje", ".": "punt", "-": "streepje", "_": "laag streepje", "/": "schuine streep", ":": "dubbele punt",
        "&": "en", "+": "plus", "#": "hekje", "hashtag": "hashtag", "=": "is gelijk aan", "%": "procent",
        "?": "vraagteken", "!": "uitroepteken", ",": "komma", ";": "puntkomma", "*": "sterretje", "~": "tilde",
        "(": "haakje openen", ")": "haakje sluiten", "'": "apostrof", '"': "aanhalingsteken", "\\": "backslash",
        "|": "verticale streep", "$": "dollar", "€": "euro", "£": "pond", "<": "kleiner dan", ">": "groter dan",
        "[": "vierkant haakje openen", "]": "vierkant haakje sluiten", "{": "accolade openen", "}": "accolade sluiten",
        "^": "dakje", "`": "accent grave", "°": "graad", "§": "paragraaf", "–": "streepje", "—": "streepje",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "hoofdstuk",
            "deel",
            "band",
            "akte",
            "scène",
            "fase",
            "klasse",
            "type",
            "boek",
            "seizoen",
            "aflevering",
            "artikel",
            "tabel",
            "bijlage",
            "wereldoorlog",
        ]
    )

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)(?:ste|de|e)(?![\p{L}\d])"), _ordinal),
            Rule(regex.compile(r"(?<=jaren[ ])['’](?P<c>)(?P<d>[1-9]0)(?![\d])"), _eighties),
            Rule(
                regex.compile(r"(?<![\p{L}\d.,/-])['’]?(?P<c>1\d)?(?P<d>[2-9]0)['’]?er(?=[ ]jaren)"), _decade
            ),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        # "een" alone would be read as the article.
        return "één" if value == 1 and form != "fraction" else super().cardinal(value)

    def mixed(self, whole: int, part: tuple[int, int], words: str) -> str:
        if part != (1, 2):
            return super().mixed(whole, part, words)
        if whole == 1:
            return "anderhalf"
        said = self.cardinal(whole)
        return f"{said}ënhalf" if said.endswith("e") else f"{said}enhalf"

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)

    def year(self, value: int) -> str:
        high, low = divmod(value, 100)
        if value >= 2000 or value < 1100:
            return self.cardinal(value)
        return f"{self.cardinal(high)}{'honderd' if not low else ('honderd' if low < 10 else '')}{self.cardinal(low) if low else ''}"

    def bare_year(self, value: int, before: str, following: str) -> bool:
        return super().bare_year(value, before, following) or (
            1900 <= value <= 1999 and not following.endswith("en")
        )

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour)} uur"
        if minute or second:
            words += f" {self.cardinal(minute or 0)}"
        if second:
            words += f" en {self.cardinal(second)} second{'en' if second > 1 else 'e'}"
        return words + {
            "am": " 's ochtends",
            "pm": " 's middags" if hour < 6 or hour == 12 else " 's avonds",
        }.get(half, "")

    def regnal(self, value: int, name: str) -> str | None:
        return f"de {str(self.ordinal(value)).capitalize()}"

    def unit(self, name: str, whole: str, fraction: str) -> str:
        if whole == "1" and not fraction and name in {"duration-second", "duration-minute"}:
            return "één seconde" if name == "duration-second" else "één minuut"
        return super().unit(name, whole, fraction)


def _ordinal(match: Match, locale: Locale) -> str | None:
    return locale.ordinal(int(match["n"]))


def _eighties(match: Match, locale: Locale) -> str:
    return locale.cardinal(int(match["d"]))


def _decade(match: Match, locale: Locale) -> str:
    century = locale.cardinal(int(match["c"])) if match["c"] else ""
    return f"{century}{'honderd' if century else ''}{locale.cardinal(int(match['d']))}er"
