"""Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping

from ..locale import Locale


class Words(Locale):
    code = "vi"
    groups = ".\u00a0\u202f"
    point = "phẩy"
    minus = "âm"
    percent = "phần trăm"
    to = "đến"
    ordinals = {"": "spellout-ordinal"}
    per = "trên"
    money_decimal = True
    units = {
        "length-kilometer": "{0} ki lô mét",
        "mass-kilogram": "{0} ki lô gam",
        "speed-kilometer-per-hour": "{0} ki lô mét trên giờ",
        "length-meter": "{0} mét",
        "temperature-celsius": "{0} độ xê",
    }
    currencies = {
        "VND": ("", "đồng", "đồng"),
        "USD": ("", "đô la", "đô la"),
        "EUR": ("", "ơ rô", "ơ rô"),
        "GBP": ("", "bảng Anh", "bảng Anh"),
    }
    abbreviations = {
        "v.v.": "vân vân",
        "vd.": "ví dụ",
        "VD:": "ví dụ:",
        "TP.HCM": "thành phố Hồ Chí Minh",
        "TP.": "thành phố",
        "TS.": "tiến sĩ",
        "GS.": "giáo sư",
        "ThS.": "thạc sĩ",
        "BS.": "bác sĩ",
        "Q.": "quận",
        "P.": "phường",
        "ĐT:": "điện thoại:",
    }
    scales = {"triệu": ("triệu", "triệu"), "tỷ": ("tỷ", "tỷ"), "nghìn": ("nghìn", "nghìn")}
    fractions = {
        (1, 2): "một phần hai",
        (1, 4): "một phần tư",
        (3, 4): "ba phần tư",
        (1, 3): "một phần ba",
        (2, 3): "hai phần ba",
    }
    spelling = {
        "@": "a còng",
        ".": "chấm",
        "-": "gạch ngang",
        "_": "gạch dưới",
        "/": "gạch chéo",
        ":": "hai chấm",
        "&": "và",
        "+": "cộng",
        "#": "thăng",
        "=": "bằng",
        "%": "phần trăm",
        "?": "chấm hỏi",
        "!": "chấm than",
        ",": "phẩy",
        "hashtag": "thăng",
    }

    month_join = ""

    def months(self) -> Mapping[int, str]:
        names = ["một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai"]
        return {month: f"tháng {name}" for month, name in enumerate(names, 1)}

    def month_spellings(self) -> Mapping[str, int]:
        return {
            **{f"tháng {month}": month for month in range(1, 13)},
            **{name: month for month, name in self.months().items()},
        }

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{'' if before.lower() == 'ngày' else 'ngày '}{self.cardinal(day)} {self.months()[month]}"
        return f"{words} năm {self.year(year)}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour)} giờ"
        words = f"{words} {self.cardinal(minute)}" if minute else words
        return words + {"am": " sáng", "pm": " chiều" if hour < 6 or hour == 12 else " tối"}.get(half, "")
