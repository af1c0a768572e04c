"""Hindi."""

from __future__ import annotations

from ..locale import Locale


class Words(Locale):
    code = "hi"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "दशमलव"
    minus = "माइनस"
    percent = "प्रतिशत"
    to = "से"
    ordinals = {"": "spellout-ordinal-masculine", "f": "spellout-ordinal-feminine"}
    per = "प्रति"
    dollar = "USD"
    currencies = {
        "INR": ("", "रुपया", "रुपये", "पैसा", "पैसे"),
        "USD": ("", "डॉलर", "डॉलर", "सेंट", "सेंट"),
        "EUR": ("", "यूरो", "यूरो", "सेंट", "सेंट"),
        "GBP": ("", "पाउंड", "पाउंड"),
    }
    abbreviations = {
        "डॉ.": "डॉक्टर",
        "प्रो.": "प्रोफ़ेसर",
        "श्री.": "श्री",
        "रु.": "रुपये",
        "ई.": "ईस्वी",
        "सं.": "संख्या",
        "पृ.": "पृष्ठ",
    }
    scales = {
        "लाख": ("लाख", "लाख"),
        "करोड़": ("करोड़", "करोड़"),
        "हज़ार": ("हज़ार", "हज़ार"),
        "मिलियन": ("मिलियन", "मिलियन"),
        "अरब": ("अरब", "अरब"),
    }
    fractions = {(1, 2): "आधा", (1, 4): "चौथाई", (3, 4): "तीन चौथाई", (1, 3): "एक तिहाई", (2, 3): "दो तिहाई"}
    spelling = {
        "@": "ऐट",
        ".": "डॉट",
        "-": "हाइफ़न",
        "_": "अंडरस्कोर",
        "/": "स्लैश",
        ":": "कोलन",
        "&": "और",
        "+": "प्लस",
        "#": "हैश",
        "=": "बराबर",
        "%": "प्रतिशत",
        "?": "प्रश्नचिह्न",
        "!": "विस्मयादिबोधक चिह्न",
        ",": "कॉमा",
        "hashtag": "हैश",
    }

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = self.cardinal(hour)
        return f"{words} बजकर {self.cardinal(minute)} मिनट" if minute else f"{words} बजे"
