"""Polish. Numbers and nouns take the case that the common prepositions ask for."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from decimal import Decimal

import regex

from .. import cldr
from ..locale import Locale
from ..scanner import Match, Rule, after, word_after, word_before
from ..units import UNITS

_ONES = [
    "zerowy",
    "pierwszy",
    "drugi",
    "trzeci",
    "czwarty",
    "piąty",
    "szósty",
    "siódmy",
    "ósmy",
    "dziewiąty",
    "dziesiąty",
    "jedenasty",
    "dwunasty",
    "trzynasty",
    "czternasty",
    "piętnasty",
    "szesnasty",
    "siedemnasty",
    "osiemnasty",
    "dziewiętnasty",
]
_TENS = [
    "-",
    "dziesiąty",
    "dwudziesty",
    "trzydziesty",
    "czterdziesty",
    "pięćdziesiąty",
    "sześćdziesiąty",
    "siedemdziesiąty",
    "osiemdziesiąty",
    "dziewięćdziesiąty",
]
_HUNDREDS = [
    "-",
    "setny",
    "dwusetny",
    "trzechsetny",
    "czterechsetny",
    "pięćsetny",
    "sześćsetny",
    "siedemsetny",
    "osiemsetny",
    "dziewięćsetny",
]
_THOUSANDS = [
    "-",
    "tysięczny",
    "dwutysięczny",
    "trzytysięczny",
    "czterotysięczny",
    "pięciotysięczny",
    "sześciotysięczny",
]

# Ends of adjectives in -y; those in -i keep an i where one is spoken.
_ENDINGS = {"m": "y", "f": "a", "n": "e", "mg": "ego", "ml": "ym", "fg": "ej", "fi": "ą"}
_FEMININE_NOUNS = frozenset(
    [
        "godzina",
        "godziny",
        "minuta",
        "minuty",
        "sekunda",
        "sekundy",
        "osoba",
        "osoby",
        "kobieta",
        "kobiety",
        "dziewczyna",
        "dziewczyny",
        "książka",
        "książki",
        "strona",
        "strony",
        "noc",
        "noce",
        "rzecz",
        "rzeczy",
        "część",
        "części",
        "córka",
        "córki",
        "siostra",
        "siostry",
        "korona",
        "korony",
        "gwiazdka",
        "gwiazdki",
        "doba",
        "doby",
        "szkoła",
        "szkoły",
        "firma",
        "firmy",
        "ulica",
        "ulice",
        "kawa",
        "kawy",
        "butelka",
        "butelki",
        "szklanka",
        "szklanki",
        "łyżka",
        "łyżki",
        "łyżeczka",
        "łyżeczki",
        "próba",
        "próby",
        "zmiana",
        "zmiany",
        "wersja",
        "wersje",
        "opcja",
        "opcje",
        "lekcja",
        "lekcje",
        "stacja",
        "stacje",
        "drużyna",
        "drużyny",
        "grupa",
        "grupy",
        "bramka",
        "bramki",
        "łazienka",
        "łazienki",
        "ręka",
        "ręce",
        "noga",
        "nogi",
        "tona",
        "tony",
        "mila",
        "mile",
    ]
)
_MASCULINE_A = frozenset(["mężczyzna", "kolega", "poeta", "artysta", "turysta", "dentysta", "kierowca"])
_FEMININE_RULERS = frozenset(
    ["Elżbieta", "Katarzyna", "Maria", "Beatrix", "Margrethe", "Elizabeth", "Izabela"]
)
_NOT_NOUNS = frozenset(
    [
        "i",
        "a",
        "o",
        "u",
        "w",
        "z",
        "do",
        "na",
        "po",
        "od",
        "za",
        "ze",
        "we",
        "ku",
        "przy",
        "nad",
        "pod",
        "lub",
        "albo",
        "oraz",
        "to",
        "jest",
        "są",
        "czy",
        "że",
        "jak",
        "dla",
        "bez",
    ]
)
_GENITIVE_ONE = {
    "EUR": "euro", "USD": "dolara", "GBP": "funta", "PLN": "złotego", "CHF": "franka", "JPY": "jena", "SEK": "korony",
    "NOK": "korony", "DKK": "korony", "CZK": "korony", "RUB": "rubla", "UAH": "hrywny",
}  # fmt: skip


class Words(Locale):
    code = "pl"
    cardinals = {
        "m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine", "n": "spellout-cardinal-neuter",
        "fraction": "spellout-cardinal-feminine",
    }  # fmt: skip
    groups = ".\u00a0\u202f "
    point = "przecinek"
    minus = "minus"
    percent = "procent"
    permille = "promili"
    to = "do"
    over = "przez"
    per = "za"
    unit_gender = "m"
    clock_before = "o|godz\\.|godzinie|godzina|od|do|po|przed|około|Godz\\."
    year_words = frozenset(["rok", "roku", "roku", "rokiem"])
    months_extra = {
        "styczeń": 1, "luty": 2, "marzec": 3, "kwiecień": 4, "maj": 5, "czerwiec": 6, "lipiec": 7, "sierpień": 8,
        "wrzesień": 9, "październik": 10, "listopad": 11, "grudzień": 12,
    }  # fmt: skip
    scales = {
        "mln": ("milion", "milionów"), "milion": ("milion", "milionów"), "miliony": ("milion", "milionów"),
        "milionów": ("milion", "milionów"), "miliona": ("milion", "milionów"), "mld": ("miliard", "miliardów"),
        "miliard": ("miliard", "miliardów"), "miliardy": ("miliard", "miliardów"), "miliardów": ("miliard", "miliardów"),
        "miliarda": ("miliard", "miliardów"), "tys.": ("tysiąc", "tysięcy"), "tysięcy": ("tysiąc", "tysięcy"),
        "tysiące": ("tysiąc", "tysięcy"), "bln": ("bilion", "bilionów"),
    }  # fmt: skip
    currencies = {
        "PLN": ("m", "złoty", "złote", "złotych", "grosz", "grosze", "groszy"),
        "EUR": ("n", "euro", "euro", "euro", "cent", "centy", "centów"),
        "USD": ("m", "dolar", "dolary", "dolarów", "cent", "centy", "centów"),
        "GBP": ("m", "funt", "funty", "funtów", "pens", "pensy", "pensów"),
        "CHF": ("m", "frank", "franki", "franków", "centym", "centymy", "centymów"),
        "JPY": ("m", "jen", "jeny", "jenów"), "CNY": ("m", "juan", "juany", "juanów"),
        "SEK": ("f", "korona", "korony", "koron"), "NOK": ("f", "korona", "korony", "koron"),
        "DKK": ("f", "korona", "korony", "koron"), "CZK": ("f", "korona", "korony", "koron"),
        "RUB": ("m", "rubel", "ruble", "rubli"), "UAH": ("f", "hrywna", "hrywny", "hrywien"),
        "INR": ("f", "rupia", "rupie", "rupii"), "HUF": ("m", "forint", "forinty", "forintów"),
    }  # fmt: skip
    unit_genders = {
        "hour": "f", "minute": "f", "second": "f", "millisecond": "f", "tonne": "f", "mile": "f", "mile-per-hour": "f",
        "calorie": "f", "kilocalorie": "f", "ounce": "f", "kilowatt-hour": "f", "foot": "f",
    }  # fmt: skip
    fractions = {(1, 2): "jedna druga"}
    after_whole = {(1, 2): "pół"}
    and_fraction = "i"
    denominators = {
        3: ("trzecia", "trzecie"), 4: ("czwarta", "czwarte"), 5: ("piąta", "piąte"), 6: ("szósta", "szóste"),
        7: ("siódma", "siódme"), 8: ("ósma", "ósme"), 9: ("dziewiąta", "dziewiąte"), 10: ("dziesiąta", "dziesiąte"),
        100: ("setna", "setne"),
    }  # fmt: skip
    abbreviations = {
        "dr": "doktor", "dr.": "doktora", "prof.": "profesor", "mgr": "magister", "inż.": "inżynier", "hab.": "habilitowany",
        "np.": "na przykład", "itd.": "i tak dalej", "itp.": "i tym podobne", "m.in.": "między innymi",
        "m. in.": "między innymi", "tj.": "to jest", "tzn.": "to znaczy", "tzw.": "tak zwany", "wg": "według",
        "ok.": "około", "ul.": "ulica", "al.": "aleja", "pl.": "plac", "os.": "osiedle", "godz.": "godzina", "nr": "numer",
        "str.": "strona", "s.": "strona", "tel.": "telefon", "r.": "roku", "w.": "wiek", "św.": "święty", "im.": "imienia",
        "ds.": "do spraw", "dot.": "dotyczący", "ww.": "wyżej wymieniony", "zob.": "zobacz", "por.": "porównaj",
        "p.n.e.": "przed naszą erą", "n.e.": "naszej ery", "woj.": "województwo", "pow.": "powiat", "gm.": "gmina",
        "maks.": "maksymalnie", "min.": "minimum", "mln": "milionów", "mld": "miliardów", "tys.": "tysięcy",
        "pkt": "punkt", "ust.": "ustęp", "art.": "artykuł", "rozdz.": "rozdział", "cd.": "ciąg dalszy", "dn.": "dnia",
        "ur.": "urodzony", "zm.": "zmarły", "płn.": "północny", "płd.": "południowy", "vs.": "kontra", "etc.": "et cetera",
        "zł": "złotych", "gr": "groszy", "p.": "pan",
    }  # fmt: skip
    symbols = {
        "&": "i", "+": "plus", "=": "równa się", "×": "razy", "÷": "podzielić przez", "±": "plus minus", "≈": "około",
        "~": "około", "<": "mniejsze niż", ">": "większe niż", "≤": "najwyżej", "≥": "co najmniej", "≠": "różne od",
        "%": "procent", "€": "euro", "$": "dolarów", "£": "funtów", "§": "paragraf", "№": "numer", "@": "małpa",
        "*": "razy", "/": "przez", "√": "pierwiastek z", "∞": "nieskończoność",
    }  # fmt: skip
    spelling = {
        "@": "małpa", ".": "kropka", "-": "myślnik", "_": "podkreślnik", "/": "ukośnik", ":": "dwukropek", "&": "i",
        "+": "plus", "#": "krzyżyk", "hashtag": "hasztag", "=": "równa się", "%": "procent", "?": "znak zapytania",
        "!": "wykrzyknik", ",": "przecinek", ";": "średnik", "*": "gwiazdka", "~": "tylda", "(": "nawias otwierający",
        ")": "nawias zamykający", "'": "apostrof", '"': "cudzysłów", "\\": "ukośnik wsteczny", "|": "kreska pionowa",
        "$": "dolar", "€": "euro", "£": "funt", "<": "mniejsze", ">": "większe", "[": "nawias kwadratowy otwierający",
        "]": "nawias kwadratowy zamykający", "{": "klamra otwierająca", "}": "klamra zamykająca", "^": "daszek",
        "`": "grawis", "°": "stopień", "§": "paragraf", "–": "myślnik", "—": "myślnik",
    }  # fmt: skip
    roman_words = frozenset(["tom", "akt", "część", "scena", "klasa", "typ", "faza", "sezon"])

    def rules(self) -> list[Rule]:
        space = "[ \u00a0]"
        return [
            Rule(
                regex.compile(rf"(?<![\p{{L}}\d.,/-])(?P<n>[12]\d{{3}})(?={space}?(?:r\.|rok(?:u|iem)?\b))"),
                _year,
            ),
            Rule(
                regex.compile(
                    rf"(?<=\b(?:[Rr]ok|[Rr]oku|[Rr]okiem){space})(?P<n>[12]\d{{3}})(?![\d]|[.,]\d)"
                ),
                _year,
            ),
            Rule(regex.compile(r"(?<=\d)[  ]?r\.(?=[  ]?(?:$|\p{Lu}))"), lambda match, locale: " roku."),
            Rule(regex.compile(r"(?<=\d)[  ]?r\."), lambda match, locale: " roku"),
            Rule(regex.compile(rf"(?<![\p{{L}}\d])(?P<r>[IVX]{{1,6}}+){space}w\.(?![\p{{L}}\d])"), _century),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/–-])(?P<a>\d{1,3})[ ]?–[ ]?(?P<b>\d{1,3})(?![\d–-]|[.,:]\d)"
                    r"(?:[ \u00a0]?(?P<u>km/h|km|m|cm|mm|kg|g|l|ml|h|min|s|°C|GB|MB|%|zł)(?![\p{L}\d²³/]))?"
                ),
                _range,
            ),
            Rule(
                regex.compile(
                    rf"(?<![\p{{L}}\d])(?P<r>[IVX]{{1,6}}+)(?={space}(?:wiek|wojn|RP|Rzecz|rozbi))"
                ),
                _roman,
            ),
            Rule(
                regex.compile(rf"(?<![\p{{L}}\d.,/-])(?P<n>\d{{1,3}}+)\.(?={space}\p{{Ll}}{{2}})"), _ordinal
            ),
            Rule(
                regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{2,4}+)-(?P<e>tych|te|ty|ta|lecie)\b"),
                _suffixed,
            ),
            Rule(
                regex.compile(
                    rf"(?<=(?<![\p{{L}}])(?:o|godz\.|godzinie|godzina|do|od|po|przed|około){space})(?P<n>\d{{1,2}}+)(?={space}(?:rano|wieczorem|po południu|w nocy))"
                ),
                _hour,
            ),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])[4-8]\d{2}[ \u00a0-]\d{3}[ \u00a0-]\d{3}(?![\d\p{L}]|[ .,]\d)"
                ),
                _telephone,
            ),
        ]

    def ordinal(self, value: int, form: str = "") -> str | None:
        """Forms: m, f, n, and with the case: mg (genitive), ml (locative), fg (genitive, locative), fi."""
        if value > 6999:
            return None
        ending = form or "m"
        high, low = divmod(value, 100)
        if low or not value:
            words = [self.cardinal(high * 100)] if high else []
            if low < 20:
                words.append(_declined(_ONES[low], ending))
            else:
                words.append(_declined(_TENS[low // 10], ending))
                if low % 10:
                    words.append(_declined(_ONES[low % 10], ending))
            return " ".join(words)
        thousands, hundreds = divmod(high, 10)
        if hundreds:
            front = f"{self.cardinal(thousands * 1000)} " if thousands else ""
            return front + _declined(_HUNDREDS[hundreds], ending)
        return _declined(_THOUSANDS[thousands], ending)

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)

    def agree(self, value: int, following: str) -> str:
        word = following
        if not word or not word.islower() or word in _NOT_NOUNS:
            return ""
        if word in _FEMININE_NOUNS:
            return "f"
        if value == 1:
            if word.endswith("a") and word not in _MASCULINE_A:
                return "f"
            return "n" if word.endswith(("o", "e", "ę", "um")) else "m"
        return ""

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day, "mg"))

    def year_in_date(self, year: int) -> str:
        return self.ordinal(year, "mg") or self.cardinal(year)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        hour = (hour % 12) + 12 if half == "pm" else 0 if half == "am" and hour == 12 else hour
        word = before.lower().rstrip(".")
        form = (
            "fi"
            if word == "przed"
            else "fg"
            if word in {"o", "do", "od", "po", "około", "koło", "godzinie", "godziny"}
            else "f"
        )
        words = str(self.ordinal(hour, form))
        if minute is not None and (minute or second):
            words += f" {self.cardinal(0) + ' ' if minute < 10 else ''}{self.cardinal(minute)}"
        if second:
            words += (
                f" i {self.cardinal(second, 'f')} {self.inflect(second, ('sekunda', 'sekundy', 'sekund'))}"
            )
        return words

    def regnal(self, value: int, name: str) -> str | None:
        return self.ordinal(value, "f" if name in _FEMININE_RULERS else "m")

    def currency(self, code: str, value: int | Decimal) -> str:
        if value != int(value) and code in _GENITIVE_ONE:
            return _GENITIVE_ONE[code]
        return super().currency(code, value)

    def scale(self, written: str, whole: str, fraction: str) -> str:
        one, many = self.scales[written]
        stem = many.removesuffix("ów") if many.endswith("ów") else "tysiąc"
        if fraction:
            return f"{stem}a"
        return self.inflect(int(whole), (one, f"{stem}y" if stem != "tysiąc" else "tysiące", many))

    def mixed(self, whole: int, part: tuple[int, int], words: str) -> str:
        if part == (1, 2):
            return "półtora" if whole == 1 else f"{self.cardinal(whole)} i pół"
        return super().mixed(whole, part, words)


def _declined(word: str, form: str) -> str:
    """An ordinal in -y or -i with another ending."""
    ending = _ENDINGS[form]
    if word.endswith("y"):
        return word[:-1] + ending
    if word == "drugi":
        return {
            "m": "drugi",
            "f": "druga",
            "n": "drugie",
            "mg": "drugiego",
            "ml": "drugim",
            "fg": "drugiej",
            "fi": "drugą",
        }[form]
    return {
        "m": "trzeci",
        "f": "trzecia",
        "n": "trzecie",
        "mg": "trzeciego",
        "ml": "trzecim",
        "fg": "trzeciej",
        "fi": "trzecią",
    }[form]


def _year(match: Match, locale: Locale) -> str | None:
    """ "w 1984 r." is locative, "rok 1984" nominative, all else genitive."""
    before = word_before(match).lower()
    following = after(match, 8).strip()
    form = "mg"
    if before in {"w", "po"} or (before == "roku" and _two_before(match) == "w"):
        form = "ml"
    elif before == "rok" or (
        (following.startswith("rok") and not following.startswith("roku"))
        and not following.startswith("rokiem")
    ):
        form = "m"
    elif before == "rokiem" or following.startswith("rokiem"):
        form = "ml"
    return locale.ordinal(int(match["n"]), form)


def _two_before(match: Match) -> str:
    words = match.string[max(0, match.start() - 40) : match.start()].lower().split()
    return words[-2] if len(words) > 1 else ""


def _case(before: str, following: str) -> str:
    """The form of an ordinal before a noun, by the noun's ending and the preposition."""
    if before in {"w", "na", "o", "po", "przy", "we"} and following.endswith(("e", "u", "ie")):
        return "ml"
    if following.endswith(("ej", "ii")) or (
        before in {"w", "na"} and following.endswith(("cie", "sie", "zie"))
    ):
        return "fg"
    if following.endswith("ego") or (
        before in {"do", "od", "z", "dla", "bez"} and following.endswith(("a", "u"))
    ):
        return "mg"
    if following.endswith("a"):
        return "f"
    return "n" if following.endswith(("o", "e", "um")) else "m"


