"""Persian."""

from __future__ import annotations

from collections.abc import Mapping

from ..locale import Locale


class Words(Locale):
    code = "fa"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "ممیز"
    minus = "منفی"
    percent = "درصد"
    to = "تا"
    per = "بر"
    currencies = {
        "IRR": ("", "ریال", "ریال"),
        "USD": ("", "دلار", "دلار", "سنت", "سنت"),
        "EUR": ("", "یورو", "یورو", "سنت", "سنت"),
        "GBP": ("", "پوند", "پوند"),
    }
    money_and = "و"
    units = {"length-kilometer": "{0} کیلومتر", "mass-kilogram": "{0} کیلوگرم"}
    abbreviations = {"د.": "دکتر", "ص.": "صفحه", "ق.م.": "قبل از میلاد", "م.": "میلادی"}
    scales = {"میلیون": ("میلیون", "میلیون"), "میلیارد": ("میلیارد", "میلیارد"), "هزار": ("هزار", "هزار")}
    fractions = {(1, 2): "یک دوم", (1, 4): "یک چهارم", (3, 4): "سه چهارم", (1, 3): "یک سوم", (2, 3): "دو سوم"}
    after_whole = {(1, 2): "نیم"}
    and_fraction = "و"
    spelling = {
        "@": "اَت",
        ".": "نقطه",
        "-": "خط تیره",
        "_": "زیرخط",
        "/": "اسلش",
        ":": "دونقطه",
        "&": "و",
        "+": "به\u200cعلاوه",
        "#": "هشتگ",
        "=": "مساوی",
        "%": "درصد",
        "?": "علامت سؤال",
        "!": "علامت تعجب",
        ",": "ویرگول",
        "hashtag": "هشتگ",
    }

    def cardinal(self, value: int, form: str = "") -> str:
        words = super().cardinal(value)
        # "هزار", not "یک هزار".
        return words.removeprefix("یک ") if 1000 <= value < 2000 else words

    def ordinal(self, value: int, form: str = "") -> str | None:
        words = self.cardinal(value)
        if value == 1:
            return "اول"
        if words.endswith("سه"):
            return f"{words.removesuffix('سه')}سوم"
        return f"{words}‌ام" if words.endswith("ی") else f"{words}م"

    def months(self) -> Mapping[int, str]:
        return {**super().months(), 5: "مه"}

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day))

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour)
        return f"{words} و {self.cardinal(minute)} دقیقه" if minute else words
