"""What the Slavic languages share: days of the month from a list, and decimals as "three wholes fourteen"."""

from __future__ import annotations

from typing import ClassVar

from .locale import Locale


class Slavic(Locale):
    """`days`: the ordinals 1 to 19 in one string, then 20 and 30, in the case that a date takes."""

    days: ClassVar[tuple[str, ...]] = ()
    tens_decline: ClassVar[bool] = False
    """Whether "21st" declines its tens too (Czech), or only its ones (Russian)."""
    wholes: ClassVar[tuple[str, str, str] | None] = None
    """The word after the whole part of a decimal for one, few and many, where it is counted."""

    def day(self, day: int, before: str) -> str:
        small, twenty, thirty = self.days
        ones = small.split()
        if day < 20:
            return ones[day - 1]
        if day in {20, 30}:
            return twenty if day == 20 else thirty
        tens = (twenty if day < 30 else thirty) if self.tens_decline else self.cardinal(day // 10 * 10)
        return f"{tens} {ones[day % 10 - 1]}"

    def decimal(self, whole: str, fraction: str, form: str = "") -> str:
        if not fraction or not self.wholes or len(whole) > 15:
            return super().decimal(whole, fraction, form)
        value = int(whole)
        # Nought wholes: "nula celých", "ноль целых".
        said = f"{self.cardinal(value, 'f')} {self.inflect(value, self.wholes)}"
        return f"{said} {self.fraction_digits(fraction)}"

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)
