"""Arabic."""

from __future__ import annotations

from ..locale import Locale


class Words(Locale):
    code = "ar"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "فاصلة"
    minus = "سالب"
    percent = "بالمئة"
    to = "إلى"
    cardinals = {"m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine"}
    ordinals = {"": "spellout-ordinal-masculine", "f": "spellout-ordinal-feminine"}
    per = "لكل"
    currencies = {}
    money_and = "و"
    units = {
        "length-kilometer": "{0} كيلومتر",
        "mass-kilogram": "{0} كيلوغرام",
        "temperature-celsius": "{0} درجة مئوية",
        "length-meter": "{0} متر",
        "speed-kilometer-per-hour": "{0} كيلومتر في الساعة",
    }
    abbreviations = {
        "د.": "دكتور",
        "أ.د.": "أستاذ دكتور",
        "إلخ.": "إلى آخره",
        "إلخ": "إلى آخره",
        "ص.": "صفحة",
        "هـ": "هجري",
        "م.": "ميلادي",
        "ق.م.": "قبل الميلاد",
    }
    fractions = {(1, 2): "نصف", (1, 4): "ربع", (3, 4): "ثلاثة أرباع", (1, 3): "ثلث", (2, 3): "ثلثان"}
    after_whole = {(1, 2): "نصف"}
    and_fraction = "و"
    spelling = {
        "@": "آت",
        ".": "نقطة",
        "-": "شرطة",
        "_": "شرطة سفلية",
        "/": "شرطة مائلة",
        ":": "نقطتان",
        "&": "و",
        "+": "زائد",
        "#": "هاشتاغ",
        "=": "يساوي",
        "%": "بالمئة",
        "?": "علامة استفهام",
        "!": "علامة تعجب",
        ",": "فاصلة",
        "hashtag": "هاشتاغ",
    }

    def cardinal(self, value: int, form: str = "") -> str:
        words = super().cardinal(value, form)
        # The CLDR parts the hundreds and starts "two" with a hamza; neither is written so.
        for hundreds in ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"):
            words = words.replace(f"{hundreds}ة مائة", f"{hundreds}مائة").replace(
                f"{hundreds}ية مائة", f"{hundreds}مائة"
            )
        return words.replace("إثنان", "اثنان").replace("إثنتان", "اثنتان").replace("إثنا", "اثنا")

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day))

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.day(day, before)} من {self.months()[month]}"
        return f"{words} {self.year(year)}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour)
        return f"{words} و{self.cardinal(minute)} دقيقة" if minute else words
