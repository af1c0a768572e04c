"""Plain numbers: whole, decimal, negative, very long; fractions, ordinals, ranges, years and Roman numerals."""

from __future__ import annotations

import regex

from .locale import Locale
from .scanner import Match, Rule, word_after, word_before

START = r"(?<![\d])(?<!\d[.,])"
"""Where a number may start: not inside another."""
SIGN = r"(?:(?<![\p{L}\d)\]%.°])(?P<sign>[-−+±])(?=[\d]))?"


def number(locale: Locale, tag: str = "") -> str:
    """A pattern for a number as the language writes it: groups `whole` and `frac` with a tag after the name.

    At most 18 digits before and after the mark, so that nothing is read twice.
    """
    groups, mark = regex.escape(locale.groups, special_only=False), regex.escape(locale.decimal_mark)
    # A point before one or two digits (or four and more) cannot part thousands: it is a decimal point from
    # another language.
    foreign = rf"|(?:\.(?P<alien{tag}>\d{{1,2}}+|\d{{4,18}}+)(?![\d.]))" if locale.decimal_mark == "," else ""
    return (
        rf"(?P<whole{tag}>\d{{1,3}}(?:[{groups}]\d{{3}}){{1,5}}+(?![\d])|\d{{1,18}}+(?![\d]))"
        rf"(?:(?:(?:{mark}|٫)(?P<frac{tag}>\d{{1,18}}+)(?![\d])){foreign})?+"
    )


def parts(match: Match, tag: str = "") -> tuple[str, str]:
    """The digits before and after the decimal mark, as ASCII."""
    found = match.groupdict()
    whole = "".join(character for character in found[f"whole{tag}"] if character.isdecimal())
    return _ascii(whole), _ascii(found.get(f"frac{tag}") or found.get(f"alien{tag}") or "")


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def signed(match: Match, words: str, locale: Locale) -> str:
    """The words with what its sign says in front."""
    sign = match.groupdict().get("sign")
    if not sign:
        return words
    name = locale.minus if sign in "-−" else locale.symbols.get(sign) or locale.spelling.get(sign) or sign
    return f"{name} {words}" if locale.spaced else f"{name}{words}"


def _plain(match: Match, locale: Locale) -> str | None:
    whole, frac = parts(match)
    text = match.group("whole")
    following = word_after(match)
    if not frac and text.isdecimal() and len(text) == 4 and not match["sign"]:
        value = int(whole)
        if 1100 <= value <= 2099 and locale.bare_year(value, word_before(match), following):
            return locale.year(value)
    form = "" if frac or len(whole) > 15 else locale.agree(int(whole), following)
    return signed(match, locale.decimal(whole, frac, form), locale)


def _chain(match: Match, locale: Locale) -> str | None:
    """Versions and internet addresses: "2.0.1"."""
    if "." in locale.groups and all(len(part) == 3 for part in match.group().split(".")[1:]):
        return None
    dot = locale.spelling.get(".") or locale.point
    gap = " " if locale.spaced else ""
    return f"{gap}{dot}{gap}".join(locale.decimal(_ascii(part), "") for part in match.group().split("."))


def _long(match: Match, locale: Locale) -> str:
    return locale.digits(_ascii(match.group()))


_GLYPHS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅒": (1, 10),
}  # fmt: skip


def _glyph(match: Match, locale: Locale) -> str | None:
    words = locale.fraction(*_GLYPHS[match["glyph"]])
    if words is None:
        top, bottom = _GLYPHS[match["glyph"]]
        words = f"{locale.cardinal(top)} {locale.over} {locale.cardinal(bottom)}"
    if not match["before"]:
        return words
    return locale.mixed(int(match["before"]), _GLYPHS[match["glyph"]], words)


def _slash(match: Match, locale: Locale) -> str | None:
    top, bottom = int(match["top"]), int(match["bottom"])
    if (top, bottom) == (24, 7):
        return f"{locale.cardinal(24)} {locale.cardinal(7)}" if locale.spaced else None
    words = locale.fraction(top, bottom)
    if words is not None:
        if match["lead"]:
            return locale.mixed(int(match["lead"]), (top, bottom), words)
        return words
    lead = f"{locale.cardinal(int(match['lead']))} " if match["lead"] else ""
    return f"{lead}{locale.cardinal(top)} {locale.over} {locale.cardinal(bottom)}"


