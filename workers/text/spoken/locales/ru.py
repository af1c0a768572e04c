"""Russian."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule, word_before
from ..slavic import Slavic


class Words(Slavic):
    code = "ru"
    groups = ".\u00a0\u202f "
    point = "целых"
    minus = "минус"
    percent = "процентов"
    to = "тире"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
        "fraction": "spellout-cardinal-feminine",
    }
    ordinals = {
        "": "spellout-ordinal-masculine",
        "f": "spellout-ordinal-feminine",
        "n": "spellout-ordinal-neuter",
        "mg": "spellout-ordinal-masculine-genitive",
        "ml": "spellout-ordinal-masculine-locative",
    }
    per = "в"
    unit_gender = "m"
    clock_before = "в|с|до"
    unit_genders = {"minute": "f", "second": "f", "tonne": "f", "mile": "f", "kilocalorie": "f", "hour": "m"}
    currencies = {
        "RUB": ("m", "рубль", "рубля", "рублей", "копейка", "копейки", "копеек"),
        "USD": ("m", "доллар", "доллара", "долларов", "цент", "цента", "центов"),
        "EUR": ("m", "евро", "евро", "евро", "цент", "цента", "центов"),
        "GBP": ("m", "фунт", "фунта", "фунтов"),
        "UAH": ("f", "гривна", "гривны", "гривен"),
        "JPY": ("f", "иена", "иены", "иен"),
    }
    abbreviations = {
        "т. е.": "то есть",
        "т.е.": "то есть",
        "и т. д.": "и так далее",
        "и т.д.": "и так далее",
        "и т. п.": "и тому подобное",
        "и т.п.": "и тому подобное",
        "т. к.": "так как",
        "т.к.": "так как",
        "др.": "другие",
        "напр.": "например",
        "г-н": "господин",
        "г-жа": "госпожа",
        "им.": "имени",
        "ул.": "улица",
        "стр.": "страница",
        "тел.": "телефон",
        "млн": "миллионов",
        "млрд": "миллиардов",
        "тыс.": "тысяч",
        "руб.": "рублей",
        "н. э.": "нашей эры",
        "до н. э.": "до нашей эры",
        "см.": "смотри",
    }
    fractions = {
        (1, 2): "одна вторая",
        (1, 4): "одна четвёртая",
        (3, 4): "три четвёртых",
        (1, 3): "одна третья",
        (2, 3): "две трети",
    }
    after_whole = {(1, 2): "половиной"}
    and_fraction = "с"
    spelling = {
        "@": "собака",
        ".": "точка",
        "-": "дефис",
        "_": "нижнее подчёркивание",
        "/": "слэш",
        ":": "двоеточие",
        "&": "и",
        "+": "плюс",
        "#": "решётка",
        "=": "равно",
        "%": "процентов",
        "?": "вопросительный знак",
        "!": "восклицательный знак",
        ",": "запятая",
        "hashtag": "решётка",
    }
    days = (
        "первое второе третье четвёртое пятое шестое седьмое восьмое девятое десятое одиннадцатое двенадцатое тринадцатое четырнадцатое пятнадцатое шестнадцатое семнадцатое восемнадцатое девятнадцатое",
        "двадцатое",
        "тридцатое",
    )
    wholes = ("целая", "целых", "целых")

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>[12]\d{3})(?=[ \u00a0](?P<w>годах|годов|годы|году|года|годом|год|г\.))"
                ),
                _year,
            ),
            Rule(regex.compile(r"(?<=\d)[ \u00a0]г\.(?=[ ]?(?:$|\p{Lu}))"), lambda match, locale: " года."),
            Rule(regex.compile(r"(?<=\d)[ \u00a0]г\."), lambda match, locale: " года"),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)-(?P<e>ого|его|ому|ему|ый|ий|ой|ая|яя|ое|ее|ом|ем|го|му|й|я|е|м)(?![\p{L}\d])"
                ),
                _ordinal,
            ),
        ]

    def cardinal(self, value: int, form: str = "") -> str:
        return _yo(super().cardinal(value, form))

    def ordinal(self, value: int, form: str = "") -> str | None:
        said = super().ordinal(value, form)
        return _yo(said) if said else None

    def decimal(self, whole: str, fraction: str, form: str = "") -> str:
        parts = {1: ("десятая", "десятых"), 2: ("сотая", "сотых"), 3: ("тысячная", "тысячных")}.get(
            len(fraction)
        )
        if not parts or len(whole) > 15:
            return super().decimal(whole, fraction, form)
        value = int(fraction)
        front = f"{self.cardinal(int(whole), 'f')} {self.inflect(int(whole), self.wholes)}"
        return f"{front} {self.cardinal(value, 'f')} {parts[0] if value % 10 == 1 and value % 100 != 11 else parts[1]}"

    def agree(self, value: int, following: str) -> str:
        if value % 10 in {1, 2} and value % 100 not in {11, 12} and following.islower():
            if following.endswith(("а", "я", "ы", "и")) and (
                value % 10 == 1 or following.endswith(("ы", "и"))
            ):
                return "f"
            return "m"
        return ""

    def year_in_date(self, year: int) -> str:
        return self.ordinal(year, "mg") or self.cardinal(year)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        said = super().time(hour, minute, second, half, before)
        return f"{said} ноль ноль" if minute == 0 and not second else said

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        name = "процента" if fraction else self.inflect(int(whole), ("процент", "процента", "процентов"))
        return f"{self.decimal(whole, fraction)} {name if sign == '%' else 'промилле'}"

    def minor_gender(self, code: str) -> str:
        return "f" if code == "RUB" else "m"

    def scale(self, written: str, whole: str, fraction: str) -> str:
        one = self.scales[written][0]
        if one == "тысяча":
            return "тысячи" if fraction else self.inflect(int(whole), ("тысяча", "тысячи", "тысяч"))
        return f"{one}а" if fraction else self.inflect(int(whole), (one, f"{one}а", f"{one}ов"))

    scales = {
        "млн": ("миллион", ""), "миллион": ("миллион", ""), "миллиона": ("миллион", ""), "миллионов": ("миллион", ""),
        "млрд": ("миллиард", ""), "миллиард": ("миллиард", ""), "миллиарда": ("миллиард", ""),
        "миллиардов": ("миллиард", ""), "тыс.": ("тысяча", ""), "тысяч": ("тысяча", ""),
    }  # fmt: skip


def _yo(words: str) -> str:
    """ "Тысяча", not "одна тысяча", and the letter ё, which the CLDR leaves out."""
    words = words.removeprefix("одна ") if words.startswith("одна тысяча") else words
    return words.replace("четверт", "четвёрт").replace("трех", "трёх").replace("четырех", "четырёх")


def _year(match: Match, locale: Locale) -> str | None:
    word, before = match["w"], word_before(match).lower()
    if word in {"год"}:
        return locale.ordinal(int(match["n"]))
    if word == "году" or (word == "г." and before in {"в", "о"}):
        return locale.ordinal(int(match["n"]), "ml")
    if word in {"года", "г."}:
        return locale.ordinal(int(match["n"]), "mg")
    return None


def _ordinal(match: Match, locale: Locale) -> str | None:
    value, end = int(match["n"]), match["e"]
    form = {
        "й": "", "ый": "", "ий": "", "ой": "", "я": "f", "ая": "f", "яя": "f", "е": "n", "ое": "n", "ее": "n",
        "го": "mg", "ого": "mg", "его": "mg", "м": "ml", "ом": "ml", "ем": "ml",
    }.get(end)  # fmt: skip
    return locale.ordinal(value, form) if form is not None else None
