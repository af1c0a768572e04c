"""Serbian, in Cyrillic or Latin letters as the text is."""

# ruff: noqa: E501 (tables read better wide)
from __future__ import annotations

from collections.abc import Mapping

from ..slavic import Slavic


class Words(Slavic):
    code = "sr"
    groups = ".\u00a0\u202f"
    point = "зарез"
    minus = "минус"
    percent = "посто"
    to = "до"
    cardinals = {
        "m": "spellout-cardinal-masculine",
        "f": "spellout-cardinal-feminine",
        "n": "spellout-cardinal-neuter",
    }
    ordinals = {"": "spellout-ordinal"}
    per = "по"
    unit_gender = "m"
    clock_before = "у|од|до|u|od|do"
    unit_genders = {"minute": "m", "second": "f", "tonne": "f", "mile": "f", "kilocalorie": "f"}
    currencies = {
        "RSD": ("m", "динар", "динара", "динара"),
        "EUR": ("m", "евро", "евра", "евра", "цент", "цента", "центи"),
        "USD": ("m", "долар", "долара", "долара", "цент", "цента", "центи"),
        "GBP": ("f", "фунта", "фунте", "фунти"),
    }
    abbreviations = {
        "нпр.": "на пример",
        "итд.": "и тако даље",
        "тј.": "то јест",
        "тзв.": "такозвани",
        "бр.": "број",
        "стр.": "страна",
        "тел.": "телефон",
        "ул.": "улица",
        "св.": "свети",
        "др": "доктор",
        "г.": "господин",
        "npr.": "на пример",
        "itd.": "и тако даље",
        "tj.": "то јест",
        "br.": "број",
        "проф.": "професор",
    }
    fractions = {
        (1, 2): "једна половина",
        (1, 4): "једна четвртина",
        (3, 4): "три четвртине",
        (1, 3): "једна трећина",
        (2, 3): "две трећине",
    }
    spelling = {
        "@": "ет",
        ".": "тачка",
        "-": "цртица",
        "_": "доња црта",
        "/": "коса црта",
        ":": "двотачка",
        "&": "и",
        "+": "плус",
        "#": "тараба",
        "=": "једнако",
        "%": "посто",
        "?": "упитник",
        "!": "узвичник",
        ",": "зарез",
        "hashtag": "тараба",
    }
    days = (
        "првог другог трећег четвртог петог шестог седмог осмог деветог десетог једанаестог дванаестог тринаестог четрнаестог петнаестог шеснаестог седамнаестог осамнаестог деветнаестог",
        "двадесетог",
        "тридесетог",
    )

    def year_in_date(self, year: int) -> str:
        # "две хиљаде двадесет четврте": only the last word is an ordinal.
        high, low = divmod(year, 100)
        if not low:
            return self.cardinal(year)
        front = [self.cardinal(high * 100)] if high else []
        tens, ones = (0, low) if low < 20 else divmod(low, 10)
        if tens:
            front.append(self.cardinal(tens * 10) + ("" if ones else "е"))
        last = [f"{self.days[0].split()[ones - 1][:-2]}е"] if ones else []
        return " ".join([*front, *last])

    def months(self) -> Mapping[int, str]:
        names = "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра"
        return dict(enumerate(names.split(), 1))

    def month_spellings(self) -> Mapping[str, int]:
        found = {**super().month_spellings(), **{name: month for month, name in self.months().items()}}
        return {**found, **{_latin(name): month for name, month in found.items()}}

    def finish(self, said: str, near: str) -> str:
        return said if any("\u0400" <= letter <= "\u04ff" for letter in near) else _latin(said)


_LETTERS = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "ђ": "đ", "е": "e", "ж": "ž", "з": "z", "и": "i", "ј": "j",
        "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
        "ћ": "ć", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "č", "џ": "dž", "ш": "š",
    }
)  # fmt: skip


def _latin(text: str) -> str:
    """Serbian Cyrillic in Latin letters."""
    return "".join(
        _LETTERS.get(ord(c)) or (_LETTERS[ord(c.lower())].capitalize() if ord(c.lower()) in _LETTERS else c)
        for c in text
    )
