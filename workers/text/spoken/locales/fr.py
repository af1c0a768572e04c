"""French, as it is spoken in France."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from decimal import Decimal

import regex

from ..locale import Locale
from ..scanner import Match, Rule, after

_FEMININE_ENDS = ("tion", "sion", "xion", "té", "tés", "ée", "ées", "ie", "ies", "ette", "ettes", "elle", "elles", "ance", "ence", "ure",
                  "ures", "ade", "aison", "euse", "rice", "esse", "ine", "ines", "tions", "sions", "ille", "illes")  # fmt: skip
_FEMININE = frozenset(
    [
        "heure",
        "heures",
        "minute",
        "minutes",
        "seconde",
        "secondes",
        "femme",
        "femmes",
        "fille",
        "filles",
        "fois",
        "personne",
        "personnes",
        "page",
        "pages",
        "année",
        "années",
        "semaine",
        "semaines",
        "maison",
        "maisons",
        "voiture",
        "voitures",
        "ligne",
        "lignes",
        "chose",
        "choses",
        "place",
        "places",
        "tonne",
        "tonnes",
        "table",
        "tables",
        "porte",
        "portes",
        "lettre",
        "lettres",
        "tasse",
        "tasses",
        "carte",
        "cartes",
        "route",
        "routes",
        "œuvre",
        "chambre",
        "chambres",
        "livre-sterling",
        "étoile",
        "étoiles",
        "vie",
        "école",
        "pièce",
        "pièces",
        "douzaine",
        "centaine",
        "dizaine",
        "nuit",
        "nuits",
    ]
)
_MASCULINE = frozenset(
    ["génie", "côté", "comité", "été", "traité", "musée", "lycée", "incendie", "parapluie"]
)
_FEMININE_RULERS = frozenset(
    ["Élisabeth", "Elisabeth", "Elizabeth", "Catherine", "Anne", "Marie", "Isabelle", "Margrethe", "Beatrix"]
)


class Words(Locale):
    code = "fr"
    cardinals = {"m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine"}
    ordinals = {"": "spellout-ordinal-masculine", "f": "spellout-ordinal-feminine"}
    groups = ".\u00a0\u202f "
    point = "virgule"
    minus = "moins"
    percent = "pour cent"
    permille = "pour mille"
    to = "à"
    over = "sur"
    metre_joint = ""
    per = "par"
    of_scale = "de"
    clock = "h|heures|heure"
    months_extra = {
        "janv": 1,
        "févr": 2,
        "fév": 2,
        "avr": 4,
        "juil": 7,
        "sept": 9,
        "oct": 10,
        "nov": 11,
        "déc": 12,
    }
    scales = {
        "million": ("million", "millions"), "millions": ("million", "millions"), "milliard": ("milliard", "milliards"),
        "milliards": ("milliard", "milliards"), "M": ("million", "millions"), "Md": ("milliard", "milliards"),
        "Mds": ("milliard", "milliards"), "mille": ("mille", "mille"), "k": ("mille", "mille"),
    }  # fmt: skip
    currencies = {
        "EUR": ("m", "euro", "euros", "centime", "centimes"),
        "USD": ("m", "dollar", "dollars", "cent", "cents"),
        "GBP": ("f", "livre", "livres", "penny", "pence"),
        "CHF": ("m", "franc suisse", "francs suisses", "centime", "centimes"),
        "JPY": ("m", "yen", "yens"), "CNY": ("m", "yuan", "yuans"), "PLN": ("m", "zloty", "zlotys"),
        "SEK": ("f", "couronne", "couronnes"), "NOK": ("f", "couronne", "couronnes"),
        "DKK": ("f", "couronne", "couronnes"), "CZK": ("f", "couronne", "couronnes"),
        "INR": ("f", "roupie", "roupies"), "RUB": ("m", "rouble", "roubles"), "BRL": ("m", "réal", "réaux"),
        "CAD": ("m", "dollar canadien", "dollars canadiens", "cent", "cents"),
    }  # fmt: skip
    minor_spoken = False
    unit_gender = "m"
    unit_genders = {
        "hour": "f", "minute": "f", "second": "f", "millisecond": "f", "tonne": "f", "pound": "f", "ounce": "f",
        "calorie": "f", "kilocalorie": "f", "light-year": "f",
    }  # fmt: skip
    units = {
        "speed-kilometer-per-hour": "{0} kilomètres à l'heure", "speed-mile-per-hour": "{0} miles à l'heure",
        "digital-gigabyte": "{0} gigaoctets", "digital-megabyte": "{0} mégaoctets", "digital-kilobyte": "{0} kilooctets", "power-horsepower": "{0} chevaux",
        "temperature-celsius": "{0} degrés Celsius", "temperature-fahrenheit": "{0} degrés Fahrenheit",
    }  # fmt: skip
    fractions = {(1, 2): "un demi", (3, 4): "trois quarts", (1, 4): "un quart"}
    after_whole = {(1, 2): "demi"}
    and_fraction = "et"
    denominators = {
        3: ("tiers", "tiers"), 4: ("quart", "quarts"), 5: ("cinquième", "cinquièmes"), 6: ("sixième", "sixièmes"),
        7: ("septième", "septièmes"), 8: ("huitième", "huitièmes"), 10: ("dixième", "dixièmes"),
        100: ("centième", "centièmes"),
    }  # fmt: skip
    abbreviations = {
        "M.": "Monsieur", "MM.": "Messieurs", "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle",
        "Mlles": "Mesdemoiselles", "Dr": "Docteur", "Dr.": "Docteur", "Pr": "Professeur", "Me": "Maître",
        "St": "Saint", "Ste": "Sainte", "p. ex.": "par exemple", "p.ex.": "par exemple", "c.-à-d.": "c'est-à-dire",
        "c-à-d": "c'est-à-dire", "etc.": "et cetera", "env.": "environ", "av.": "avenue", "bd": "boulevard",
        "bd.": "boulevard", "boul.": "boulevard", "tél.": "téléphone", "n.b.": "nota bene", "N.B.": "nota bene",
        "cf.": "confer", "vol.": "volume", "chap.": "chapitre", "art.": "article", "apr. J.-C.": "après Jésus-Christ",
        "av. J.-C.": "avant Jésus-Christ", "janv.": "janvier", "févr.": "février", "juil.": "juillet",
        "sept.": "septembre", "oct.": "octobre", "nov.": "novembre", "déc.": "décembre", "max.": "maximum",
        "min.": "minimum", "éd.": "édition", "hab.": "habitants", "vs": "contre", "vs.": "contre", "s.v.p.": "s'il vous plaît",
        "svp": "s'il vous plaît", "rdv": "rendez-vous", "qqch.": "quelque chose", "qqn": "quelqu'un",
    }  # fmt: skip
    symbols = {
        "&": "et", "+": "plus", "=": "égale", "×": "fois", "÷": "divisé par", "±": "plus ou moins", "≈": "environ",
        "~": "environ", "<": "inférieur à", ">": "supérieur à", "≤": "au plus", "≥": "au moins", "≠": "différent de",
        "%": "pour cent", "€": "euros", "$": "dollars", "£": "livres", "§": "paragraphe", "№": "numéro", "@": "arobase",
        "*": "fois", "/": "divisé par", "√": "racine carrée de", "∞": "infini",
    }  # fmt: skip
    spelling = {
        "@": "arobase", ".": "point", "-": "tiret", "_": "tiret bas", "/": "barre oblique", ":": "deux-points", "&": "et",
        "+": "plus", "#": "dièse", "hashtag": "hashtag", "=": "égal", "%": "pour cent", "?": "point d'interrogation",
        "!": "point d'exclamation", ",": "virgule", ";": "point-virgule", "*": "astérisque", "~": "tilde",
        "(": "parenthèse ouvrante", ")": "parenthèse fermante", "'": "apostrophe", '"': "guillemet",
        "\\": "barre oblique inverse", "|": "barre verticale", "$": "dollar", "€": "euro", "£": "livre",
        "<": "inférieur", ">": "supérieur", "[": "crochet ouvrant", "]": "crochet fermant", "{": "accolade ouvrante",
        "}": "accolade fermante", "^": "accent circonflexe", "`": "accent grave", "°": "degré", "§": "paragraphe",
        "–": "tiret", "—": "tiret",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "chapitre",
            "tome",
            "volume",
            "acte",
            "scène",
            "partie",
            "livre",
            "saison",
            "épisode",
            "phase",
            "type",
            "classe",
            "article",
            "titre",
            "annexe",
            "niveau",
            "guerre",
        ]
    )

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>\d{1,6}+)[  ]?(?P<e>ères?|ers?|res?|[èe]mes?|ndes?|nds?|es?)(?![\p{L}\d])"
                ),
                _ordinal,
            ),
            Rule(
                regex.compile(r"(?<![\p{L}\d])(?P<r>[IVX]{1,6}+)(?P<e>ers?|re|[èe]mes?|es?)(?![\p{L}\d])"),
                _roman,
            ),
            Rule(regex.compile(r"(?<![\p{L}\d.,/])(?P<n>\d{1,6}+)[  ]?°(?=[  ]?(?:$|[^\d\p{L}]))"), _degrees),
        ]

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 3 and digits[0] != "0" else self.digits(digits)

    def agree(self, value: int, following: str) -> str:
        word = following.lower()
        if value % 10 != 1 or value % 100 == 11 or not word:
            return ""
        feminine = word in _FEMININE or (word.endswith(_FEMININE_ENDS) and word not in _MASCULINE)
        return "f" if feminine else "m"

    def day(self, day: int, before: str) -> str:
        return "premier" if day == 1 else self.cardinal(day)

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour, 'f')} heure{'s' if hour > 1 else ''}"
        if minute or second:
            words += f" {self.cardinal(minute or 0)}"
        if second:
            words += f" et {self.cardinal(second, 'f')} seconde{'s' if second > 1 else ''}"
        return words + {"am": " du matin", "pm": " de l'après-midi" if hour < 6 else " du soir"}.get(half, "")

    def regnal(self, value: int, name: str) -> str | None:
        if value == 1:
            return "première" if name in _FEMININE_RULERS else "premier"
        return self.cardinal(value)

    def scale(self, written: str, whole: str, fraction: str) -> str:
        one, many = self.scales[written]
        return one if int(whole) < 2 else many

    def scaled_money(self, words: str, scale: str, code: str) -> str:
        name = self.currency(code, 1_000_000)
        if scale == "mille":
            return f"{words} mille {name}"
        return f"{words} {scale} {_elided(name)}"

    def unit(self, name: str, whole: str, fraction: str) -> str:
        said = super().unit(name, whole, fraction)
        # French counts up to 1.99 in the singular.
        if name in self.units and int(whole) < 2:
            for many, one in (
                ("kilomètres", "kilomètre"),
                ("miles", "mile"),
                ("octets", "octet"),
                ("degrés", "degré"),
                ("chevaux", "cheval"),
            ):
                said = said.replace(many, one)
        return said

    def currency(self, code: str, value: int | Decimal) -> str:
        return super().currency(code, value)


def _elided(name: str) -> str:
    return f"d'{name}" if name[0] in "aeiouyéè" and not name.startswith(("yen", "yuan")) else f"de {name}"


def _ordinal(match: Match, locale: Locale) -> str | None:
    value, ending = int(match["n"]), match["e"]
    feminine = ending.startswith(("ère", "re", "nde"))
    if ending.startswith(("er", "re", "ère")) and value != 1:
        return None
    if ending.startswith("nd") and value == 2:
        said = "seconde" if feminine else "second"
    else:
        said = str(locale.ordinal(value, "f" if feminine else ""))
    return f"{said}s" if ending.endswith("s") and not said.endswith("s") else said


def _roman(match: Match, locale: Locale) -> str | None:
    from ..numbers import roman

    written, ending = match["r"], match["e"]
    # "Le", "Ve" and the like at the start of a word are caught by the guard; "Ie" is nothing.
    if (
        ending in {"e", "es"}
        and len(written) == 1
        and not regex.match(r"[  ](siècle|arrondissement|République)", after(match, 20))
    ):
        return None
    return str(
        locale.ordinal(
            roman(written), "f" if ending == "re" or regex.match(r"[  ]République", after(match, 14)) else ""
        )
    )


def _degrees(match: Match, locale: Locale) -> str:
    value = int(match["n"])
    return f"{locale.cardinal(value)} degré{'s' if value > 1 else ''}"
