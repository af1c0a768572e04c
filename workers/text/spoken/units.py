"""Measures: a number with the sign of a unit, percentages, and "per" units ("/kg")."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from . import cldr
from .locale import Locale
from .numbers import SIGN, START, number, parts, signed
from .scanner import Match, Rule

# Sign → name in the CLDR. Signs that are common words ("in", "A", "K", "N") are left out.
UNITS = {
    "km": "length-kilometer", "m": "length-meter", "dm": "length-decimeter", "cm": "length-centimeter",
    "mm": "length-millimeter", "µm": "length-micrometer", "μm": "length-micrometer", "nm": "length-nanometer",
    "mi": "length-mile", "yd": "length-yard", "ft": "length-foot",
    "km²": "area-square-kilometer", "km2": "area-square-kilometer", "m²": "area-square-meter",
    "m2": "area-square-meter", "cm²": "area-square-centimeter", "cm2": "area-square-centimeter",
    "qm": "area-square-meter", "ha": "area-hectare", "sq ft": "area-square-foot", "ft²": "area-square-foot",
    "m³": "volume-cubic-meter", "m3": "volume-cubic-meter", "cm³": "volume-cubic-centimeter",
    "cm3": "volume-cubic-centimeter", "l": "volume-liter", "L": "volume-liter", "dl": "volume-deciliter",
    "cl": "volume-centiliter", "ml": "volume-milliliter", "mL": "volume-milliliter", "hl": "volume-hectoliter",
    "gal": "volume-gallon", "fl oz": "volume-fluid-ounce",
    "kg": "mass-kilogram", "g": "mass-gram", "mg": "mass-milligram", "µg": "mass-microgram",
    "μg": "mass-microgram", "t": "mass-tonne", "lb": "mass-pound", "lbs": "mass-pound", "oz": "mass-ounce",
    "km/h": "speed-kilometer-per-hour", "km/u": "speed-kilometer-per-hour", "kmh": "speed-kilometer-per-hour", "kph": "speed-kilometer-per-hour",
    "m/s": "speed-meter-per-second", "mph": "speed-mile-per-hour", "kn": "speed-knot",
    "°C": "temperature-celsius", "℃": "temperature-celsius", "ºC": "temperature-celsius",
    "°F": "temperature-fahrenheit", "℉": "temperature-fahrenheit", "ºF": "temperature-fahrenheit",
    "°": "angle-degree",
    "TB": "digital-terabyte", "GB": "digital-gigabyte", "Gb": "digital-gigabit", "MB": "digital-megabyte",
    "Mb": "digital-megabit", "kB": "digital-kilobyte", "KB": "digital-kilobyte", "kb": "digital-kilobit",
    "PB": "digital-petabyte",
    "Go": "digital-gigabyte",
    "Mo": "digital-megabyte",
    "Ko": "digital-kilobyte",
    "To": "digital-terabyte",
    "h": "duration-hour", "hrs": "duration-hour", "hr": "duration-hour", "Std.": "duration-hour", "godz.": "duration-hour", "sek.": "duration-second",
    "min": "duration-minute", "mins": "duration-minute", "s": "duration-second", "sec": "duration-second",
    "Sek.": "duration-second", "Min.": "duration-minute", "ms": "duration-millisecond",
    "µs": "duration-microsecond", "ns": "duration-nanosecond",
    "GHz": "frequency-gigahertz", "MHz": "frequency-megahertz", "kHz": "frequency-kilohertz",
    "Hz": "frequency-hertz", "W": "power-watt", "kW": "power-kilowatt", "MW": "power-megawatt",
    "GW": "power-gigawatt", "hp": "power-horsepower", "PS": "power-horsepower", "CV": "power-horsepower",
    "ch": "power-horsepower", "pk": "power-horsepower", "KM": "power-horsepower",
    "kWh": "energy-kilowatt-hour", "kcal": "energy-kilocalorie", "cal": "energy-calorie", "kJ": "energy-kilojoule",
    "V": "electric-volt", "mA": "electric-milliampere", "Ω": "electric-ohm",
    "hPa": "pressure-hectopascal", "kPa": "pressure-kilopascal", "Pa": "pressure-pascal", "bar": "pressure-bar",
    "mbar": "pressure-millibar", "psi": "pressure-pound-force-per-square-inch", "mmHg": "pressure-millimeter-ofhg",
    "px": "graphics-pixel", "MP": "graphics-megapixel", "dpi": "graphics-dot-per-inch", "ppi": "graphics-pixel-per-inch",
    "lm": "light-lumen", "ly": "length-light-year",
    "км": "length-kilometer", "м": "length-meter", "см": "length-centimeter", "мм": "length-millimeter",
    "кг": "mass-kilogram", "г": "mass-gram", "мг": "mass-milligram", "т": "mass-tonne", "л": "volume-liter",
    "мл": "volume-milliliter", "км/ч": "speed-kilometer-per-hour", "км/год": "speed-kilometer-per-hour",
    "м/с": "speed-meter-per-second", "кВт": "power-kilowatt", "ГБ": "digital-gigabyte", "МБ": "digital-megabyte",
    "м²": "area-square-meter", "км²": "area-square-kilometer", "мин": "duration-minute", "ч": "duration-hour",
    "χλμ": "length-kilometer", "χμ": "length-kilometer", "εκ": "length-centimeter", "كم": "length-kilometer",
    "سم": "length-centimeter", "كجم": "mass-kilogram", "كغ": "mass-kilogram", "ק״ג": "mass-kilogram",
    "ק״מ": "length-kilometer", "किमी": "length-kilometer", "किग्रा": "mass-kilogram", "กม.": "length-kilometer",
    "กก.": "mass-kilogram", "ซม.": "length-centimeter", "公里": "length-kilometer", "公斤": "mass-kilogram",
}  # fmt: skip
# Signs that mean these only in some languages.
_ONLY = {"km/u": {"nl"}, "godz.": {"pl"}, "sek.": {"pl"}, "Go": {"fr"}, "Mo": {"fr"}, "Ko": {"fr"}, "PS": {"de"}, "CV": {"es", "it", "pt"}, "ch": {"fr"}, "pk": {"nl"}, "KM": {"pl"}, "Std.": {"de"},
         "Sek.": {"de"}, "Min.": {"de"}, "qm": {"de"}, "kn": {"en"}, "г": {"ru", "bg"}}  # fmt: skip


def _unit(match: Match, locale: Locale) -> str | None:
    whole, frac = parts(match)
    if len(whole) > 15:
        return None
    sign = match["unit"].replace(" ", " ")
    return signed(match, locale.unit(UNITS[sign], whole, frac), locale)


def _percent(match: Match, locale: Locale) -> str | None:
    whole, frac = parts(match)
    return signed(match, locale.percentage(whole, frac, match["mark"]), locale)


def _per(match: Match, locale: Locale) -> str | None:
    if not locale.per or match["unit"] not in UNITS:
        return None
    name = UNITS[match["unit"]]
    pattern = locale.units.get(name) or cldr.unit(locale.code, name, "one")
    return f" {locale.per} {pattern.replace('{0}', '').strip()}"


def _per_word(match: Match, locale: Locale) -> str | None:
    """ "100 €/mois"."""
    return f" {locale.per} " if locale.per and locale.spaced else None


def rules(locale: Locale) -> list[Rule]:
    """Rules for measures."""
    signs = sorted(
        (sign for sign in UNITS if locale.code in _ONLY.get(sign, {locale.code})), key=len, reverse=True
    )
    sign = "|".join(map(regex.escape, signs))
    amount = number(locale)
    return [
        Rule(
            regex.compile(
                rf"{START}{SIGN}{amount}[ \u00a0\u202f-]?(?P<unit>{sign})(?![\p{{L}}\p{{M}}\d²³]|/\p{{L}}|['’]\p{{L}})"
            ),
            _unit,
        ),
        Rule(regex.compile(r"(?<=[\p{Sc}\d])/(?=\p{Ll}{3,30}(?!\p{L}))"), _per_word),
        Rule(regex.compile(rf"{START}{SIGN}{amount}[ \u00a0\u202f]?(?P<mark>[%‰٪])"), _percent),
        Rule(
            regex.compile(
                rf"(?<=[\d\p{{Sc}}]|zł|kr|\b[A-Z]{{3}}|\d[ ]?(?:kg|g|l|m|GB|MB))/(?P<unit>{sign})(?![\p{{L}}\p{{M}}\d²³/])"
            ),
            _per,
        ),
    ]
