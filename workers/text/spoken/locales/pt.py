"""Portuguese; Brazil and Portugal both follow what is said here. "$" is a dollar, "R$" a real."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

import regex

from ..locale import Locale
from ..scanner import Match, Rule, word_after, word_before

_NOT_NOUNS = frozenset(
    [
        "e",
        "o",
        "a",
        "os",
        "as",
        "ou",
        "de",
        "da",
        "do",
        "em",
        "na",
        "no",
        "com",
        "por",
        "para",
        "que",
        "é",
        "um",
        "uma",
        "são",
        "foi",
        "há",
        "mais",
        "menos",
        "até",
    ]
)
_MASCULINE_A = frozenset(
    [
        "dia",
        "dias",
        "problema",
        "problemas",
        "sistema",
        "sistemas",
        "programa",
        "programas",
        "tema",
        "temas",
        "mapa",
        "mapas",
        "planeta",
        "planetas",
        "quilograma",
        "grama",
        "gramas",
        "idioma",
        "clima",
    ]
)
_FEMININE = frozenset(
    [
        "vez",
        "vezes",
        "parte",
        "partes",
        "mulher",
        "mulheres",
        "noite",
        "noites",
        "cidade",
        "cidades",
        "tarde",
        "manhã",
        "manhãs",
    ]
)
_FEMININE_ENDS = ("ção", "ções", "são", "sões", "dade", "dades", "a", "as", "gem", "gens")
_FEMININE_RULERS = frozenset(["Isabel", "Catarina", "Maria", "Beatrix", "Margrethe", "Elizabeth"])


class Words(Locale):
    code = "pt"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "fraction": "spellout-cardinal-masculine",
    }
    ordinals = {"": "spellout-ordinal-masculine", "f": "spellout-ordinal-feminine"}
    groups = ".\u00a0\u202f "
    point = "vírgula"
    minus = "menos"
    percent = "por cento"
    permille = "por mil"
    to = "a"
    over = "sobre"
    metre_joint = "e"
    per = "por"
    of_scale = "de"
    month_join = "de"
    clock = "h|hs|horas"
    scales = {
        "milhão": ("milhão", "milhões"), "milhões": ("milhão", "milhões"), "mi": ("milhão", "milhões"),
        "M": ("milhão", "milhões"), "bilhão": ("bilhão", "bilhões"), "bilhões": ("bilhão", "bilhões"),
        "bi": ("bilhão", "bilhões"), "mil": ("mil", "mil"), "mil milhões": ("mil milhões", "mil milhões"),
    }  # fmt: skip
    currencies = {
        "EUR": ("m", "euro", "euros", "cêntimo", "cêntimos"),
        "USD": ("m", "dólar", "dólares", "centavo", "centavos"),
        "BRL": ("m", "real", "reais", "centavo", "centavos"),
        "GBP": ("f", "libra", "libras", "pêni", "pence"),
        "CHF": ("m", "franco suíço", "francos suíços", "cêntimo", "cêntimos"),
        "JPY": ("m", "iene", "ienes"), "CNY": ("m", "yuan", "yuans"), "PLN": ("m", "zlóti", "zlótis"),
        "SEK": ("f", "coroa", "coroas"), "NOK": ("f", "coroa", "coroas"), "DKK": ("f", "coroa", "coroas"),
        "CZK": ("f", "coroa", "coroas"), "INR": ("f", "rupia", "rupias"), "RUB": ("m", "rublo", "rublos"),
    }  # fmt: skip
    money_and = "e"
    unit_gender = "m"
    unit_genders = {
        "hour": "f", "tonne": "f", "pound": "f", "ounce": "f", "mile": "f", "mile-per-hour": "f", "yard": "f",
        "calorie": "f", "kilocalorie": "f",
    }  # fmt: skip
    units = {"temperature-celsius": "{0} graus Celsius", "temperature-fahrenheit": "{0} graus Fahrenheit"}
    fractions = {(1, 2): "meio", (2, 3): "dois terços"}
    after_whole = {(1, 2): "meio"}
    and_fraction = "e"
    denominators = {
        3: ("terço", "terços"), 4: ("quarto", "quartos"), 5: ("quinto", "quintos"), 6: ("sexto", "sextos"),
        7: ("sétimo", "sétimos"), 8: ("oitavo", "oitavos"), 10: ("décimo", "décimos"), 100: ("centésimo", "centésimos"),
    }  # fmt: skip
    abbreviations = {
        "n.º": "número", "Sr.": "senhor", "Sra.": "senhora", "Srta.": "senhorita", "Srs.": "senhores", "Dr.": "doutor", "Dra.": "doutora",
        "D.": "dom", "Prof.": "professor", "Profa.": "professora", "Eng.": "engenheiro", "p. ex.": "por exemplo",
        "p.ex.": "por exemplo", "etc.": "et cetera", "EUA": "Estados Unidos", "E.U.A.": "Estados Unidos",
        "aprox.": "aproximadamente", "Av.": "avenida", "R.": "rua", "núm.": "número", "pág.": "página",
        "págs.": "páginas", "tel.": "telefone", "cap.": "capítulo", "vol.": "volume", "art.": "artigo",
        "a.C.": "antes de Cristo", "d.C.": "depois de Cristo", "a. C.": "antes de Cristo", "d. C.": "depois de Cristo",
        "máx.": "máximo", "mín.": "mínimo", "vs.": "contra", "Sto.": "santo", "Sta.": "santa", "Ltda.": "limitada",
        "Lda.": "limitada", "séc.": "século", "ed.": "edição", "obs.": "observação", "Exmo.": "excelentíssimo",
        "depto.": "departamento", "cf.": "confira", "ex.": "exemplo",
    }  # fmt: skip
    symbols = {
        "&": "e", "+": "mais", "=": "igual a", "×": "vezes", "÷": "dividido por", "±": "mais ou menos",
        "≈": "aproximadamente", "~": "aproximadamente", "<": "menor que", ">": "maior que", "≤": "no máximo",
        "≥": "no mínimo", "≠": "diferente de", "%": "por cento", "€": "euros", "$": "dólares", "£": "libras",
        "§": "parágrafo", "№": "número", "@": "arroba", "*": "vezes", "/": "dividido por", "√": "raiz quadrada de",
        "∞": "infinito",
    }  # fmt: skip
    spelling = {
        "@": "arroba", ".": "ponto", "-": "hífen", "_": "sublinhado", "/": "barra", ":": "dois-pontos", "&": "e",
        "+": "mais", "#": "cerquilha", "hashtag": "hashtag", "=": "igual", "%": "por cento", "?": "ponto de interrogação",
        "!": "ponto de exclamação", ",": "vírgula", ";": "ponto e vírgula", "*": "asterisco", "~": "til",
        "(": "abre parênteses", ")": "fecha parênteses", "'": "apóstrofo", '"': "aspas", "\\": "barra invertida",
        "|": "barra vertical", "$": "cifrão", "€": "euro", "£": "libra", "<": "menor que", ">": "maior que",
        "[": "abre colchete", "]": "fecha colchete", "{": "abre chave", "}": "fecha chave", "^": "acento circunflexo",
        "`": "acento grave", "°": "grau", "§": "parágrafo", "–": "travessão", "—": "travessão",
    }  # fmt: skip
    roman_words = frozenset(
        [
            "capítulo",
            "tomo",
            "volume",
            "ato",
            "cena",
            "parte",
            "livro",
            "temporada",
            "episódio",
            "fase",
            "tipo",
            "classe",
            "artigo",
            "título",
            "anexo",
            "nível",
            "século",
        ]
    )

    def rules(self) -> list[Rule]:
        return [
            Rule(regex.compile(r"(?<![\p{L}\d.,/-])(?P<n>\d{1,4}+)\.?(?P<e>[ºª°])(?![CF\p{L}])"), _ordinal)
        ]

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 3 and digits[0] != "0" else self.digits(digits)

    def agree(self, value: int, following: str) -> str:
        word = following
        if not word or word in _NOT_NOUNS or not word.islower():
            return ""
        feminine = word in _FEMININE or (word.endswith(_FEMININE_ENDS) and word not in _MASCULINE_A)
        return "f" if feminine else ""

    def day(self, day: int, before: str) -> str:
        return "primeiro" if day == 1 else self.cardinal(day)

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        words = f"{self.day(day, before)} de {self.months()[month]}"
        return f"{words} de {self.year(year)}" if year is not None else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour, "f")
        if minute:
            words += f" e {self.cardinal(minute)}"
        elif not half:
            words += " hora" if hour == 1 else " horas"
        if second:
            words += f" e {self.cardinal(second)} segundo{'s' if second > 1 else ''}"
        return words + {"am": " da manhã", "pm": " da tarde" if hour < 7 or hour == 12 else " da noite"}.get(
            half, ""
        )

    def regnal(self, value: int, name: str) -> str | None:
        return (
            self.ordinal(value, "f" if name in _FEMININE_RULERS else "")
            if value <= 10
            else self.cardinal(value)
        )

    def scale(self, written: str, whole: str, fraction: str) -> str:
        one, many = self.scales[written]
        return one if int(whole) < 2 else many

    def scaled_money(self, words: str, scale: str, code: str) -> str:
        joint = " " if scale == "mil" else " de "
        return f"{words} {scale}{joint}{self.currency(code, 1_000_000)}"


def _ordinal(match: Match, locale: Locale) -> str | None:
    if match["e"] == "°" and (not word_after(match) or word_before(match).lower() in {"a", "de"}):
        return None
    value = int(match["n"])
    return locale.ordinal(value, "f" if match["e"] == "ª" else "") if value else None
