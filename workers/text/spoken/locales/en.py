"""English. American and British readers both follow what is said here."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from decimal import Decimal

import regex

from ..locale import Locale
from ..scanner import Match, Rule, word_after, word_before

_ORDINAL_YEARS = frozenset(
    {"was", "is", "has", "its", "this", "as", "us", "does", "across", "plus", "versus", "thus"}
)


class Words(Locale):
    code = "en"
    ordinals = {"": "spellout-ordinal"}
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    day_first = False
    month_join = "of"
    point = "point"
    over = "over"
    per = "per"
    money_and = "and"
    and_fraction = "and"
    after_whole = {(1, 2): "a half", (1, 4): "a quarter", (1, 3): "a third"}
    fractions = {(1, 2): "one half", (1, 4): "one quarter"}
    clock = "o['’]clock|hrs|hours"
    year_words = frozenset(
        [
            "in",
            "since",
            "from",
            "until",
            "till",
            "by",
            "year",
            "of",
            "circa",
            "ca",
            "around",
            "before",
            "after",
            "during",
            "summer",
            "winter",
            "spring",
            "autumn",
            "fall",
            "and",
            "between",
            "early",
            "late",
            "mid",
            "to",
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
            "jan",
            "feb",
            "mar",
            "apr",
            "jun",
            "jul",
            "aug",
            "sep",
            "sept",
            "oct",
            "nov",
            "dec",
            "copyright",
            "class",
            "bc",
            "ad",
        ]
    )
    months_extra = {"sept": 9}
    scales = {
        "million": ("million", "million"), "billion": ("billion", "billion"), "trillion": ("trillion", "trillion"),
        "thousand": ("thousand", "thousand"), "mn": ("million", "million"), "bn": ("billion", "billion"),
        "m": ("million", "million"), "M": ("million", "million"), "B": ("billion", "billion"),
        "b": ("billion", "billion"), "k": ("thousand", "thousand"), "K": ("thousand", "thousand"),
        "T": ("trillion", "trillion"), "tn": ("trillion", "trillion"), "mln": ("million", "million"),
    }  # fmt: skip
    currencies = {
        "USD": ("", "dollar", "dollars", "cent", "cents"),
        "EUR": ("", "euro", "euros", "cent", "cents"),
        "GBP": ("", "pound", "pounds", "penny", "pence"),
        "JPY": ("", "yen", "yen"),
        "CNY": ("", "yuan", "yuan"),
        "INR": ("", "rupee", "rupees", "paisa", "paise"),
        "CHF": ("", "Swiss franc", "Swiss francs", "centime", "centimes"),
        "PLN": ("", "zloty", "zlotys", "grosz", "groszy"),
        "SEK": ("", "krona", "kronor"),
        "NOK": ("", "krone", "kroner"),
        "DKK": ("", "krone", "kroner"),
        "CZK": ("", "koruna", "korunas"),
        "RUB": ("", "ruble", "rubles", "kopek", "kopeks"),
        "BRL": ("", "real", "reais", "centavo", "centavos"),
        "AUD": ("", "Australian dollar", "Australian dollars", "cent", "cents"),
        "CAD": ("", "Canadian dollar", "Canadian dollars", "cent", "cents"),
        "NZD": ("", "New Zealand dollar", "New Zealand dollars", "cent", "cents"),
        "KRW": ("", "won", "won"),
        "ILS": ("", "shekel", "shekels"),
        "TRY": ("", "lira", "lira"),
        "BTC": ("", "bitcoin", "bitcoins"),
    }
    units = {"temperature-celsius": "{0} degrees Celsius", "temperature-fahrenheit": "{0} degrees Fahrenheit"}
    denominators = {
        2: ("half", "halves"), 3: ("third", "thirds"), 4: ("quarter", "quarters"), 5: ("fifth", "fifths"),
        6: ("sixth", "sixths"), 7: ("seventh", "sevenths"), 8: ("eighth", "eighths"), 9: ("ninth", "ninths"),
        10: ("tenth", "tenths"), 16: ("sixteenth", "sixteenths"), 100: ("hundredth", "hundredths"),
    }  # fmt: skip
    abbreviations = {
        "Dr.": "Doctor", "Dr": "Doctor", "Mr.": "Mister", "Mr": "Mister", "Mrs.": "Missus", "Mrs": "Missus",
        "Ms.": "Miz", "Prof.": "Professor", "St.": "Saint", "Jr.": "Junior", "Sr.": "Senior", "Gen.": "General",
        "Col.": "Colonel", "Capt.": "Captain", "Lt.": "Lieutenant", "Sgt.": "Sergeant", "Rev.": "Reverend",
        "Hon.": "Honorable", "Gov.": "Governor", "Sen.": "Senator", "Rep.": "Representative",
        "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "vs": "versus",
        "approx.": "approximately", "dept.": "department", "est.": "established", "govt.": "government",
        "Inc.": "Incorporated", "Ltd.": "Limited", "Co.": "Company", "Corp.": "Corporation", "Ave.": "Avenue",
        "Blvd.": "Boulevard", "Rd.": "Road", "Mt.": "Mount", "Ft.": "Fort", "cf.": "compare", "ca.": "circa",
        "et al.": "and others", "w/o": "without", "w/": "with", "a.k.a.": "also known as", "Ph.D.": "P H D",
        "PhD": "P H D", "Vol.": "Volume", "Ch.": "Chapter", "Fig.": "Figure", "figs.": "figures", "pp.": "pages",
        "tel.": "telephone", "ext.": "extension", "min.": "minimum", "max.": "maximum", "misc.": "miscellaneous",
        "Jan.": "January", "Feb.": "February", "Aug.": "August", "Sept.": "September", "Oct.": "October",
        "Nov.": "November", "Dec.": "December",
    }  # fmt: skip
    symbols = {
        "&": "and", "+": "plus", "=": "equals", "×": "times", "÷": "divided by", "±": "plus or minus", "≈": "about",
        "~": "about", "<": "less than", ">": "greater than", "≤": "at most", "≥": "at least", "≠": "is not equal to",
        "→": "to", "√": "the square root of", "∞": "infinity", "%": "percent", "€": "euros", "$": "dollars",
        "£": "pounds", "¥": "yen", "@": "at", "µ": "micro", "§": "section", "№": "number", "*": "times",
        "/": "divided by",
    }  # fmt: skip
    spelling = {
        "@": "at", ".": "dot", "-": "dash", "_": "underscore", "/": "slash", ":": "colon", "&": "and", "+": "plus",
        "#": "hash", "hashtag": "hashtag", "=": "equals", "%": "percent", "?": "question mark", "!": "exclamation mark",
        ",": "comma", ";": "semicolon", "*": "asterisk", "~": "tilde", "(": "open parenthesis", ")": "close parenthesis",
        "'": "apostrophe", '"': "quote", "\\": "backslash", "|": "pipe", "$": "dollar", "€": "euro", "£": "pound",
        "<": "less than", ">": "greater than", "[": "open bracket", "]": "close bracket", "{": "open brace",
        "}": "close brace", "^": "caret", "`": "backtick", "°": "degree", "§": "section", "–": "dash", "—": "dash",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "chapter",
            "part",
            "war",
            "volume",
            "vol.",
            "act",
            "scene",
            "phase",
            "class",
            "type",
            "section",
            "book",
            "season",
            "episode",
            "level",
            "stage",
            "title",
            "article",
            "grade",
            "bowl",
            "olympiad",
            "appendix",
            "figure",
            "table",
            "unit",
            "mark",
            "schedule",
        ]
    )

    def cardinal(self, value: int, form: str = "") -> str:
        if form == "fraction" and value == 1:
            return "one"
        return super().cardinal(value)

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])9/11(?![\d/])"), lambda match, locale: "nine eleven"),
            Rule(
                regex.compile(r"(?<=\b(?:[Cc]all|[Dd]ial)[ ])911(?!\d)"), lambda match, locale: "nine one one"
            ),
            Rule(regex.compile(r"(?<![\d:.,])(?P<a>\d{1,3}+):(?P<b>\d)(?![\d:])"), _ratio),
            Rule(regex.compile(r"(?<=\d(?:st|nd|rd|th)[ ])St\.(?=[ ])"), lambda match, locale: "Street"),
            Rule(
                regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{1,3}(?:,\d{3}){1,3}+|\d{1,12}+)(?:st|nd|rd|th)\b"),
                _ordinal,
            ),
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<c>1\d|20)?['’]?(?P<d>\d0)['’]?s\b"), _decade),
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<f>\d{1,2}+)['′’][ ]?(?P<i>\d{1,2}+)[\"″”]"), _height),
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)[kK](?![\p{L}\d])"), _thousands),
            Rule(regex.compile(r"\b(?P<w>[Nn]os?|[Pp]p?|[Vv]ol|[Cc]h|[Ff]ig)\.[ \u00a0]?(?=\d)"), _reference),
            Rule(
                regex.compile(r"(?<=\p{Ll} )St\.(?![ ]\p{Lu}\p{Ll}+[ ]\p{Lu})|(?<=\p{Lu}\p{Ll}{1,20} )St\."),
                _street,
            ),
        ]

    def year(self, value: int) -> str:
        high, low = divmod(value, 100)
        if 2000 <= value <= 2009 or value % 1000 == 0:
            return self.cardinal(value)
        if not low:
            return f"{self.cardinal(high)} hundred"
        return f"{self.cardinal(high)} {f'oh {self.cardinal(low)}' if low < 10 else self.cardinal(low)}"

    def bare_year(self, value: int, before: str, following: str) -> bool:
        if super().bare_year(value, before, following):
            return not _counted(following)
        return 1900 <= value <= 2099 and not _counted(following)

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day))

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        # "the 3rd of May" has its article already.
        first = self.day(day, before)
        words = (
            f"{first} of {self.months()[month]}"
            if before.lower() == "the"
            else f"{self.months()[month]} {first}"
        )
        return f"{words}, {self.year(year)}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour)
        if minute:
            words += f" oh {self.cardinal(minute)}" if minute < 10 else f" {self.cardinal(minute)}"
        elif not half and minute == 0:
            words += " o'clock" if 1 <= hour <= 12 else " hundred" if hour else " hundred hours"
        elif not half:
            words += " o'clock"
        if second:
            words += f" and {self.cardinal(second)} second{'s' if second > 1 else ''}"
        return f"{words} {half[0].upper()} M" if half else words

    def regnal(self, value: int, name: str) -> str | None:
        return f"the {self.ordinal(value)}"

    def currency(self, code: str, value: int | Decimal) -> str:
        return super().currency(code, value).replace("Us ", "US ")


def _counted(following: str) -> bool:
    """Whether the word after a number is a plural noun ("1984 people" is missed, "1984 copies" is not)."""
    return (
        following.islower() and following.endswith("s") and following not in _ORDINAL_YEARS
    ) or following in {"people", "million", "billion", "men", "women", "children"}


def _ordinal(match: Match, locale: Locale) -> str | None:
    return locale.ordinal(int(match["n"].replace(",", "")))


def _decade(match: Match, locale: Locale) -> str:
    tens = locale.cardinal(int(match["d"]))
    plural = "tens" if tens == "ten" else f"{tens[:-1]}ies" if tens.endswith("y") else f"{tens}s"
    if match["d"] == "00":
        century = int(match["c"] or 0)
        return f"{locale.cardinal(century)} hundreds" if century % 10 else "two thousands"
    return f"{locale.cardinal(int(match['c']))} {plural}" if match["c"] else plural


def _height(match: Match, locale: Locale) -> str:
    feet, inches = int(match["f"]), int(match["i"])
    return f"{locale.cardinal(feet)} {'foot' if feet == 1 else 'feet'} {locale.cardinal(inches)}"


def _thousands(match: Match, locale: Locale) -> str | None:
    # "4K" is a kind of screen.
    if match.group() in {"4K", "8K", "2K"}:
        return f"{locale.cardinal(int(match['n']))} K"
    return f"{locale.cardinal(int(match['n']))} thousand"


_REFERENCES = {
    "no": "number",
    "nos": "numbers",
    "p": "page",
    "pp": "pages",
    "vol": "volume",
    "ch": "chapter",
    "fig": "figure",
}


def _reference(match: Match, locale: Locale) -> str:
    words = _REFERENCES[match["w"].lower()]
    return f"{words.capitalize() if match['w'][0].isupper() else words} "


def _street(match: Match, locale: Locale) -> str | None:
    """ "Main St." is a street, "St. Mary" a saint."""
    before, after = word_before(match), word_after(match)
    if before[:1].isupper() and not (after[:1].isupper() and before.lower() in {"in", "at", "the", "of"}):
        return "Street." if not after else "Street"
    return None


def _ratio(match: Match, locale: Locale) -> str:
    return f"{locale.cardinal(int(match['a']))} to {locale.cardinal(int(match['b']))}"