def _range(match: Match, locale: Locale) -> str:
    return f" {locale.to} " if locale.spaced else locale.to


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_ROMAN_PATTERN = r"(?=[IVXL])(?:X{0,3}|XL|L)(?:IX|IV|V?I{0,3})"

# Rulers, popes and saints whose names carry numbers, in the languages spoken in full here.
_RULERS = frozenset(
    [
        "Albert",
        "Alberto",
        "Alexander",
        "Alexandre",
        "Alejandro",
        "Alessandro",
        "Aleksander",
        "Alfonso",
        "Alfons",
        "Alphonse",
        "Amadeus",
        "Anne",
        "August",
        "Auguste",
        "Augusto",
        "Baldwin",
        "Beatrix",
        "Benedict",
        "Benedikt",
        "Benoît",
        "Benedetto",
        "Benedicto",
        "Bento",
        "Benedictus",
        "Benedykt",
        "Boniface",
        "Bonifaz",
        "Bonifacio",
        "Carl",
        "Carlo",
        "Carlos",
        "Casimir",
        "Catherine",
        "Caterina",
        "Catalina",
        "Catarina",
        "Charles",
        "Christian",
        "Clement",
        "Clemens",
        "Clément",
        "Clemente",
        "Constantin",
        "Constantine",
        "Edward",
        "Eduard",
        "Édouard",
        "Edoardo",
        "Eduardo",
        "Elizabeth",
        "Elisabeth",
        "Élisabeth",
        "Elisabetta",
        "Isabel",
        "Isabella",
        "Elżbieta",
        "Eric",
        "Erik",
        "Ernst",
        "Felipe",
        "Filippo",
        "Filipe",
        "Filips",
        "Fernando",
        "Ferdinand",
        "Ferdinando",
        "Francis",
        "Franz",
        "François",
        "Francisco",
        "Francesco",
        "Frans",
        "Franciszek",
        "Frederick",
        "Friedrich",
        "Frédéric",
        "Federico",
        "Frederik",
        "Fryderyk",
        "Georg",
        "George",
        "Georges",
        "Giorgio",
        "Jorge",
        "Jerzy",
        "Gregory",
        "Gregor",
        "Grégoire",
        "Gregorio",
        "Gregório",
        "Gustav",
        "Haakon",
        "Harald",
        "Heinrich",
        "Henri",
        "Henrik",
        "Henry",
        "Enrico",
        "Enrique",
        "Henrique",
        "Hendrik",
        "Henryk",
        "Innocent",
        "Innozenz",
        "Innocenzo",
        "Inocencio",
        "Ivan",
        "Iwan",
        "Jan",
        "James",
        "Jacques",
        "Jacob",
        "Jakob",
        "Giacomo",
        "Jaime",
        "João",
        "Jean",
        "Jean-Paul",
        "Johann",
        "Johannes",
        "John",
        "Juan",
        "José",
        "Josef",
        "Joseph",
        "Joseph",
        "Józef",
        "Giuseppe",
        "Johannes",
        "Julius",
        "Giulio",
        "Julio",
        "Karl",
        "Karel",
        "Karol",
        "Katharina",
        "Katarzyna",
        "Konrad",
        "Konstantin",
        "Kazimierz",
        "Leo",
        "Leon",
        "León",
        "Leão",
        "Leone",
        "Leopold",
        "Léopold",
        "Leopoldo",
        "Louis",
        "Ludwig",
        "Luigi",
        "Luis",
        "Luís",
        "Lodewijk",
        "Ludwik",
        "Manuel",
        "Margrethe",
        "Maria",
        "Mary",
        "Maximilian",
        "Mikołaj",
        "Napoleon",
        "Napoléon",
        "Napoleone",
        "Napoleón",
        "Napoleão",
        "Nicholas",
        "Nikolaus",
        "Nicolas",
        "Nicola",
        "Nicolás",
        "Nicolau",
        "Nicolaas",
        "Nikolaj",
        "Olav",
        "Oscar",
        "Otto",
        "Otton",
        "Paul",
        "Paulo",
        "Paolo",
        "Pablo",
        "Paulus",
        "Paweł",
        "Pedro",
        "Peter",
        "Petrus",
        "Philip",
        "Philipp",
        "Philippe",
        "Pierre",
        "Pietro",
        "Piotr",
        "Pius",
        "Pie",
        "Pio",
        "Ramses",
        "Ramsès",
        "Richard",
        "Riccardo",
        "Ricardo",
        "Robert",
        "Rudolf",
        "Sigismund",
        "Sixtus",
        "Stanisław",
        "Stefan",
        "Stephen",
        "Theodor",
        "Umberto",
        "Urban",
        "Urbain",
        "Urbano",
        "Victor",
        "Viktor",
        "Vittorio",
        "Vítor",
        "Wilhelm",
        "Willem",
        "William",
        "Guillaume",
        "Guglielmo",
        "Guillermo",
        "Guilherme",
        "Władysław",
        "Zygmunt",
        "Paul-Marie",
        "Jean-Baptiste",
        "Amédée",
        "Amedeo",
        "Manuele",
        "Emanuele",
        "Pavol",
    ]
)


