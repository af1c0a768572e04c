"""What is spelled rather than read: web and e-mail addresses, handles, hashtags and telephone numbers."""

from __future__ import annotations

import regex

from .locale import Locale
from .scanner import Match, Rule
from .spelling import address

_TLDS = (
    "com|org|net|edu|gov|info|biz|io|ai|app|dev|tech|online|shop|store|blog|cloud|eu|uk|us|ca|au|nz|ie|de|at|ch|fr|be|"
    "es|mx|ar|it|pt|br|nl|pl|se|dk|no|fi|cz|hu|ro|gr|ua|bg|tr|vn|in|cn|jp|kr|sk|si|hr|rs|ru|il|ir|pk|th|id|my|tv|me|co"
)
_SAFE_ENDINGS = frozenset(["com", "org", "net", "edu", "gov", "info", "io", "ai", "app", "dev"])
_WORD_ENDINGS = frozenset(["in", "me", "is", "no", "us", "it", "si", "at", "de", "es", "be", "to"])
_TRAILING = ".,;:!?'\"»”’)]}>"


def _url(match: Match, locale: Locale) -> str | None:
    text = match.group()
    kept = text.rstrip(_TRAILING)
    if not kept or not any(map(str.isalnum, kept)):
        return None
    said = regex.sub(r"^https?://", "", kept, flags=regex.IGNORECASE).rstrip("/") or kept
    return address(said, locale) + text[len(kept) :]


def _mail(match: Match, locale: Locale) -> str:
    return address(match.group(), locale)


def _handle(match: Match, locale: Locale) -> str:
    at = locale.spelling.get("@", "@")
    return f"{at} {address(match['name'], locale)}"


def _hashtag(match: Match, locale: Locale) -> str:
    name = locale.spelling.get("hashtag") or locale.spelling.get("#", "#")
    # "#ClimateAction" is read as two words.
    words = regex.sub(r"(?<=\p{Ll})(?=\p{Lu})", " ", match["name"])
    return f"{name} {address(words, locale)}"


def telephone(match: Match, locale: Locale) -> str | None:
    """Groups as they are written, each digit by its name, with commas between the groups."""
    text = match.group()
    digits = sum(map(str.isdecimal, text))
    if text.endswith(" 000"):
        # A round number with spaces between its thousands.
        return None
    if not 7 <= digits <= 15 or regex.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text):
        return None
    groups = regex.findall(r"\d+", text)
    gap, comma = (" ", ", ") if locale.spaced else ("", "，")
    plus = locale.spelling.get("+", "+") + gap if text.lstrip("(").startswith("+") else ""
    return plus + comma.join(locale.digits("".join(str(int(d)) for d in group)) for group in groups)


def rules(locale: Locale) -> list[Rule]:
    """Rules for addresses and telephone numbers. Lengths are bounded: longer ones are no addresses."""
    label = r"[\p{L}\d](?:[\p{L}\d_-]{0,62}+)"
    local = r"[\p{L}\d][\p{L}\d._%+-]{0,63}+"
    space = r"[ \u00a0\u202f]"
    return [
        Rule(
            regex.compile(r"(?<![\p{L}\d])(?:https?://|www\.)[^\s<>\"“”«»]{1,2000}+", regex.IGNORECASE), _url
        ),
        Rule(
            regex.compile(rf"(?<![\p{{L}}\d._%+-]){local}@{label}(?:\.{label}){{1,5}}+(?![\p{{L}}\d])"),
            _mail,
        ),
        Rule(
            regex.compile(
                rf"(?<![\p{{L}}\d@._-])(?:[a-zA-Z\d][a-zA-Z\d-]{{0,62}}+\.){{1,4}}(?:{_TLDS})(?![\p{{L}}\d]|\.[\p{{L}}\d])"
                r"(?:/[\w./?=&#%~+-]{0,500}+)?"
            ),
            _bare_domain,
        ),
        Rule(regex.compile(r"(?<![\p{L}\d@._])@(?P<name>[A-Za-z_][\w.]{0,29}\w)"), _handle),
        Rule(
            regex.compile(r"(?<![\p{L}\d#&])#(?P<name>(?=\d{0,20}[\p{L}_])[\p{L}\p{M}\d_]{1,100}+)"), _hashtag
        ),
        Rule(
            regex.compile(
                rf"(?<![\p{{L}}\d.,/-])(?:\+\d{{1,3}}(?:{space}|[./-])?(?:\(0?\d{{0,4}}\){space}?)?|\(\d{{2,5}}\){space}?|(?=0))"
                rf"\d{{1,14}}+(?:(?:{space}|[./-]|{space}[/–-]{space})\d{{1,8}}+){{0,6}}+(?![\d\p{{L}}]|[.,]\d)"
            ),
            telephone,
        ),
        # Plain groups of a fixed shape: 555-123-4567, 555-1234.
        Rule(
            regex.compile(r"(?<![\p{L}\d.,/-])(?:1-)?\d{3}([-. ])\d{3}\1\d{4}(?![\d\p{L}-]|[.,]\d)"),
            telephone,
        ),
        # Numbers of books and accounts.
        Rule(
            regex.compile(r"(?<![\p{L}\d.,/-])\d{1,10}+(?:-\d{1,10}+){2,6}+(?![\d\p{L}-]|[.,]\d)"), telephone
        ),
        Rule(regex.compile(r"(?<![\p{L}\d.,/-])555-\d{4}(?![\d\p{L}-])"), telephone),
    ]


def _bare_domain(match: Match, locale: Locale) -> str | None:
    """ "example.com": letters in front of the last period, and no word of a sentence after it ("it.in")."""
    text = match.group()
    host = text.split("/", 1)[0]
    name, _, ending = host.rpartition(".")
    if not any(map(str.isalpha, name)):
        return None
    safe = ending in _SAFE_ENDINGS or "." in name or "/" in text
    # "end.in" of a sentence without a space is likelier than such a site, save where it is a country's own.
    own = ending == locale.code and name.islower()
    doubtful = name[:1].isupper() or len(name) < 3 or ending in _WORD_ENDINGS
    if doubtful and not safe and not (own and len(name) > 2):
        return None
    kept = text.rstrip(_TRAILING)
    return address(kept, locale) + text[len(kept) :]
