"""Thai."""

from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule


class Words(Locale):
    code = "th"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "จุด"
    minus = "ลบ"
    percent = "เปอร์เซ็นต์"
    to = "ถึง"
    spaced = False
    ordinals = {"": "spellout-ordinal"}
    per = "ต่อ"
    currencies = {
        "THB": ("", "บาท", "บาท", "สตางค์", "สตางค์"),
        "USD": ("", "ดอลลาร์", "ดอลลาร์", "เซนต์", "เซนต์"),
        "EUR": ("", "ยูโร", "ยูโร", "เซนต์", "เซนต์"),
        "GBP": ("", "ปอนด์", "ปอนด์"),
    }
    abbreviations = {
        "ดร.": "ดอกเตอร์",
        "ศ.": "ศาสตราจารย์",
        "นพ.": "นายแพทย์",
        "พ.ศ.": "พุทธศักราช",
        "ค.ศ.": "คริสต์ศักราช",
        "ฯลฯ": "และอื่นๆ",
        "กทม.": "กรุงเทพมหานคร",
        "โทร.": "โทรศัพท์",
        "น.": "นาฬิกา",
        "จ.": "จังหวัด",
        "อ.": "อำเภอ",
    }
    fractions = {(1, 2): "ครึ่ง", (1, 4): "หนึ่งในสี่", (3, 4): "สามในสี่", (1, 3): "หนึ่งในสาม", (2, 3): "สองในสาม"}
    spelling = {
        "@": "แอท",
        ".": "จุด",
        "-": "ขีด",
        "_": "ขีดล่าง",
        "/": "ทับ",
        ":": "โคลอน",
        "&": "และ",
        "+": "บวก",
        "#": "แฮช",
        "=": "เท่ากับ",
        "%": "เปอร์เซ็นต์",
        "?": "เครื่องหมายคำถาม",
        "!": "อัศเจรีย์",
        ",": "จุลภาค",
        "hashtag": "แฮช",
    }

    clock = "น\\."

    def rules(self) -> list[Rule]:
        spellings = "|".join(sorted(map(regex.escape, self.month_spellings()), key=len, reverse=True))
        return [
            Rule(
                regex.compile(rf"(?<!\d)(?P<d>\d{{1,2}})[ ]?(?P<m>{spellings})(?:[ ]?(?P<y>\d{{4}}))?(?!\d)"),
                _date,
            ),
        ]

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.cardinal(day)}{self.months()[month]}"
        return f"{words}{self.cardinal(year)}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour)}นาฬิกา"
        return f"{words}{self.cardinal(minute)}นาที" if minute else words


def _date(match: Match, locale: Locale) -> str | None:
    month = locale.month_spellings()[match["m"]]
    return locale.date(int(match["d"]), month, int(match["y"]) if match["y"] else None, "")
