"""Tamil."""

from __future__ import annotations

from ..locale import Locale


class Words(Locale):
    code = "ta"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "புள்ளி"
    minus = "மைனஸ்"
    percent = "சதவீதம்"
    to = "முதல்"
    currencies = {
        "INR": ("", "ரூபாய்", "ரூபாய்", "பைசா", "பைசா"),
        "USD": ("", "டாலர்", "டாலர்", "சென்ட்", "சென்ட்"),
        "EUR": ("", "யூரோ", "யூரோ", "சென்ட்", "சென்ட்"),
        "GBP": ("", "பவுண்ட்", "பவுண்ட்"),
    }
    units = {
        "length-kilometer": "{0} கிலோமீட்டர்",
        "mass-kilogram": "{0} கிலோகிராம்",
        "speed-kilometer-per-hour": "மணிக்கு {0} கிலோமீட்டர்",
    }
    abbreviations = {
        "டாக்டர்.": "டாக்டர்",
        "திரு.": "திரு",
        "எ.கா.": "எடுத்துக்காட்டாக",
        "கி.மீ.": "கிலோமீட்டர்",
        "கி.பி.": "கி பி",
    }
    scales = {"லட்சம்": ("லட்சம்", "லட்சம்"), "கோடி": ("கோடி", "கோடி")}
    fractions = {(1, 2): "அரை", (1, 4): "கால்", (3, 4): "முக்கால்"}
    spelling = {
        "@": "அட்",
        ".": "புள்ளி",
        "-": "ஹைபன்",
        "_": "அடிக்கோடு",
        "/": "சாய்வுக்கோடு",
        ":": "முக்காற்புள்ளி",
        "&": "மற்றும்",
        "+": "கூட்டல்",
        "#": "ஹாஷ்",
        "=": "சமம்",
        "%": "சதவீதம்",
        "?": "கேள்விக்குறி",
        "!": "ஆச்சரியக்குறி",
        ",": "காற்புள்ளி",
        "hashtag": "ஹாஷ்",
    }

    def cardinal(self, value: int, form: str = "") -> str:
        words = super().cardinal(value)
        # The CLDR counts "one thousand" as two words where Tamil has one.
        return words.removeprefix("ஒன்று ") if 1000 <= value < 2000 else words

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour)} மணி"
        return f"{words} {self.cardinal(minute)} நிமிடம்" if minute else words
