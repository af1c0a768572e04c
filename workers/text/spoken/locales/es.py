"""Spanish, as it is spoken in Spain; Latin America says the same in all but names of money."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..addresses import telephone
from ..locale import Locale
from ..scanner import Match, Rule, word_after, word_before

_MASCULINE_A = frozenset(
    [
        "día",
        "días",
        "problema",
        "problemas",
        "sistema",
        "sistemas",
        "programa",
        "programas",
        "tema",
        "temas",
        "idioma",
        "idiomas",
        "planeta",
        "planetas",
        "mapa",
        "mapas",
        "kilograma",
        "grama",
        "poema",
        "poemas",
        "clima",
        "climas",
    ]
)
_NOT_NOUNS = frozenset(
    [
        "y",
        "e",
        "o",
        "u",
        "ni",
        "de",
        "a",
        "en",
        "con",
        "por",
        "para",
        "que",
        "es",
        "del",
        "al",
        "la",
        "el",
        "los",
        "las",
        "un",
        "una",
        "se",
        "no",
        "son",
        "fue",
        "era",
        "ha",
        "hay",
        "más",
        "menos",
        "o",
        "sin",
        "sobre",
        "como",
        "hasta",
        "desde",
        "entre",
        "igual",
        "pero",
        "está",
    ]
)
_FEMININE = frozenset(
    [
        "vez",
        "veces",
        "parte",
        "partes",
        "mujer",
        "mujeres",
        "noche",
        "noches",
        "ciudad",
        "ciudades",
        "calle",
        "calles",
        "clase",
        "clases",
        "llave",
        "llaves",
    ]
)
_FEMININE_ENDS = ("ción", "ciones", "sión", "siones", "dad", "dades", "tad", "tud", "a", "as")
_FEMININE_RULERS = frozenset(
    ["Isabel", "Catalina", "Beatrix", "María", "Maria", "Margrethe", "Elisabeth", "Elizabeth"]
)


class Words(Locale):
    code = "es"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "fraction": "spellout-cardinal-masculine",
    }
    ordinals = {
        "": "spellout-ordinal-masculine",
        "f": "spellout-ordinal-feminine",
        "a": "spellout-ordinal-masculine-adjective",
    }
    groups = ".\u00a0\u202f "
    point = "coma"
    minus = "menos"
    percent = "por ciento"
    permille = "por mil"
    to = "a"
    over = "sobre"
    metre_joint = ""
    per = "por"
    of_scale = "de"
    month_join = "de|del"
    clock = "h|hs|hrs|horas"
    months_extra = {"setiembre": 9, "set": 9, "ene": 1, "abr": 4, "ago": 8, "dic": 12}
    scales = {
        "millón": ("millón", "millones"), "millones": ("millón", "millones"), "M": ("millón", "millones"),
        "mil": ("mil", "mil"), "billones": ("billón", "billones"), "billón": ("billón", "billones"),
        "mil millones": ("mil millones", "mil millones"), "mill.": ("millón", "millones"),
    }  # fmt: skip
    currencies = {
        "EUR": ("m", "euro", "euros", "céntimo", "céntimos"),
        "USD": ("m", "dólar", "dólares", "centavo", "centavos"),
        "GBP": ("f", "libra", "libras", "penique", "peniques"),
        "CHF": ("m", "franco suizo", "francos suizos", "céntimo", "céntimos"),
        "JPY": ("m", "yen", "yenes"), "CNY": ("m", "yuan", "yuanes"), "PLN": ("m", "esloti", "eslotis"),
        "MXN": ("m", "peso mexicano", "pesos mexicanos", "centavo", "centavos"),
        "ARS": ("m", "peso argentino", "pesos argentinos", "centavo", "centavos"),
        "CLP": ("m", "peso chileno", "pesos chilenos"), "COP": ("m", "peso colombiano", "pesos colombianos"),
        "SEK": ("f", "corona", "coronas"), "NOK": ("f", "corona", "coronas"), "DKK": ("f", "corona", "coronas"),
        "CZK": ("f", "corona", "coronas"), "INR": ("f", "rupia", "rupias"), "RUB": ("m", "rublo", "rublos"),
        "BRL": ("m", "real", "reales", "centavo", "centavos"),
    }  # fmt: skip
    money_and = "con"
    unit_gender = "m"
    unit_genders = {
        "hour": "f", "tonne": "f", "pound": "f", "ounce": "f", "mile": "f", "mile-per-hour": "f", "yard": "f",
        "calorie": "f", "kilocalorie": "f", "hectare": "f",
    }  # fmt: skip
    units = {"temperature-celsius": "{0} grados Celsius", "temperature-fahrenheit": "{0} grados Fahrenheit"}
    fractions = {(1, 2): "un medio", (1, 4): "un cuarto", (3, 4): "tres cuartos"}
    after_whole = {(1, 2): "medio"}
    and_fraction = "y"
    denominators = {
        3: ("tercio", "tercios"), 4: ("cuarto", "cuartos"), 5: ("quinto", "quintos"), 6: ("sexto", "sextos"),
        7: ("séptimo", "séptimos"), 8: ("octavo", "octavos"), 10: ("décimo", "décimos"), 100: ("centésimo", "centésimos"),
    }  # fmt: skip
    abbreviations = {
        "n.º": "número", "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Sres.": "señores", "Dr.": "doctor", "Dra.": "doctora",
        "D.": "don", "Dña.": "doña", "Prof.": "profesor", "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted",
        "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "etc.": "etcétera", "EE. UU.": "Estados Unidos",
        "EE.UU.": "Estados Unidos", "EEUU": "Estados Unidos", "JJ. OO.": "Juegos Olímpicos", "aprox.": "aproximadamente",
        "av.": "avenida", "Avda.": "avenida", "C/": "calle ", "núm.": "número", "pág.": "página", "págs.": "páginas",
        "tel.": "teléfono", "teléf.": "teléfono", "cap.": "capítulo", "vol.": "volumen", "art.": "artículo",
        "a. C.": "antes de Cristo", "d. C.": "después de Cristo", "a.C.": "antes de Cristo", "d.C.": "después de Cristo",
        "máx.": "máximo", "mín.": "mínimo", "vs.": "contra", "Sto.": "santo", "Sta.": "santa", "S.A.": "sociedad anónima",
        "dpto.": "departamento", "izq.": "izquierda", "dcha.": "derecha", "cf.": "compárese", "ej.": "ejemplo",
        "Gral.": "general", "Ing.": "ingeniero", "Lic.": "licenciado",
    }  # fmt: skip
    symbols = {
        "&": "y", "+": "más", "=": "igual a", "×": "por", "÷": "entre", "±": "más menos", "≈": "aproximadamente",
        "~": "aproximadamente", "<": "menor que", ">": "mayor que", "≤": "como máximo", "≥": "como mínimo",
        "≠": "distinto de", "%": "por ciento", "€": "euros", "$": "dólares", "£": "libras", "§": "sección",
        "№": "número", "@": "arroba", "*": "por", "/": "entre", "√": "raíz cuadrada de", "∞": "infinito",
    }  # fmt: skip
    spelling = {
        "@": "arroba", ".": "punto", "-": "guion", "_": "guion bajo", "/": "barra", ":": "dos puntos", "&": "y", "+": "más",
        "#": "almohadilla", "hashtag": "hashtag", "=": "igual", "%": "por ciento", "?": "interrogación",
        "¿": "abre interrogación", "!": "exclamación", "¡": "abre exclamación", ",": "coma", ";": "punto y coma",
        "*": "asterisco", "~": "virgulilla", "(": "abre paréntesis", ")": "cierra paréntesis", "'": "apóstrofo",
        '"': "comillas", "\\": "barra invertida", "|": "barra vertical", "$": "dólar", "€": "euro", "£": "libra",
        "<": "menor que", ">": "mayor que", "[": "abre corchete", "]": "cierra corchete", "{": "abre llave",
        "}": "cierra llave", "^": "acento circunflejo", "`": "acento grave", "°": "grado", "§": "sección",
        "–": "guion", "—": "raya",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "capítulo",
            "tomo",
            "volumen",
            "acto",
            "escena",
            "parte",
            "libro",
            "temporada",
            "episodio",
            "fase",
            "tipo",
            "clase",
            "artículo",
            "título",
            "anexo",
            "nivel",
            "siglo",
            "guerra",
        ]
    )

    def rules(self) -> list[Rule]:
        return [
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])[6-9]\d{2}(?:[ \u00a0]\d{3}[ \u00a0]\d{3}|[ \u00a0]\d{2}[ \u00a0]\d{2}[ \u00a0]\d{2})(?![\d\p{L}]|[ .,]\d)"
                ),
                telephone,
            ),
            Rule(
                regex.compile(
                    r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)(?:\.?(?P<e>[ºª°])|\.?(?P<s>er|era|do|da|ro|ra|to|ta|mo|ma|vo|va|no|na)\b)(?!\p{L})"
                ),
                _ordinal,
            ),
        ]

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 3 and digits[0] != "0" else self.digits(digits)

    def agree(self, value: int, following: str) -> str:
        word = following
        if not word or word in _NOT_NOUNS or not word.islower():
            return ""
        feminine = word in _FEMININE or (word.endswith(_FEMININE_ENDS) and word not in _MASCULINE_A)
        if value % 10 == 1 or value % 1000 >= 200 or value % 1_000_000 >= 200_000:
            return "f" if feminine else "m"
        return ""

    def day(self, day: int, before: str) -> str:
        return "uno" if day == 1 else self.cardinal(day)

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.day(day, before)} de {self.months()[month]}"
        return f"{words} de {self.year(year)}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour, "f") if hour in {1, 21} else self.cardinal(hour)
        if minute:
            words += f" y {self.cardinal(minute)}"
        elif not half:
            words += " hora" if hour == 1 else " horas"
        if second:
            words += f" y {self.cardinal(second)} segundo{'s' if second > 1 else ''}"
        return words + {
            "am": " de la mañana",
            "pm": " de la tarde" if hour < 9 or hour == 12 else " de la noche",
        }.get(half, "")

    def regnal(self, value: int, name: str) -> str | None:
        return (
            self.ordinal(value, "f" if name in _FEMININE_RULERS else "")
            if value <= 10
            else self.cardinal(value)
        )

    def scaled_money(self, words: str, scale: str, code: str) -> str:
        joint = " " if scale == "mil" else " de "
        return f"{words} {scale}{joint}{self.currency(code, 1_000_000)}"

    def minor_gender(self, code: str) -> str:
        return "m"


def _ordinal(match: Match, locale: Locale) -> str | None:
    value = int(match["n"])
    ending = match["e"] or match["s"]
    if ending == "°" and word_before(match).lower() in {"a", "de"} and not word_after(match):
        return None
    if not 1 <= value <= 100:
        return None
    if ending in {"ª", "era", "ra", "da", "ta", "ma", "va", "na"}:
        return locale.ordinal(value, "f")
    # "1.er" and "3.er", or "1º" before a noun: "primer piso".
    return locale.ordinal(
        value,
        "a"
        if ending == "er" or (word_after(match).islower() and word_after(match) not in _NOT_NOUNS)
        else "",
    )
