"""Mandarin Chinese."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "zh"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "点"
    minus = "负"
    percent = "百分之"
    to = "到"
    spaced = False
    unit_gender = "pair"
    money_decimal = True
    ordinals = {"": "spellout-ordinal"}
    per = "每"
    currencies = {
        "CNY": ("", "元", "元"),
        "USD": ("", "美元", "美元"),
        "EUR": ("", "欧元", "欧元"),
        "GBP": ("", "英镑", "英镑"),
        "JPY": ("", "日元", "日元"),
        "HKD": ("", "港元", "港元"),
    }
    scales = {"万": ("万", "万"), "亿": ("亿", "亿"), "千": ("千", "千"), "百万": ("百万", "百万")}
    spelling = {
        "@": "艾特",
        ".": "点",
        "-": "横杠",
        "_": "下划线",
        "/": "斜杠",
        ":": "冒号",
        "&": "和",
        "+": "加",
        "#": "井号",
        "=": "等于",
        "%": "百分号",
        "?": "问号",
        "!": "感叹号",
        ",": "逗号",
        "hashtag": "井号",
    }

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<!\d)(?P<y>\d{4})(?=年)"), _year),
            Rule(regex.compile(r"(?<![\d.])2(?=[个點点位名件只次天小条張张本块种])"), _pair),
            Rule(regex.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), _telephone),
            Rule(
                regex.compile(r"第(?P<n>\d{1,12})(?!\d)"),
                lambda match, locale: locale.ordinal(int(match["n"])),
            ),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        if form == "pair" and value == 2:
            return "两"
        return super().cardinal(value).replace("〇", "零")

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.cardinal(month)}月{self.cardinal(day)}日"
        return f"{self.digits(str(year))}年{words}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        front = {"am": "上午", "pm": "下午"}.get(half, "")
        words = f"{front}{'两' if hour == 2 else self.cardinal(hour)}点"
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
    return "两"


def _telephone(match: Match, locale: Locale) -> str | None:
    return locale.digits(match.group())
