"""Makes a customer's text safe to speak, and says in words why a text cannot be spoken.

All later offsets (pieces, words, subtitles) refer to the cleaned text, so clean once, at the door.
"""

from __future__ import annotations

import unicodedata

import regex

# Zero-width space, word joiner, BOM, soft hyphen, direction marks: they sound like nothing and split words.
_INVISIBLE = regex.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The two joiners carry meaning in Persian, in Indic scripts and inside emoji; elsewhere they are noise.
_STRAY_JOINERS = regex.compile(
    r"(?<![\u0600-\u1cff\ua8e0-\uabff\p{Extended_Pictographic}\ufe0f\p{EMod}])[\u200c\u200d]+"
)
_CONTROLS = regex.compile(r"[\p{Cc}\p{Cs}--\n\t]", regex.V1)
# No script stacks more marks than this on a letter. Longer stacks only make normalising quadratic.
_MARK_STACK = regex.compile(r"(\p{M}{16})\p{M}+")
_LINE_ENDS = regex.compile("\r\n?|[\x0b\x0c\x85\u2028]|(\u2029)")
_BLANKS = regex.compile(r"\s+")


def _fold(match: regex.Match[str]) -> str:
    lines = match.group().count("\n")
    return " " if lines == 0 else "\n" if lines == 1 else "\n\n"


def clean(text: str) -> str:
    """The text as it will be spoken.

    Unicode NFC; control characters and lone surrogates become spaces; invisible characters go. Runs of white
    space fold to one space, to one newline (a line end) or to "\\n\\n" (a blank line, which ends a
    paragraph). Cleaning twice changes nothing. Linear in the length.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
        text = _STRAY_JOINERS.sub("", text)
        text = unicodedata.normalize("NFC", _MARK_STACK.sub(r"\1", text))
    text = _LINE_ENDS.sub(lambda match: "\n\n" if match.group(1) else "\n", text)
    text = _CONTROLS.sub(" ", text)
    return _BLANKS.sub(_fold, text).strip()


def speakable(text: str) -> bool:
    """Whether anything in the text has a sound: a letter or a digit of any script."""
    return any(character.isalnum() for character in text)


def problem(text: str) -> str | None:
    """What makes a customer's text unacceptable, as a sentence for the customer; None where it is fine."""
    if "\x00" in text:
        return "The text contains a NUL character (U+0000). Remove it."
    if not text.isascii() and regex.search(r"\p{Cs}", text):
        return (
            "The text contains half of a surrogate pair, which is not valid Unicode. Send the text as UTF-8."
        )
    if not text.strip():
        return "The text is empty."
    if not speakable(text):
        return "The text has nothing to speak: it needs at least one letter or digit."
    return None
