"""Finnish."""

from __future__ import annotations

from ..locale import Locale


class Words(Locale):
    code = "fi"
    groups = ".\u00a0\u202f "
    point = "pilkku"
    minus = "miinus"
    percent = "prosenttia"
    to = "viiva"
    ordinals = {"": "spellout-ordinal"}
    clock_before = "klo|kello"
    per = "per"
    currencies = {
        "EUR": ("", "euro", "euroa", "sentti", "senttiä"),
        "USD": ("", "dollari", "dollaria", "sentti", "senttiä"),
        "GBP": ("", "punta", "puntaa"),
    }
    abbreviations = {
        "esim.": "esimerkiksi",
        "ym.": "ynnä muuta",
        "jne.": "ja niin edelleen",
        "mm.": "muun muassa",
        "n.": "noin",
        "ns.": "niin sanottu",
        "klo": "kello",
        "nro": "numero",
        "puh.": "puhelin",
        "ko.": "kyseinen",
        "tms.": "tai muuta sellaista",
        "eKr.": "ennen Kristusta",
        "jKr.": "jälkeen Kristuksen",
        "milj.": "miljoonaa",
    }
    scales = {
        "milj.": ("miljoona", "miljoonaa"),
        "miljoonaa": ("miljoona", "miljoonaa"),
        "mrd.": ("miljardi", "miljardia"),
        "miljardia": ("miljardi", "miljardia"),
    }
    fractions = {
        (1, 2): "puoli",
        (1, 4): "neljäsosa",
        (3, 4): "kolme neljäsosaa",
        (1, 3): "kolmasosa",
        (2, 3): "kaksi kolmasosaa",
    }
    after_whole = {(1, 2): "puoli"}
    and_fraction = "ja"
    spelling = {
        "@": "ät",
        ".": "piste",
        "-": "yhdysviiva",
        "_": "alaviiva",
        "/": "kauttaviiva",
        ":": "kaksoispiste",
        "&": "ja",
        "+": "plus",
        "#": "risuaita",
        "=": "yhtä kuin",
        "%": "prosenttia",
        "?": "kysymysmerkki",
        "!": "huutomerkki",
        ",": "pilkku",
        "hashtag": "hashtag",
    }

    def day(self, day: int, before: str) -> str:
        return str(self.ordinal(day))

    def fraction_digits(self, digits: str) -> str:
        return self.cardinal(int(digits)) if len(digits) <= 2 and digits[0] != "0" else self.digits(digits)
