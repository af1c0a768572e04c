"""Ukrainian."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule, word_before
from ..slavic import Slavic


class Words(Slavic):
    code = "uk"
    groups = ".\u00a0\u202f "
    point = "цілих"
    minus = "мінус"
    percent = "відсотків"
    to = "тире"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
        "fraction": "spellout-cardinal-feminine",
    }
    per = "на"
    unit_gender = "m"
    clock_before = "о|об|з|до"
    unit_genders = {"minute": "f", "second": "f", "tonne": "f", "mile": "f", "kilocalorie": "f", "hour": "f"}
    currencies = {
        "UAH": ("f", "гривня", "гривні", "гривень", "копійка", "копійки", "копійок"),
        "USD": ("m", "долар", "долари", "доларів", "цент", "центи", "центів"),
        "EUR": ("m", "євро", "євро", "євро", "цент", "центи", "центів"),
        "GBP": ("m", "фунт", "фунти", "фунтів"),
        "PLN": ("m", "злотий", "злоті", "злотих"),
    }
    abbreviations = {
        "т. д.": "так далі",
        "т.д.": "так далі",
        "тобто": "тобто",
        "напр.": "наприклад",
        "ін.": "інші",
        "ім.": "імені",
        "вул.": "вулиця",
        "стор.": "сторінка",
        "тел.": "телефон",
        "млн": "мільйонів",
        "млрд": "мільярдів",
        "тис.": "тисяч",
        "грн": "гривень",
        "н. е.": "нашої ери",
        "див.": "дивись",
        "св.": "святий",
    }
    fractions = {
        (1, 2): "одна друга",
        (1, 4): "одна четверта",
        (3, 4): "три четверті",
        (1, 3): "одна третя",
        (2, 3): "дві третіх",
    }
    after_whole = {(1, 2): "половиною"}
    and_fraction = "з"
    spelling = {
        "@": "собачка",
        ".": "крапка",
        "-": "дефіс",
        "_": "підкреслення",
        "/": "скісна риска",
        ":": "двокрапка",
        "&": "і",
        "+": "плюс",
        "#": "решітка",
        "=": "дорівнює",
        "%": "відсотків",
        "?": "знак питання",
        "!": "знак оклику",
        ",": "кома",
        "hashtag": "решітка",
    }
    days = (
        "перше друге третє четверте п'яте шосте сьоме восьме дев'яте десяте одинадцяте дванадцяте тринадцяте чотирнадцяте п'ятнадцяте шістнадцяте сімнадцяте вісімнадцяте дев'ятнадцяте",
        "двадцяте",
        "тридцяте",
    )
    wholes = ("ціла", "цілих", "цілих")

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>[12]\d{3})(?=[ \u00a0](?P<w>році|року|рік(?!\p{L})|р\.))"
                ),
                _year,
            ),
            Rule(regex.compile(r"(?<=\d)[ \u00a0]р\.(?=[ ]?(?:$|\p{Lu}))"), lambda match, locale: " року."),
            Rule(regex.compile(r"(?<=\d)[ \u00a0]р\."), lambda match, locale: " року"),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        words = super().cardinal(value, form).replace("ʼ", "'")
        return words.removeprefix("одна ") if words.startswith("одна тисяча") else words

    def ordinal(self, value: int, form: str = "") -> str | None:
        """Forms: "" (masculine), n (neuter), mg (genitive), ml (locative)."""
        high, low = divmod(value, 100)
        ones = self.days[0].split()
        tens = [
            "двадцяте",
            "тридцяте",
            "сорокове",
            "п'ятдесяте",
            "шістдесяте",
            "сімдесяте",
            "вісімдесяте",
            "дев'яносте",
        ]
        if not low:
            return None
        front = [self.cardinal(high * 100)] if high else []
        if low < 20:
            last = ones[low - 1]
        elif low % 10:
            front.append(self.cardinal(low // 10 * 10))
            last = ones[low % 10 - 1]
        else:
            last = tens[low // 10 - 2]
        stem, soft = last[:-1], last.endswith("є")
        ending = {"n": last[-1], "mg": "ього" if soft else "ого", "ml": "ьому" if soft else "ому"}.get(
            form, "ій" if soft else "ий"
        )
        return " ".join([*front, stem + ending])

    def decimal(self, whole: str, fraction: str, form: str = "") -> str:
        parts = {1: ("десята", "десятих"), 2: ("сота", "сотих"), 3: ("тисячна", "тисячних")}.get(
            len(fraction)
        )
        if not parts or len(whole) > 15:
            return super().decimal(whole, fraction, form)
        value = int(fraction)
        front = f"{self.cardinal(int(whole), 'f')} {self.inflect(int(whole), self.wholes)}"
        return f"{front} {self.cardinal(value, 'f')} {parts[0] if value % 10 == 1 and value % 100 != 11 else parts[1]}"

    def year_in_date(self, year: int) -> str:
        return self.ordinal(year, "mg") or self.cardinal(year)

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        name = "відсотка" if fraction else self.inflect(int(whole), ("відсоток", "відсотки", "відсотків"))
        return f"{self.decimal(whole, fraction)} {name if sign == '%' else 'проміле'}"

    def minor_gender(self, code: str) -> str:
        return "f" if code == "UAH" else "m"


def _year(match: Match, locale: Locale) -> str | None:
    word, before = match["w"], word_before(match).lower()
    form = (
        "ml" if word == "році" or (word == "р." and before in {"у", "в"}) else "" if word == "рік" else "mg"
    )
    return locale.ordinal(int(match["n"]), form)
