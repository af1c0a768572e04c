"""What a language must know to speak numbers, dates, times and money; the words are in `locales/`.

A language is a subclass with its own words. Whatever it does not say comes from the Unicode CLDR.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from . import cldr

if TYPE_CHECKING:
    from .scanner import Rule

LARGEST = 10**15 - 1
"""Larger numbers are spoken digit by digit: nobody follows them as words."""

Currency = tuple[str, ...]
"""(gender, one, [few,] many, minor one, [minor few,] minor many); the minor ones may be missing."""


class Locale:
    """One language. Numbers are never negative here; `form` is a gender or case that the language knows."""

    code: ClassVar[str] = "en"
    rbnf: ClassVar[str] = ""
    cardinals: ClassVar[Mapping[str, str]] = {}
    """Rule set of CLDR for a form ("m", "f", "n"); other forms are counted as "spellout-numbering"."""
    ordinals: ClassVar[Mapping[str, str]] = {}

    decimal_mark: ClassVar[str] = ","
    groups: ClassVar[str] = ".\u00a0\u202f"
    """Characters that part thousands."""
    spaced: ClassVar[bool] = True
    """Whether words are parted by spaces."""
    day_first: ClassVar[bool] = True
    date_marks: ClassVar[str] = "./-"

    point: ClassVar[str] = "point"
    minus: ClassVar[str] = "minus"
    percent: ClassVar[str] = "percent"
    permille: ClassVar[str] = "per mille"
    to: ClassVar[str] = "to"
    over: ClassVar[str] = "/"
    per: ClassVar[str] = ""
    of_scale: ClassVar[str] = ""
    """What stands between "millions" and a currency ("de")."""
    scales: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Written size ("Mio.") → (word for one, word for more)."""
    year_words: ClassVar[frozenset[str]] = frozenset()
    """Words in lower case that stand before a year."""
    months_extra: ClassVar[Mapping[str, int]] = {}
    month_join: ClassVar[str] = ""
    """Words that may stand between day, month and year, as alternatives of a pattern."""
    clock: ClassVar[str] = ""
    """Words that follow a time with a period or none at all ("Uhr"), as alternatives of a pattern."""
    clock_before: ClassVar[str] = ""
    """Words before a time that is written with a period ("ore 9.15"), as alternatives of a pattern."""
    currencies: ClassVar[Mapping[str, Currency]] = {}
    dollar: ClassVar[str] = "USD"
    krona: ClassVar[str] = "SEK"
    money_and: ClassVar[str] = ""
    """What stands between major and minor money ("and")."""
    minor_spoken: ClassVar[bool] = True
    """Whether cents are named."""
    money_decimal: ClassVar[bool] = False
    """Whether "12.50" of a currency is read as a decimal number."""
    units: ClassVar[Mapping[str, str]] = {}
    """CLDR name of a unit → pattern with "{0}", where CLDR's own is not what people say."""
    unit_genders: ClassVar[Mapping[str, str]] = {}
    unit_gender: ClassVar[str] = ""
    """Gender of all other units."""
    metre_joint: ClassVar[str | None] = None
    """What stands between metres and centimetres in "1.80 m" ("" for "ein Meter achtzig"); None: a decimal."""
    fractions: ClassVar[Mapping[tuple[int, int], str]] = {}
    denominators: ClassVar[Mapping[int, tuple[str, str]]] = {}
    and_fraction: ClassVar[str] = ""
    after_whole: ClassVar[Mapping[tuple[int, int], str]] = {}
    """Fractions that sound otherwise after a whole number ("two and a half")."""
    abbreviations: ClassVar[Mapping[str, str]] = {}
    symbols: ClassVar[Mapping[str, str]] = {}
    """Words for symbols inside a text; those of `spelling` where a symbol is missing here."""
    spelling: ClassVar[Mapping[str, str]] = {}
    """Words for symbols in something spelled: addresses and `<spell>`."""
    roman_words: ClassVar[frozenset[str]] = frozenset()
    """Words in lower case before a Roman numeral that is read as a plain number ("chapter")."""

    numbers_only: ClassVar[bool] = False
    """Whether only numbers are spoken: a language without a table of its own."""

    def rules(self) -> list[Rule]:
        """Rules of this language alone; they come before all but addresses."""
        return []

    # Numbers

    def cardinal(self, value: int, form: str = "") -> str:
        """A whole number in words."""
        if value > LARGEST:
            return self.digits(str(value))
        return cldr.number(self.rbnf or self.code, self.cardinals.get(form, "spellout-numbering"), value)

    def ordinal(self, value: int, form: str = "") -> str | None:
        """ "third"; None where the language's words for it are not known here."""
        ruleset = self.ordinals.get(form) or self.ordinals.get("")
        return cldr.number(self.rbnf or self.code, ruleset, value) if ruleset else None

    def digits(self, digits: str) -> str:
        """Each digit by its name."""
        gap = " " if self.spaced else ""
        names = [self.digit(int(digit)) for digit in digits]
        return gap.join(names)

    def digit(self, value: int) -> str:
        return self.cardinal(value)

    def fraction_digits(self, digits: str) -> str:
        """What follows the decimal point."""
        return self.digits(digits)

    def decimal(self, whole: str, fraction: str, form: str = "") -> str:
        """ "3.14" from "3" and "14"; a whole number where `fraction` is empty."""
        if len(whole) > 1 and whole[0] == "0" and not fraction:
            return self.digits(whole)
        words = self.digits(whole) if len(whole) > 15 else self.cardinal(int(whole), "" if fraction else form)
        if not fraction:
            return words
        gap = " " if self.spaced else ""
        return f"{words}{gap}{self.point}{gap}{self.fraction_digits(fraction)}"

    def agree(self, value: int, following: str) -> str:
        """The form of a number before a word ("1 casa" → "f"); "" where it is counted."""
        return ""

    def year(self, value: int) -> str:
        return self.cardinal(value)

    def bare_year(self, value: int, before: str, following: str) -> bool:
        """Whether four digits without any mark are a year. Years that sound like numbers need no answer."""
        return before.lower().rstrip(".") in self.year_words

    def fraction(self, top: int, bottom: int) -> str | None:
        """ "three quarters"; None where it is not a common fraction."""
        if (top, bottom) in self.fractions:
            return self.fractions[top, bottom]
        if bottom not in self.denominators or top >= bottom:
            return None
        one, many = self.denominators[bottom]
        return f"{self.cardinal(top, 'fraction')} {one if top == 1 else many}"

    def mixed(self, whole: int, part: tuple[int, int], words: str) -> str:
        """ "two and a half", where `words` says the fraction alone."""
        gap = " " if self.spaced else ""
        joint = f" {self.and_fraction} " if self.and_fraction else gap
        return f"{self.cardinal(whole, 'fraction')}{joint}{self.after_whole.get(part, words)}"

    def regnal(self, value: int, name: str) -> str | None:
        """The number of a king after the name ("the eighth")."""
        return self.ordinal(value)

    # Dates and times

    def months(self) -> Mapping[int, str]:
        """Names of months as they stand in a date."""
        return cldr.months(self.code)[0]

    def month_spellings(self) -> Mapping[str, int]:
        """Every spelling of a month, in lower case without a period."""
        return {**cldr.months(self.code)[1], **self.months_extra}

    def day(self, day: int, before: str) -> str:
        """The day in a date; `before` is the word that stands before the date."""
        return self.cardinal(day)

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        """A whole date."""
        words = f"{self.day(day, before)} {self.months()[month]}"
        return f"{words} {self.year_in_date(year)}" if year is not None else words

    def year_in_date(self, year: int) -> str:
        return self.year(year)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        """A time of day. `half`: "am", "pm" or "". `minute` is None for "14 h"."""
        parts = [self.cardinal(hour)]
        for value in (minute, second):
            if value or (second and value is not None):
                lead = "" if value > 9 else f"{self.cardinal(0)} "
                parts.append(lead + self.cardinal(value))
        return " ".join(parts)

    def finish(self, said: str, near: str) -> str:
        """A last touch to any words, knowing the text around them (Serbian has two alphabets)."""
        return said

    # Money and units

    def inflect(self, value: int | Decimal, forms: tuple[str, ...]) -> str:
        """One of (one, many) or (one, few, many) for a number; decimals take the last but one of three."""
        category = cldr.plural(self.code, value)
        if len(forms) == 2:
            return forms[0] if category == "one" else forms[1]
        if value != int(value):
            # A part of something stands in the genitive, which is the form of "few" or close to it.
            return forms[1]
        return {"one": forms[0], "few": forms[1]}.get(category, forms[2])

    def currency(self, code: str, value: int | Decimal) -> str:
        """The name of a currency that fits an amount."""
        known = self.currencies.get(code)
        if known:
            return self.inflect(value, _forms(known)[0])
        return cldr.currency(self.code, code, int(value) if value == int(value) else 5)

    def minor(self, code: str, value: int) -> str:
        """The name of a hundredth of it, or "" where there is no word here."""
        known = self.currencies.get(code)
        minor = _forms(known)[1] if known else ()
        return self.inflect(value, minor) if minor else ""

    def money(self, whole: str, fraction: str, code: str) -> str:
        """An amount of money."""
        gap = " " if self.spaced else ""
        known = self.currencies.get(code)
        form = known[0] if known else self.unit_gender
        cents = int(fraction) if len(fraction) == 2 and not self.money_decimal else 0
        if fraction and not (len(fraction) == 2 and not self.money_decimal):
            value = Decimal(f"{whole}.{fraction}")
            return f"{self.decimal(whole, fraction)}{gap}{self.currency(code, value)}"
        minor = self.minor(code, cents) if cents else ""
        minor_form = self.minor_gender(code)
        if cents and minor and not int(whole):
            return f"{self.cardinal(cents, minor_form)}{gap}{minor}"
        words = f"{self.decimal(whole, '', form)}{gap}{self.currency(code, int(whole))}"
        if not cents:
            return words
        if minor and self.minor_spoken:
            joint = f" {self.money_and} " if self.money_and else gap
            return f"{words}{joint}{self.cardinal(cents, minor_form)}{gap}{minor}"
        return f"{words}{gap}{self.cardinal(cents)}"

    def minor_gender(self, code: str) -> str:
        return "m"

    def scale(self, written: str, whole: str, fraction: str) -> str:
        """The word for a written size ("Mio.") after an amount."""
        one, many = self.scales[written]
        return one if whole == "1" and not fraction else many

    def scaled_money(self, words: str, scale: str, code: str) -> str:
        """ "$3.5 million" from its parts."""
        gap = " " if self.spaced else ""
        joint = f" {self.of_scale} " if self.of_scale else gap
        return f"{words}{gap}{scale}{joint}{self.currency(code, 1_000_000)}"

    def unit(self, name: str, whole: str, fraction: str) -> str:
        """A number with a unit, by CLDR's name of it ("length-kilometer")."""
        if (
            name == "length-meter"
            and self.metre_joint is not None
            and len(fraction) == 2
            and fraction[0] != "0"
        ):
            joint = f" {self.metre_joint} " if self.metre_joint else " "
            return f"{self.unit(name, whole, '')}{joint}{self.cardinal(int(fraction))}"
        gender = self.unit_genders.get(name.split("-", 1)[-1], self.unit_gender)
        value = Decimal(f"{whole}.{fraction}") if fraction else Decimal(whole)
        pattern = self.units.get(name) or cldr.unit(self.code, name, cldr.plural(self.code, value))
        words = self.decimal(whole, fraction, gender)
        if not self.spaced:
            pattern = pattern.replace(" ", "")
        # CLDR leaves the number out where the form of the noun says it (Arabic "two", Hebrew "one").
        return pattern.replace("{0}", words) if "{0}" in pattern else pattern

    def percentage(self, whole: str, fraction: str, sign: str) -> str:
        name = self.permille if sign == "‰" else self.percent
        return f"{self.decimal(whole, fraction)}{' ' if self.spaced else ''}{name}"


def _forms(currency: Currency) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(major forms, minor forms) of a currency."""
    names = currency[1:]
    if len(names) in (4, 6):
        half = len(names) // 2
        return names[:half], names[half:]
    return names, ()