def _ordinal(match: Match, locale: Locale) -> str | None:
    following = word_after(match)
    if following in _NOT_NOUNS:
        return None
    return locale.ordinal(int(match["n"]), _case(word_before(match).lower(), following))


def _suffixed(match: Match, locale: Locale) -> str | None:
    value, ending = int(match["n"]), match["e"]
    if ending == "lecie":
        return f"{locale.cardinal(value)} lecie"
    said = locale.ordinal(value)
    if not said:
        return None
    if ending == "tych":
        return " ".join(
            f"{word}ch" if word.endswith("y") and word in (*_TENS, *_ONES) else word for word in said.split()
        )
    return locale.ordinal(value, {"ty": "m", "ta": "f", "te": "n"}[ending])


def _hour(match: Match, locale: Locale) -> str | None:
    hour = int(match["n"])
    return locale.time(hour, None, None, "", word_before(match)) if hour <= 24 else None


def _roman(match: Match, locale: Locale) -> str | None:
    from ..numbers import roman

    before, following = word_before(match).lower(), after(match, 9).strip()
    value = roman(match["r"])
    if following.startswith(("wojna", "RP", "Rzecz")):
        return locale.ordinal(value, "f")
    if following.startswith(("wojn", "rozbi")):
        return locale.ordinal(value, "fg")
    form = (
        "ml"
        if before in {"w", "po"}
        else "mg"
        if following.startswith("wieku") or before in {"z", "od", "do"}
        else "m"
    )
    return locale.ordinal(value, form)


