"""Italian."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule, after, word_after, word_before

_NOT_NOUNS = frozenset(
    [
        "e",
        "o",
        "ed",
        "od",
        "di",
        "a",
        "da",
        "in",
        "con",
        "su",
        "per",
        "tra",
        "fra",
        "che",
        "è",
        "il",
        "lo",
        "la",
        "i",
        "gli",
        "le",
        "un",
        "una",
        "del",
        "al",
        "sono",
        "ha",
        "non",
        "più",
        "meno",
    ]
)
_MASCULINE_A = frozenset(
    ["problema", "sistema", "programma", "tema", "panorama", "clima", "poeta", "pianeta", "euro"]
)
_FEMININE = frozenset(
    [
        "volta",
        "parte",
        "notte",
        "città",
        "persona",
        "lezione",
        "stazione",
        "classe",
        "chiave",
        "luce",
        "ora",
        "settimana",
    ]
)
_FEMININE_ENDS = ("a", "zione", "sione", "gione", "tà", "tù", "trice", "ice")
_FEMININE_RULERS = frozenset(
    ["Elisabetta", "Caterina", "Isabella", "Maria", "Beatrix", "Margrethe", "Elizabeth", "Anne"]
)


class Words(Locale):
    code = "it"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "fraction": "spellout-cardinal-masculine",
    }
    ordinals = {"": "spellout-ordinal-masculine", "f": "spellout-ordinal-feminine"}
    groups = ".\u00a0\u202f'’"
    point = "virgola"
    minus = "meno"
    percent = "per cento"
    permille = "per mille"
    to = "a"
    over = "su"
    metre_joint = "e"
    per = "al"
    of_scale = "di"
    clock = "h|ore"
    clock_before = "ore|Ore|alle|dalle"
    months_extra = {"genn": 1, "febbr": 2, "sett": 9}
    scales = {
        "milione": ("milione", "milioni"), "milioni": ("milione", "milioni"), "mln": ("milione", "milioni"),
        "Mln": ("milione", "milioni"), "miliardo": ("miliardo", "miliardi"), "miliardi": ("miliardo", "miliardi"),
        "mld": ("miliardo", "miliardi"), "Mld": ("miliardo", "miliardi"), "M": ("milione", "milioni"), "mila": ("mila", "mila"),
    }  # fmt: skip
    currencies = {
        "EUR": ("m", "euro", "euro", "centesimo", "centesimi"),
        "USD": ("m", "dollaro", "dollari", "centesimo", "centesimi"),
        "GBP": ("f", "sterlina", "sterline", "penny", "pence"),
        "CHF": ("m", "franco svizzero", "franchi svizzeri", "centesimo", "centesimi"),
        "JPY": ("m", "yen", "yen"), "CNY": ("m", "yuan", "yuan"), "PLN": ("m", "złoty", "złoty"),
        "SEK": ("f", "corona", "corone"), "NOK": ("f", "corona", "corone"), "DKK": ("f", "corona", "corone"),
        "CZK": ("f", "corona", "corone"), "INR": ("f", "rupia", "rupie"), "RUB": ("m", "rublo", "rubli"),
        "BRL": ("m", "real", "real"), "TRY": ("f", "lira turca", "lire turche"),
    }  # fmt: skip
    money_and = "e"
    unit_gender = "m"
    unit_genders = {
        "hour": "f", "tonne": "f", "pound": "f", "ounce": "f", "calorie": "f", "kilocalorie": "f", "yard": "f",
    }  # fmt: skip
    units = {"temperature-celsius": "{0} gradi Celsius", "temperature-fahrenheit": "{0} gradi Fahrenheit",
             "speed-mile-per-hour": "{0} miglia orarie"}  # fmt: skip
    fractions = {(1, 2): "un mezzo"}
    after_whole = {(1, 2): "mezzo"}
    and_fraction = "e"
    denominators = {
        3: ("terzo", "terzi"), 4: ("quarto", "quarti"), 5: ("quinto", "quinti"), 6: ("sesto", "sesti"),
        7: ("settimo", "settimi"), 8: ("ottavo", "ottavi"), 10: ("decimo", "decimi"), 100: ("centesimo", "centesimi"),
    }  # fmt: skip
    abbreviations = {
        "Sig.": "Signor", "Sig.ra": "Signora", "Sig.na": "Signorina", "Sigg.": "Signori", "Dott.": "Dottor",
        "Dott.ssa": "Dottoressa", "Dr.": "Dottor", "Prof.": "Professor", "Prof.ssa": "Professoressa", "Ing.": "Ingegner",
        "Avv.": "Avvocato", "Arch.": "Architetto", "On.": "Onorevole", "ecc.": "eccetera", "etc.": "eccetera",
        "p. es.": "per esempio", "p.es.": "per esempio", "ad es.": "ad esempio", "es.": "esempio", "cioè": "cioè",
        "n.": "numero", "nr.": "numero", "pag.": "pagina", "pagg.": "pagine", "cap.": "capitolo", "vol.": "volume",
        "art.": "articolo", "tel.": "telefono", "ca.": "circa", "max.": "massimo", "min.": "minimo",
        "a.C.": "avanti Cristo", "d.C.": "dopo Cristo", "a. C.": "avanti Cristo", "d. C.": "dopo Cristo",
        "S.p.A.": "società per azioni", "V.le": "viale", "P.zza": "piazza", "C.so": "corso", "s.r.l.": "società a responsabilità limitata",
        "cfr.": "confronta", "vs.": "contro", "vs": "contro", "fig.": "figura", "sec.": "secolo", "S.": "San", "c.a.": "circa",
    }  # fmt: skip
    symbols = {
        "&": "e", "+": "più", "=": "uguale a", "×": "per", "÷": "diviso", "±": "più o meno", "≈": "circa", "~": "circa",
        "<": "minore di", ">": "maggiore di", "≤": "al massimo", "≥": "almeno", "≠": "diverso da", "%": "per cento",
        "€": "euro", "$": "dollari", "£": "sterline", "§": "paragrafo", "№": "numero", "@": "chiocciola", "*": "per",
        "/": "diviso", "√": "radice quadrata di", "∞": "infinito",
    }  # fmt: skip
    spelling = {
        "@": "chiocciola", ".": "punto", "-": "trattino", "_": "trattino basso", "/": "barra", ":": "due punti", "&": "e",
        "+": "più", "#": "cancelletto", "hashtag": "hashtag", "=": "uguale", "%": "per cento", "?": "punto interrogativo",
        "!": "punto esclamativo", ",": "virgola", ";": "punto e virgola", "*": "asterisco", "~": "tilde",
        "(": "parentesi aperta", ")": "parentesi chiusa", "'": "apostrofo", '"': "virgolette", "\\": "barra rovesciata",
        "|": "barra verticale", "$": "dollaro", "€": "euro", "£": "sterlina", "<": "minore", ">": "maggiore",
        "[": "parentesi quadra aperta", "]": "parentesi quadra chiusa", "{": "parentesi graffa aperta",
        "}": "parentesi graffa chiusa", "^": "accento circonflesso", "`": "accento grave", "°": "grado", "§": "paragrafo",
        "–": "trattino", "—": "lineetta",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "capitolo",
            "volume",
            "tomo",
            "atto",
            "scena",
            "parte",
            "libro",
            "stagione",
            "episodio",
            "fase",
            "tipo",
            "classe",
            "articolo",
            "titolo",
            "livello",
        ]
    )

    def rules(self) -> list[Rule]:
        return [
            # "un'ora": before a vowel the feminine article is joined to its noun.
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])1[ ](?=(?P<w>[aeiouàèéìòù]\p{Ll}{1,29}+))"), _joined),
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)(?P<e>[ºª°])(?![CF\p{L}])"), _ordinal),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d])(?P<r>[IVX]{1,6}+)(?=[  ](?:secolo|guerra mondiale|edizione|Repubblica))"
                ),
                _roman,
            ),
        ]

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 3 and digits[0] != "0" else self.digits(digits)

    def agree(self, value: int, following: str) -> str:
        word = following
        if value != 1 or not word or word in _NOT_NOUNS or not word.islower():
            return ""
        feminine = word in _FEMININE or (word.endswith(_FEMININE_ENDS) and word not in _MASCULINE_A)
        # "uno studente", "uno zaino", "uno psicologo".
        if not feminine and regex.match(r"s[^aeiouàèéìòù]|z|ps|gn|x|y|pn", word):
            return ""
        return "f" if feminine else "m"

    def day(self, day: int, before: str) -> str:
        return "primo" if day == 1 else self.cardinal(day)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = "una" if hour == 1 else self.cardinal(hour)
        if minute:
            words += f" e {self.cardinal(minute)}"
        elif hour == 0:
            words = "zero"
        if second:
            words += f" e {self.cardinal(second)} second{'i' if second > 1 else 'o'}"
        return words + {
            "am": " di mattina",
            "pm": " del pomeriggio" if hour < 6 or hour == 12 else " di sera",
        }.get(half, "")

    def regnal(self, value: int, name: str) -> str | None:
        return self.ordinal(value, "f" if name in _FEMININE_RULERS else "")

    def scaled_money(self, words: str, scale: str, code: str) -> str:
        name = self.currency(code, 1_000_000)
        return f"{words}{scale} {name}" if scale == "mila" else f"{words} {scale} di {name}"


def _joined(match: Match, locale: Locale) -> str | None:
    return "un'" if locale.agree(1, match["w"]) == "f" else None


def _ordinal(match: Match, locale: Locale) -> str | None:
    if match["e"] == "°" and (not word_after(match) or word_before(match).lower() in {"a", "di"}):
        return None
    value = int(match["n"])
    return locale.ordinal(value, "f" if match["e"] == "ª" else "") if value else None


def _roman(match: Match, locale: Locale) -> str | None:
    from ..numbers import roman

    feminine = after(match, 8).strip().startswith(("guerra", "edizion", "Repubbl"))
    return locale.ordinal(roman(match["r"]), "f" if feminine else "")
