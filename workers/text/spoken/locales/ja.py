"""Japanese."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "ja"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "点"
    minus = "マイナス"
    percent = "パーセント"
    to = "から"
    spaced = False
    money_decimal = True
    ordinals = {"": "spellout-ordinal"}
    per = "毎"
    currencies = {
        "JPY": ("", "円", "円"),
        "USD": ("", "ドル", "ドル"),
        "EUR": ("", "ユーロ", "ユーロ"),
        "GBP": ("", "ポンド", "ポンド"),
        "CNY": ("", "元", "元"),
    }
    units = {"speed-kilometer-per-hour": "時速{0}キロメートル"}
    scales = {"万": ("万", "万"), "億": ("億", "億"), "千": ("千", "千"), "百万": ("百万", "百万")}
    spelling = {
        "@": "アット",
        ".": "ドット",
        "-": "ハイフン",
        "_": "アンダーバー",
        "/": "スラッシュ",
        ":": "コロン",
        "&": "アンド",
        "+": "プラス",
        "#": "シャープ",
        "=": "イコール",
        "%": "パーセント",
        "?": "クエスチョンマーク",
        "!": "びっくりマーク",
        ",": "カンマ",
        "hashtag": "シャープ",
    }

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(r"第(?P<n>\d{1,12})(?!\d)"),
                lambda match, locale: locale.ordinal(int(match["n"])),
            ),
            Rule(regex.compile(r"(?<![\d-])0\d{1,4}-\d{1,4}-\d{3,4}(?![\d-])"), _telephone),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        return super().cardinal(value, form).replace("〇", "ゼロ")

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.cardinal(month)}月{self.cardinal(day)}日"
        return f"{self.cardinal(year)}年{words}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{ {'am': '午前', 'pm': '午後'}.get(half, '') }{self.cardinal(hour)}時"
        return f"{words}{self.cardinal(minute)}分" if minute else words

    def fraction(self, top: int, bottom: int) -> str | None:
        return f"{self.cardinal(bottom)}分の{self.cardinal(top)}" if 0 < top < bottom <= 100 else None

    def mixed(self, whole: int, part: tuple[int, int], words: str) -> str:
        return f"{self.cardinal(whole)}と{words}"


def _telephone(match: Match, locale: Locale) -> str | None:
    return "、".join(locale.digits(group) for group in match.group().split("-"))
