"""Bengali."""

from __future__ import annotations

from num2words import num2words

from ..locale import LARGEST, Locale


class Words(Locale):
    code = "bn"
    decimal_mark = "."
    groups = ",\u00a0\u202f"
    point = "দশমিক"
    minus = "মাইনাস"
    percent = "শতাংশ"
    to = "থেকে"
    per = "প্রতি"
    currencies = {
        "BDT": ("", "টাকা", "টাকা", "পয়সা", "পয়সা"),
        "INR": ("", "রুপি", "রুপি", "পয়সা", "পয়সা"),
        "USD": ("", "ডলার", "ডলার", "সেন্ট", "সেন্ট"),
        "EUR": ("", "ইউরো", "ইউরো", "সেন্ট", "সেন্ট"),
        "GBP": ("", "পাউন্ড", "পাউন্ড"),
    }
    units = {"speed-kilometer-per-hour": "ঘণ্টায় {0} কিলোমিটার"}
    abbreviations = {"ডা.": "ডাক্তার", "ড.": "ডক্টর", "মো.": "মোহাম্মদ", "প্রফ.": "প্রফেসর", "নং": "নম্বর"}
    scales = {"লাখ": ("লাখ", "লাখ"), "লক্ষ": ("লক্ষ", "লক্ষ"), "কোটি": ("কোটি", "কোটি"), "হাজার": ("হাজার", "হাজার")}
    fractions = {
        (1, 2): "অর্ধেক",
        (1, 4): "এক চতুর্থাংশ",
        (3, 4): "তিন চতুর্থাংশ",
        (1, 3): "এক তৃতীয়াংশ",
        (2, 3): "দুই তৃতীয়াংশ",
    }
    spelling = {
        "@": "অ্যাট",
        ".": "ডট",
        "-": "হাইফেন",
        "_": "আন্ডারস্কোর",
        "/": "স্ল্যাশ",
        ":": "কোলন",
        "&": "এবং",
        "+": "প্লাস",
        "#": "হ্যাশ",
        "=": "সমান",
        "%": "শতাংশ",
        "?": "প্রশ্নবোধক চিহ্ন",
        "!": "বিস্ময়বোধক চিহ্ন",
        ",": "কমা",
        "hashtag": "হ্যাশ",
    }

    def cardinal(self, value: int, form: str = "") -> str:
        # The CLDR has no rules for Bengali.
        if value > LARGEST:
            return self.digits(str(value))
        return " ".join(str(num2words(value, lang="bn")).split())

    def time(self, hour: int, minute: int | None, second: int | None, half: str, before: str) -> str:
        words = f"{self.cardinal(hour)}টা"
        return f"{words} {self.cardinal(minute)} মিনিট" if minute else words
