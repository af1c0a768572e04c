"""Takes the marks of written chat (Markdown, emoji) out of a text that is to be spoken."""

from __future__ import annotations

import regex

_FENCE = regex.compile(r"```[^\n]*\n?|```")
_LINK = regex.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_LINE_START = regex.compile(r"(?m)^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+)")
_EMPHASIS = regex.compile(r"(\*\*|__|\*|~~|`)(?=\S)|(?<=\S)(\*\*|__|\*|~~|`)")
_PICTURES = regex.compile(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\u200D]+")


def plain(text: str) -> str:
    """The words alone: no headings' marks, bullets, emphasis, code fences, pictures; of a link its text."""
    text = _LINK.sub(r"\1", _FENCE.sub("", text))
    text = _LINE_START.sub("", text)
    # Digits and signs count as pictures to Unicode; only what no keyboard has goes.
    return _PICTURES.sub(lambda found: found[0] if found[0].isascii() else "", _EMPHASIS.sub("", text))
