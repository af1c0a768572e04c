"""Cantonese."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "yue"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "點"
    minus = "負"
    percent = "百分之"
    to = "至"
    spaced = False
    unit_gender = "pair"
    money_decimal = True
    ordinals = {"": "spellout-ordinal"}
    per = "每"
    dollar = "HKD"
    currencies = {
        "CNY": ("", "人民幣", "人民幣"),
        "USD": ("", "美元", "美元"),
        "EUR": ("", "歐元", "歐元"),
        "GBP": ("", "英鎊", "英鎊"),
        "JPY": ("", "日圓", "日圓"),
        "HKD": ("", "蚊", "蚊"),
    }
    scales = {"萬": ("萬", "萬"), "億": ("億", "億"), "千": ("千", "千"), "百萬": ("百萬", "百萬")}
    spelling = {
        "@": "at",
        ".": "點",
        "-": "橫線",
        "_": "底線",
        "/": "斜線",
        ":": "冒號",
        "&": "同",
        "+": "加",
        "#": "井號",
        "=": "等於",
        "%": "百分號",
        "?": "問號",
        "!": "感嘆號",
        ",": "逗號",
        "hashtag": "井號",
    }

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<!\d)(?P<y>\d{4})(?=年)"), _year),
            Rule(regex.compile(r"(?<![\d.])2(?=[個點点位名件隻次日年條張本塊蚊種])"), _pair),
            Rule(regex.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), _telephone),
            Rule(
                regex.compile(r"第(?P<n>\d{1,12})(?!\d)"),
                lambda match, locale: locale.ordinal(int(match["n"])),
            ),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        return "兩" if form == "pair" and value == 2 else super().cardinal(value)

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.cardinal(month)}月{self.cardinal(day)}日"
        return f"{self.digits(str(year))}年{words}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        front = {"am": "上午", "pm": "下午"}.get(half, "")
        words = f"{front}{'兩' if hour == 2 else self.cardinal(hour)}點"
        if minute:
            words += f"{'零' if minute < 10 else ''}{self.cardinal(minute)}分"
        return words

    def fraction(self, top: int, bottom: int) -> str | None:
        return f"{self.cardinal(bottom)}分之{self.cardinal(top)}" if 0 < top < bottom <= 100 else None

    def mixed(self, whole: int, part: tuple[int, int], words: str) -> str:
        return f"{self.cardinal(whole)}又{words}"

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        return f"{'千分之' if sign == '‰' else '百分之'}{self.decimal(whole, fraction)}"


def _year(match: Match, locale: Locale) -> str | None:
    return locale.digits(match["y"])


def _pair(match: Match, locale: Locale) -> str | None:
    return "兩"


def _telephone(match: Match, locale: Locale) -> str | None:
    return locale.digits(match.group())
