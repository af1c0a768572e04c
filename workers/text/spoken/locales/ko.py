"""Korean."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from collections.abc import Mapping

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "ko"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "점"
    minus = "마이너스"
    percent = "퍼센트"
    to = "에서"
    money_decimal = True
    cardinals = {"native": "spellout-cardinal-native-attributive"}
    ordinals = {"": "spellout-ordinal-native-count"}
    per = "당"
    currencies = {
        "KRW": ("", "원", "원"),
        "USD": ("", "달러", "달러"),
        "EUR": ("", "유로", "유로"),
        "GBP": ("", "파운드", "파운드"),
        "JPY": ("", "엔", "엔"),
    }
    unit_genders = {"hour": "native"}
    units = {"speed-kilometer-per-hour": "시속 {0} 킬로미터"}
    scales = {"만": ("만", "만"), "억": ("억", "억"), "천": ("천", "천")}
    spelling = {
        "@": "골뱅이",
        ".": "점",
        "-": "하이픈",
        "_": "밑줄",
        "/": "슬래시",
        ":": "콜론",
        "&": "앤드",
        "+": "더하기",
        "#": "샵",
        "=": "이퀄",
        "%": "퍼센트",
        "?": "물음표",
        "!": "느낌표",
        ",": "쉼표",
        "hashtag": "샵",
    }

    def rules(self) -> list[Rule]:
        return [
            # Hours and things are counted in Korean's own numbers, up to 99.
            Rule(
                regex.compile(
                    r"(?<![\d.,:])(?P<n>[1-9]\d?)[ ]?(?=(?:시(?!속)|개(?!월)|명|살|마리|잔|병|권|송이|켤레|그루|가지)(?!\d))"
                ),
                _native,
            ),
            Rule(
                regex.compile(r"(?<![\d.,:])(?P<n>6|10)월"),
                lambda match, locale: {"6": "유월", "10": "시월"}[match["n"]],
            ),
            Rule(regex.compile(r"(?<![\d-])0\d{1,2}-\d{3,4}-\d{4}(?![\d-])"), _telephone),
            Rule(
                regex.compile(r"(?<![\d.,:])(?P<n>\d{1,9})(?=[년월일분초층원호회도세등인])"),
                lambda match, locale: locale.cardinal(int(match["n"])),
            ),
        ]

    def digit(self, value: int) -> str:
        return "공" if value == 0 else self.cardinal(value)

    def decimal(self, whole: str, fraction: str, form: str = "") -> str:
        words = self.cardinal(int(whole), form) if len(whole) <= 15 else self.digits(whole)
        digits = "".join("영" if digit == "0" else self.cardinal(int(digit)) for digit in fraction)
        return f"{words}점{digits}" if fraction else words

    def months(self) -> Mapping[int, str]:
        return {
            month: {6: "유월", 10: "시월"}.get(month, f"{self.cardinal(month)}월") for month in range(1, 13)
        }

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.months()[month]} {self.cardinal(day)}일"
        return f"{self.cardinal(year)}년 {words}" if year is not None else words

    def month_spellings(self) -> Mapping[str, int]:
        return {}

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        said = self.cardinal(hour, "native") if 1 <= hour <= 12 else self.cardinal(hour)
        words = f"{ {'am': '오전 ', 'pm': '오후 '}.get(half, '') }{said} 시"
        return f"{words} {self.cardinal(minute)} 분" if minute else words

    def fraction(self, top: int, bottom: int) -> str | None:
        return f"{self.cardinal(bottom)}분의 {self.cardinal(top)}" if 0 < top < bottom <= 100 else None


def _native(match: Match, locale: Locale) -> str | None:
    return f"{locale.cardinal(int(match['n']), 'native')} "


def _telephone(match: Match, locale: Locale) -> str | None:
    return ", ".join(locale.digits(group) for group in match.group().split("-"))
