"""Amounts of money: a sign or a code before or after a number, with cents or a size ("million")."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from .locale import Locale
from .numbers import SIGN, START, number, parts, signed
from .scanner import Match, Rule

_SIGNS = {
    "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH",
    "₩": "KRW", "₪": "ILS", "฿": "THB", "₫": "VND", "₦": "NGN", "US$": "USD", "R$": "BRL", "A$": "AUD",
    "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "MX$": "MXN",
    "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "лв.": "BGN", "руб.": "RUB", "грн": "UAH", "Fr.": "CHF", "Sfr.": "CHF",
    "NT$": "TWD", "RM": "MYR", "Rp": "IDR", "৳": "BDT", "₨": "PKR", "lei": "RON", "元": "CNY", "円": "JPY",
    "원": "KRW", "บาท": "THB", "đ": "VND", "din": "RSD", "дин": "RSD", "TL": "TRY",
}  # fmt: skip
_CODES = frozenset(
    [
        "EUR",
        "USD",
        "GBP",
        "JPY",
        "CHF",
        "PLN",
        "CZK",
        "HUF",
        "SEK",
        "NOK",
        "DKK",
        "BRL",
        "INR",
        "CNY",
        "RUB",
        "UAH",
        "TRY",
        "KRW",
        "ILS",
        "THB",
        "VND",
        "AUD",
        "CAD",
        "NZD",
        "HKD",
        "SGD",
        "MXN",
        "ZAR",
        "BGN",
        "RON",
        "IDR",
        "MYR",
        "AED",
        "SAR",
        "EGP",
        "PKR",
        "BDT",
        "IRR",
        "TWD",
        "RSD",
        "ARS",
        "CLP",
        "COP",
        "PEN",
        "ISK",
        "BTC",
    ]
)
# Signs that are words of their own elsewhere count only after a number, and in their language.
_ONLY = {"đ": {"vi"}, "din": {"sr"}, "дин": {"sr"}, "Ft": {"hu"}, "lei": {"ro"}, "元": {"zh", "yue"}, "円": {"ja"},
         "원": {"ko"}, "บาท": {"th"}, "грн": {"uk"}, "руб.": {"ru"}, "лв.": {"bg"}, "Fr.": {"de", "fr"}, "TL": {"tr"}}  # fmt: skip
_AFTER_ONLY = {
    "Fr.",
    "đ",
    "din",
    "дин",
    "TL",
    "Ft",
    "lei",
    "грн",
    "руб.",
    "лв.",
    "元",
    "円",
    "원",
    "บาท",
    "zł",
    "Kč",
}


# For languages that name no hundredths in an amount of dollars: (one, few, many).
_CENTS = {"ar": ("سنت", "سنتات", "سنت"), "ja": ("セント",) * 3, "ko": ("센트",) * 3, "vi": ("xu",) * 3,
          "zh": ("美分",) * 3, "yue": ("仙",) * 3, "sl": ("cent", "centi", "centov")}  # fmt: skip


def _code(sign: str, locale: Locale) -> str:
    if sign == "$":
        return locale.dollar
    if sign.lower() in {"kr", "kr."}:
        return locale.krona
    if sign in {"¥", "￥"} and locale.code in {"zh", "yue"}:
        return "CNY"
    return _SIGNS.get(sign, sign)


def _money(match: Match, locale: Locale) -> str | None:
    found = match.groupdict()
    code = _code(found.get("front") or found.get("back") or "", locale)
    whole, frac = parts(match)
    if len(whole) > 15:
        return None
    scale = found.get("scale")
    if scale:
        size = locale.scale(scale, whole, frac)
        words = locale.decimal(whole, frac, "" if frac else locale.agree(int(whole), size))
        return signed(match, locale.scaled_money(words, size, code), locale)
    if found.get("dash"):
        frac = ""
    return signed(match, locale.money(whole, frac, code), locale)


def _range(match: Match, locale: Locale) -> str | None:
    """ "$5–10" is five to ten dollars."""
    low, high = int(match["low"]), int(match["high"])
    if low >= high or not locale.to or not locale.spaced:
        return None
    return f"{locale.cardinal(low)} {locale.to} {locale.money(str(high), '', _code(match['front'], locale))}"


def _cents(match: Match, locale: Locale) -> str | None:
    """ "50¢" is fifty cents, in any language that has a word for them."""
    whole, frac = parts(match)
    if len(whole) > 6 or frac:
        return None
    value, code = int(whole), locale.dollar
    name = locale.minor(code, value)
    if not name and locale.code in _CENTS:
        name = locale.inflect(value, _CENTS[locale.code])
    if not name:
        return None
    gap = " " if locale.spaced else ""
    return signed(match, f"{locale.cardinal(value, locale.minor_gender(code))}{gap}{name}", locale)


def _scaled(match: Match, locale: Locale) -> str | None:
    """ "3,5 Mio. Einwohner"."""
    whole, frac = parts(match)
    if len(whole) > 15 or len(match["scale"]) == 1:
        return None
    size = locale.scale(match["scale"], whole, frac)
    gap = " " if locale.spaced else ""
    return signed(
        match,
        f"{locale.decimal(whole, frac, '' if frac else locale.agree(int(whole), size))}{gap}{size}",
        locale,
    )


def rules(locale: Locale) -> list[Rule]:
    """Rules for amounts."""
    space = r"[ \u00a0\u202f]"
    own_signs = {sign for sign in _SIGNS if locale.code in _ONLY.get(sign, {locale.code})}
    front = "|".join(
        map(regex.escape, sorted({*own_signs - _AFTER_ONLY, "$", *_CODES}, key=len, reverse=True))
    )
    back = "|".join(
        map(regex.escape, sorted({*own_signs, "$", *_CODES} - {"RM", "Rp"}, key=len, reverse=True))
    )
    krona = "|[kK]r\\.?" if locale.code in {"sv", "da", "no", "nb", "en", "de", "nl", "fi"} else ""
    sizes = "|".join(map(regex.escape, sorted(locale.scales, key=len, reverse=True)))
    scale = rf"(?:{space}?(?P<scale>{sizes})(?![\p{{L}}\d]))?" if sizes else ""
    joint = rf"(?:{space}(?:{locale.of_scale}|d['’]))?" if locale.of_scale else ""
    letters = r"\p{L}" if locale.spaced else "A-Za-z"
    amount = number(locale)
    dash = r"(?P<dash>[.,][-–—]+)?"
    scaled = (
        [Rule(regex.compile(rf"{START}{SIGN}{amount}{space}?(?P<scale>{sizes})(?![\p{{L}}\d])"), _scaled)]
        if sizes
        else []
    )
    return [
        Rule(
            regex.compile(
                rf"(?<![{letters}$])(?P<front>{front}){space}?(?P<low>\d{{1,6}}+)[–-](?P<high>\d{{1,6}}+)(?![\d\p{{L}}%-]|[.,]\d)"
            ),
            _range,
        ),
        Rule(
            regex.compile(
                rf"(?<![{letters}$])(?:(?<![\d)%.])(?P<sign>[-−+±])(?=[\p{{Sc}}\p{{Lu}}]))?(?P<front>{front}{krona}){space}?"
                rf"(?=\d){amount}{dash}{scale}(?![\d])"
            ),
            _money,
        ),
        Rule(
            regex.compile(
                rf"{START}{SIGN}{amount}{dash}{scale}{joint}{space}?(?P<back>{back}{krona})(?![\p{{L}}\d])"
            ),
            _money,
        ),
        Rule(regex.compile(rf"{START}{SIGN}{amount}{space}?[¢￠](?![\p{{L}}\d])"), _cents),
        *scaled,
    ]
