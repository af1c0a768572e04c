"""Turkish."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "tr"
    groups = ".\u00a0\u202f"
    point = "virgül"
    minus = "eksi"
    percent = "yüzde"
    to = "ila"
    ordinals = {"": "spellout-ordinal"}
    per = "bölü"
    clock_before = "saat"
    currencies = {
        "TRY": ("", "lira", "lira", "kuruş", "kuruş"),
        "EUR": ("", "avro", "avro", "sent", "sent"),
        "USD": ("", "dolar", "dolar", "sent", "sent"),
        "GBP": ("", "sterlin", "sterlin"),
    }
    units = {
        "speed-kilometer-per-hour": "saatte {0} kilometre",
        "speed-meter-per-second": "saniyede {0} metre",
        "speed-mile-per-hour": "saatte {0} mil",
    }
    abbreviations = {
        "örn.": "örneğin",
        "vb.": "ve benzeri",
        "vs.": "vesaire",
        "Dr.": "Doktor",
        "Prof.": "Profesör",
        "Sn.": "Sayın",
        "No.": "Numara",
        "Tel.": "Telefon",
        "Cad.": "Caddesi",
        "Sok.": "Sokak",
        "Mah.": "Mahallesi",
        "yy.": "yüzyıl",
        "M.Ö.": "milattan önce",
        "M.S.": "milattan sonra",
        "TL": "lira",
        "bkz.": "bakınız",
        "Av.": "Avukat",
    }
    scales = {"milyon": ("milyon", "milyon"), "milyar": ("milyar", "milyar"), "bin": ("bin", "bin")}
    fractions = {
        (1, 2): "yarım",
        (1, 4): "çeyrek",
        (3, 4): "dörtte üç",
        (1, 3): "üçte bir",
        (2, 3): "üçte iki",
    }
    after_whole = {(1, 2): "buçuk"}
    spelling = {
        "@": "et",
        ".": "nokta",
        "-": "tire",
        "_": "alt çizgi",
        "/": "eğik çizgi",
        ":": "iki nokta",
        "&": "ve",
        "+": "artı",
        "#": "diyez",
        "=": "eşittir",
        "%": "yüzde",
        "?": "soru işareti",
        "!": "ünlem işareti",
        ",": "virgül",
        "hashtag": "diyez",
    }

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(r"(?<![\p{L}\d.,/-])%[ ]?(?P<n>\d{1,15}+)(?:,(?P<f>\d{1,15}+))?(?!\d)"),
                _percent,
            ),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)['’]?(?:inci|ıncı|uncu|üncü|nci|ncı|ncu|ncü)(?!\p{L})"
                ),
                _ordinal,
            ),
            # A suffix follows the last word: "2024'te" → "iki bin yirmi dört'te".
        ]

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        return f"{'binde' if sign == '‰' else self.percent} {self.decimal(whole, fraction)}"


def _percent(match: Match, locale: Locale) -> str | None:
    return locale.percentage(match["n"], match["f"] or "", "%")


def _ordinal(match: Match, locale: Locale) -> str | None:
    return locale.ordinal(int(match["n"]))
