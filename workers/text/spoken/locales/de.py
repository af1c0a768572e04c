"""German."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule, after, word_after, word_before

# Words after which an ordinal ends in -n ("am dritten").
_WEAK_N = frozenset(
    [
        "am",
        "vom",
        "zum",
        "beim",
        "im",
        "bis",
        "dem",
        "den",
        "des",
        "ab",
        "ins",
        "seit",
        "nach",
        "seinem",
        "ihrem",
        "einem",
        "meinem",
        "jedem",
        "diesem",
        "keinem",
    ]
)
_WEAK = frozenset(
    [
        "der",
        "die",
        "das",
        "diese",
        "dieser",
        "dieses",
        "jede",
        "jener",
        "jene",
        "welche",
        "unsere",
        "eine",
        "seine",
        "ihre",
        "meine",
    ]
)
# Words that start a sentence: the period before them ends one too ("Er kam am 3. Dann ging er.").
_STARTERS = frozenset(
    [
        "Dann",
        "Er",
        "Sie",
        "Es",
        "Wir",
        "Ich",
        "Ihr",
        "Das",
        "Die",
        "Der",
        "Danach",
        "Da",
        "Und",
        "Aber",
        "Am",
        "Im",
        "In",
    ]
)
_FEMININE = ("e", "ung", "heit", "keit", "ion", "tät", "schaft", "in", "ei", "ur", "enz", "anz", "ik")
_FEMININE_RULERS = frozenset(
    ["Elisabeth", "Elizabeth", "Katharina", "Maria", "Margrethe", "Beatrix", "Isabella", "Anne"]
)
_MASCULINE_E = frozenset(
    [
        "Name",
        "Junge",
        "Kollege",
        "Kunde",
        "Käse",
        "Löwe",
        "Hase",
        "Affe",
        "Gedanke",
        "Wille",
        "Buchstabe",
        "Ende",
        "Auge",
        "Gebäude",
        "Getränk",
    ]
)


class Words(Locale):
    code = "de"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    ordinals = {
        "": "spellout-ordinal", "n": "spellout-ordinal-n", "r": "spellout-ordinal-r", "s": "spellout-ordinal-s",
    }  # fmt: skip
    groups = ".\u00a0\u202f'’"
    point = "Komma"
    minus = "minus"
    percent = "Prozent"
    permille = "Promille"
    to = "bis"
    over = "durch"
    metre_joint = ""
    per = "pro"
    unit_gender = "m"
    clock = "Uhr"
    year_words = frozenset(["jahr", "jahre", "jahren", "seit", "anno", "um"])
    months_extra = {
        "jänner": 1,
        "feber": 2,
        "jan": 1,
        "feb": 2,
        "mär": 3,
        "mrz": 3,
        "apr": 4,
        "jun": 6,
        "jul": 7,
        "aug": 8,
        "sep": 9,
        "sept": 9,
        "okt": 10,
        "nov": 11,
        "dez": 12,
    }
    scales = {
        "Mio.": ("Million", "Millionen"), "Mio": ("Million", "Millionen"), "Million": ("Million", "Millionen"),
        "Millionen": ("Million", "Millionen"), "Mrd.": ("Milliarde", "Milliarden"), "Mrd": ("Milliarde", "Milliarden"),
        "Milliarde": ("Milliarde", "Milliarden"), "Milliarden": ("Milliarde", "Milliarden"),
        "Tsd.": ("tausend", "tausend"), "Bio.": ("Billion", "Billionen"), "Billionen": ("Billion", "Billionen"),
    }  # fmt: skip
    currencies = {
        "EUR": ("m", "Euro", "Euro", "Cent", "Cent"),
        "USD": ("m", "Dollar", "Dollar", "Cent", "Cent"),
        "GBP": ("n", "Pfund", "Pfund", "Penny", "Pence"),
        "CHF": ("m", "Franken", "Franken", "Rappen", "Rappen"),
        "JPY": ("m", "Yen", "Yen"), "CNY": ("m", "Yuan", "Yuan"), "PLN": ("m", "Zloty", "Zloty", "Groszy", "Groszy"),
        "CZK": ("f", "Krone", "Kronen"), "SEK": ("f", "Krone", "Kronen"), "NOK": ("f", "Krone", "Kronen"),
        "DKK": ("f", "Krone", "Kronen"), "INR": ("f", "Rupie", "Rupien"), "RUB": ("m", "Rubel", "Rubel"),
        "TRY": ("f", "Lira", "Lira"), "BRL": ("m", "Real", "Reais"), "HUF": ("m", "Forint", "Forint"),
        "AUD": ("m", "australischer Dollar", "australische Dollar", "Cent", "Cent"),
        "CAD": ("m", "kanadischer Dollar", "kanadische Dollar", "Cent", "Cent"),
    }  # fmt: skip
    minor_spoken = False
    unit_genders = {
        "hour": "f", "minute": "f", "second": "f", "millisecond": "f", "tonne": "f", "mile": "f", "calorie": "f",
        "kilocalorie": "f", "mile-per-hour": "f", "pound": "n", "byte": "n", "gigabyte": "n", "megabyte": "n",
        "kilobyte": "n", "terabyte": "n", "gigabit": "n", "megabit": "n", "horsepower": "f", "ounce": "f",
        "kilogram": "n", "gram": "n", "volt": "n", "watt": "n", "kilowatt": "n", "hertz": "n", "megahertz": "n",
        "kilohertz": "n", "gigahertz": "n", "celsius": "n", "fahrenheit": "n",
    }  # fmt: skip
    units = {"temperature-celsius": "{0} Grad Celsius", "temperature-fahrenheit": "{0} Grad Fahrenheit"}
    fractions = {(1, 2): "ein halb"}
    after_whole = {(1, 2): "einhalb"}
    denominators = {
        3: ("Drittel", "Drittel"), 4: ("Viertel", "Viertel"), 5: ("Fünftel", "Fünftel"), 6: ("Sechstel", "Sechstel"),
        7: ("Siebtel", "Siebtel"), 8: ("Achtel", "Achtel"), 9: ("Neuntel", "Neuntel"), 10: ("Zehntel", "Zehntel"),
        100: ("Hundertstel", "Hundertstel"),
    }  # fmt: skip
    abbreviations = {
        "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Hrn.": "Herrn", "Fr.": "Frau", "St.": "Sankt",
        "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
        "u. a.": "unter anderem", "u.a.": "unter anderem", "usw.": "und so weiter", "etc.": "et cetera",
        "bzw.": "beziehungsweise", "ca.": "circa", "evtl.": "eventuell", "ggf.": "gegebenenfalls", "inkl.": "inklusive",
        "exkl.": "exklusive", "zzgl.": "zuzüglich", "vgl.": "vergleiche", "Nr.": "Nummer", "Str.": "Straße",
        "Tel.": "Telefon", "Mio.": "Millionen", "Mrd.": "Milliarden", "Tsd.": "tausend", "Abs.": "Absatz",
        "Art.": "Artikel", "S.": "Seite", "Bd.": "Band", "Kap.": "Kapitel", "geb.": "geboren", "gest.": "gestorben",
        "o. Ä.": "oder Ähnliches", "o.Ä.": "oder Ähnliches", "u. U.": "unter Umständen", "v. a.": "vor allem",
        "v.a.": "vor allem", "i. d. R.": "in der Regel", "i.d.R.": "in der Regel", "sog.": "sogenannte",
        "max.": "maximal", "min.": "mindestens", "mind.": "mindestens", "n. Chr.": "nach Christus",
        "v. Chr.": "vor Christus", "Jh.": "Jahrhundert", "Std.": "Stunden", "Hbf.": "Hauptbahnhof",
        "Abb.": "Abbildung", "Ing.": "Ingenieur", "Dipl.": "Diplom", "allg.": "allgemein", "bspw.": "beispielsweise",
        "Mo.": "Montag", "Di.": "Dienstag", "Mi.": "Mittwoch", "Do.": "Donnerstag", "Sa.": "Samstag", "So.": "Sonntag",
        "MwSt.": "Mehrwertsteuer", "vs.": "gegen", "tgl.": "täglich", "s. o.": "siehe oben", "s. u.": "siehe unten",
        "GmbH": "G m b H",
    }  # fmt: skip
    symbols = {
        "&": "und", "+": "plus", "=": "gleich", "×": "mal", "÷": "geteilt durch", "±": "plus minus", "≈": "ungefähr",
        "~": "ungefähr", "<": "kleiner als", ">": "größer als", "≤": "höchstens", "≥": "mindestens", "≠": "ungleich",
        "%": "Prozent", "€": "Euro", "$": "Dollar", "£": "Pfund", "¥": "Yen", "§": "Paragraf", "№": "Nummer",
        "@": "ät", "*": "mal", "/": "durch", "→": "nach", "√": "Wurzel aus", "∞": "unendlich",
    }  # fmt: skip
    spelling = {
        "@": "ät", ".": "Punkt", "-": "Minus", "_": "Unterstrich", "/": "Schrägstrich", ":": "Doppelpunkt",
        "&": "und", "+": "Plus", "#": "Raute", "hashtag": "Hashtag", "=": "Gleich", "%": "Prozent", "?": "Fragezeichen",
        "!": "Ausrufezeichen", ",": "Komma", ";": "Semikolon", "*": "Stern", "~": "Tilde", "(": "Klammer auf",
        ")": "Klammer zu", "'": "Apostroph", '"': "Anführungszeichen", "\\": "Backslash", "|": "senkrechter Strich",
        "$": "Dollar", "€": "Euro", "£": "Pfund", "<": "kleiner als", ">": "größer als", "[": "eckige Klammer auf",
        "]": "eckige Klammer zu", "{": "geschweifte Klammer auf", "}": "geschweifte Klammer zu", "^": "Zirkumflex",
        "`": "Gravis", "°": "Grad", "§": "Paragraf", "–": "Gedankenstrich", "—": "Gedankenstrich",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "kapitel",
            "teil",
            "band",
            "akt",
            "szene",
            "phase",
            "klasse",
            "typ",
            "buch",
            "staffel",
            "folge",
            "stufe",
            "artikel",
            "abschnitt",
            "anhang",
            "tabelle",
            "weltkrieg",
        ]
    )

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<=[–-])Fr\.|Fr\.(?=[–-](?:Sa|So)\.)"), lambda match, locale: "Freitag"),
            Rule(
                regex.compile(r"(?<=\b(?:Mo|Di|Mi|Do|Fr|Sa)\.)[–-](?=(?:Di|Mi|Do|Fr|Sa|So)\.)"),
                lambda match, locale: " bis ",
            ),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>\d{1,3}+)\.(?=[ \u00a0–-]{1,3}(?:\d{1,2}\.[ ])?[\p{L}])"
                ),
                _ordinal,
            ),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d])(?P<name>\p{Lu}[\p{L}-]{2,19}+)[ \u00a0](?P<roman>[IVX]{1,5}+)\."
                ),
                _ruler,
            ),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d])(?P<roman>[IVX]{1,5}+)\.(?=[ \u00a0](?:Weltkrieg|Jahrhundert|Akt|Kapitel|Abschnitt|Quartal|Internationale))"
                ),
                _roman_ordinal,
            ),
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<c>1\d|20)?(?P<d>\d0)er(?![\p{L}])"), _decade),
        ]

    def agree(self, value: int, following: str) -> str:
        if (value != 1 and value % 100 != 1) or not following[:1].isupper():
            return ""
        return "f" if following.endswith(_FEMININE) and following not in _MASCULINE_E else "m"

    def cardinal(self, value: int, form: str = "") -> str:
        if form == "fraction" and value == 1:
            return "ein"
        words = super().cardinal(value, form)
        # "eintausend", "einhundert" of the CLDR are for cheques.
        if value >= 1_000_000:
            return words
        for stiff in ("eintausend", "einhundert"):
            if words.startswith(stiff):
                words = words.removeprefix("ein")
                break
        return words

    def mixed(self, whole: int, part: tuple[int, int], words: str) -> str:
        return f"{self.cardinal(whole, 'm')}einhalb" if part == (1, 2) else super().mixed(whole, part, words)

    def year(self, value: int) -> str:
        if 1100 <= value <= 1999:
            rest = value % 100
            return f"{self.cardinal(value // 100)}hundert{self.cardinal(rest) if rest else ''}"
        return self.cardinal(value)

    def bare_year(self, value: int, before: str, following: str) -> bool:
        return value <= 1999

    def day(self, day: int, before: str) -> str:
        word = before.lower()
        return str(self.ordinal(day, "n" if word in _WEAK_N else "" if word in _WEAK else "r"))

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{'ein' if hour == 1 else self.cardinal(hour)} Uhr"
        if minute or second:
            words += f" {self.cardinal(minute or 0)}"
        if second:
            words += f" und {self.cardinal(second, 'f')} Sekunde{'n' if second > 1 else ''}"
        return words + {"am": " morgens", "pm": " nachmittags" if hour < 6 else " abends"}.get(half, "")

    def regnal(self, value: int, name: str) -> str | None:
        return f"{'die' if name in _FEMININE_RULERS else 'der'} {str(self.ordinal(value)).capitalize()}"


def _ordinal(match: Match, locale: Locale) -> str | None:
    """ "der 3. Mann": only after an article or the like, else the period ends a sentence or marks a list."""
    before = word_before(match).lower()
    following = word_after(match)
    value = int(match["n"])
    chained = regex.match(r"[ ]?(?:–|-|bis|und)[ ]?\d{1,2}\.", after(match, 10))
    if before in _WEAK_N and following in _STARTERS:
        return f"{locale.ordinal(value, 'n')}."
    if before in _WEAK_N or (before in {"und", "bis"} and following.lower() in locale.month_spellings()):
        return locale.ordinal(value, "n")
    if before in _WEAK:
        # "der 3. Straße" would be weak too; the nominative is the commoner.
        return locale.ordinal(value)
    if following in {
        "Platz",
        "Tag",
        "Stock",
        "Teil",
        "Weltkrieg",
        "Advent",
        "Geburtstag",
        "Rang",
        "Akt",
        "Absatz",
        "FC",
    }:
        return locale.ordinal(value, "r")
    if following in {
        "Jahrhundert",
        "Kapitel",
        "Quartal",
        "Semester",
        "Mal",
        "Stockwerk",
        "Obergeschoss",
        "Lebensjahr",
    }:
        return locale.ordinal(value, "s")
    if following in {"Klasse", "Runde", "Etage", "Auflage", "Liga", "Bundesliga", "Stufe", "Minute", "Woche"}:
        return locale.ordinal(value)
    return locale.ordinal(value, "n") if chained else None


def _ruler(match: Match, locale: Locale) -> str | None:
    from ..numbers import is_ruler, roman

    name, value = match["name"], roman(match["roman"])
    if not is_ruler(name):
        return None
    said = f"{name} {locale.regnal(value, name)}"
    following = after(match, 3).strip()
    return said + ("." if not following or not following[:1].islower() else "")


def _roman_ordinal(match: Match, locale: Locale) -> str | None:
    from ..numbers import roman

    before = word_before(match).lower()
    form = "n" if before in _WEAK_N else "" if before in _WEAK else "r"
    return locale.ordinal(roman(match["roman"]), form)


def _decade(match: Match, locale: Locale) -> str:
    tens = f"{locale.cardinal(int(match['d']))}er" if match["d"] != "00" else "er"
    if not match["c"]:
        return tens
    if match["c"] == "20":
        return f"zweitausend{tens}"
    return f"{locale.cardinal(int(match['c']))}hundert{tens}"