def is_ruler(name: str) -> bool:
    """Whether rulers, popes or saints of this name are told apart by numbers."""
    return name in _RULERS


def roman(text: str) -> int:
    """The value of a Roman numeral up to 89."""
    total = 0
    for one, two in zip(text, [*text[1:], ""], strict=True):
        total += -_ROMAN[one] if two and _ROMAN[two] > _ROMAN[one] else _ROMAN[one]
    return total


def _roman(match: Match, locale: Locale) -> str | None:
    name, value = match["name"], roman(match["roman"])
    if name.lower() in locale.roman_words:
        return f"{name} {locale.cardinal(value)}"
    if name in _RULERS and (len(match["roman"]) > 1 or match["roman"] in "VX" or _ends(match)):
        words = locale.regnal(value, name)
        return f"{name} {words}" if words else None
    return None


def _ends(match: Match) -> bool:
    """Whether a lone "I" after a name is a numeral: no word, or a small one, follows ("Elizabeth I was")."""
    following = word_after(match)
    return following.islower() and following not in {"am", "have", "will", "think", "know", "want", "love"}


def rules(locale: Locale) -> list[Rule]:
    """Rules for all of this, from the particular to the general."""
    return [
        Rule(
            regex.compile(
                rf"{START}(?:(?P<before>\d{{1,6}}+)[ \u00a0\u2044]?)?(?P<glyph>[{''.join(_GLYPHS)}])"
            ),
            _glyph,
        ),
        Rule(regex.compile(rf"{START}(?<!/)\d{{1,4}}+(?:\.\d{{1,4}}+){{2,7}}+(?![\d])(?!\.\d)"), _chain),
        Rule(
            regex.compile(
                rf"{START}(?<![/\p{{L}}-])(?:(?P<lead>\d{{1,3}}+)[  ](?=\d{{1,2}}/))?+"
                r"(?P<top>\d{1,3}+)[/⁄](?P<bottom>\d{1,3}+)(?![\d/\p{L}]|[.,]\d)"
            ),
            _slash,
        ),
        Rule(regex.compile(r"(?<=\d)[–—-](?=\p{Sc}\d)"), _range),
        Rule(
            regex.compile(
                r"(?<=\d[%°]?)(?:[  ]?[–—][  ]?(?=\d)|(?<=(?<![\d.,/-])\d{1,4}[%°]?)-(?=\d{1,4}(?![\d/-])))"
            ),
            _range,
        ),
        Rule(
            regex.compile(
                rf"(?<![\p{{L}}\d])(?P<name>\p{{L}}[\p{{L}}.-]{{1,19}}+)[  ]"
                rf"(?P<roman>{_ROMAN_PATTERN})(?![\p{{L}}\d]|\.\p{{L}}|['’]\p{{L}}{{2}})"
            ),
            _roman,
        ),
        Rule(regex.compile(rf"{START}{SIGN}{number(locale)}"), _plain),
        Rule(regex.compile(r"(?<!\d)\d{19,}+"), _long),
        # What the guards of the others leave over ("1,2,3").
        Rule(regex.compile(rf"(?<!\d){number(locale)}(?P<sign>)"), _plain),
    ]