def _telephone(match: Match, locale: Locale) -> str | None:
    from ..addresses import telephone

    return telephone(match, locale)


def _century(match: Match, locale: Locale) -> str | None:
    from ..numbers import roman

    before = word_before(match).lower()
    form = "ml" if before in {"w", "po"} else "mg" if before in {"z", "od", "do"} else "m"
    noun = {"ml": "wieku", "mg": "wieku", "m": "wiek"}[form]
    rest = after(match, 3)
    ends = not rest.strip() or (rest[:1].isspace() and rest.strip()[:1].isupper())
    return f"{locale.ordinal(roman(match['r']), form)} {noun}{'.' if ends else ''}"


def _range(match: Match, locale: Locale) -> str | None:
    """ "5–10 km" → "od pięciu do dziesięciu kilometrów": both numbers in the genitive."""
    low, high = int(match["a"]), int(match["b"])
    if low >= high:
        return None
    genitive = "spellout-cardinal-masculine-genitive"
    words = f"{cldr.number('pl', genitive, low)} do {cldr.number('pl', genitive, high)}"
    if word_before(match).lower() not in {"od", "z"}:
        words = f"od {words}"
    sign = match["u"]
    if not sign:
        return words
    if sign == "%":
        return f"{words} procent"
    if sign == "zł":
        return f"{words} złotych"
    return f"{words} {cldr.unit('pl', UNITS[sign], 'many').replace('{0}', '').strip()}"
