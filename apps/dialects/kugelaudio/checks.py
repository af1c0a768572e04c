"""The values of fields, checked: each function returns the value or raises bad_request with what it must be.

Values come from JSON. True is no number here, numbers in quotes are none, and NaN is within no range.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ttsplatform.errors import ApiError


def number(value: Any, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad(name, "must be a number.")
    # Compared before anything else: a whole number of JSON may be too large for a float.
    if not low <= value <= high:
        raise bad(name, f"must be between {low:g} and {high:g}.")
    return float(value)


def whole(value: Any, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad(name, "must be a whole number.")
    if not low <= value <= high:
        raise bad(name, f"must be between {low} and {high}.")
    return value


def wholes(value: Any, name: str, low: int, high: int, *, most: int) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise bad(name, f"must be a list of at most {most} whole numbers.")
    return tuple(whole(each, name, low, high) for each in value)


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise bad(name, "must be true or false.")
    return value


def string(value: Any, name: str, longest: int = 100) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise bad(name, f"must be a string of 1 to {longest} characters.")
    return value


def one_of(value: Any, name: str, allowed: Collection[Any]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str) or value not in allowed:
        raise bad(name, f"must be one of {', '.join(map(str, allowed))}.")
    return value


def bad(name: str, message: str) -> ApiError:
    return ApiError("bad_request", f"{name}: {message}", param=name)
