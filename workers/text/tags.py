"""The tags of the KugelAudio API inside a text: `<spell>`, `<prosody rate>`, `<break time>`.

What is no tag of these stays text: "a < b" is spoken as written. Of a tag that is known by its name but not
understood (`<prosody pitch="high">`), of closing tags without an opening one, and of other tags in the manner of
SSML (`<emphasis>`), only the brackets and what is in them go; the text inside is spoken. A tag that is never
closed holds to the end of the text. Inline phonemes (`/həˈloʊ/`) are left to the engine: slashes are too common in
ordinary text ("and/or", "24/7", paths) to be told apart from them here.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

BREAKS_MS = (200, 400, 500)
"""Rests that the API knows; any other length becomes the nearest, a tag without a length the first."""
RATES = {"x-slow": 0.8, "slow": 0.9, "medium": 1.0, "default": 1.0, "normal": 1.0, "fast": 1.1, "x-fast": 1.2}
MIN_RATE, MAX_RATE = 0.8, 1.2

HELD_TAG = 64
"""Characters that may follow "<" before it is taken as no tag."""
HELD_SPELL = 500
"""Characters that an unclosed `<spell>` may hold back."""

_TAG = regex.compile(
    r"<(?P<close>/)?(?P<name>[A-Za-z][A-Za-z-]{0,15}+)(?P<rest>(?:\s[^<>]{0,199}+)?)\s?/?>",
    regex.V0,
)
_KNOWN = frozenset(
    [
        "spell",
        "prosody",
        "break",
        "speak",
        "emphasis",
        "say-as",
        "sub",
        "phoneme",
        "voice",
        "p",
        "s",
        "audio",
        "mark",
        "lang",
        "par",
        "seq",
        "w",
        "token",
        "pause",
    ]
)
_TIME = regex.compile(r"time\s*=\s*[\"']?\s*(\d{0,6}(?:\.\d{1,6})?)\s*(ms|s)?", regex.IGNORECASE)
_STRENGTH = {"none": 0, "x-weak": 200, "weak": 200, "medium": 400, "strong": 500, "x-strong": 500}
_STRENGTH_PATTERN = regex.compile(r"strength\s*=\s*[\"']?\s*([a-z-]{1,10})", regex.IGNORECASE)
_RATE = regex.compile(r"rate\s*=\s*[\"']?\s*([a-zA-Z-]{1,10}|[+-]?\d{1,4}(?:\.\d{1,6})?%?)", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """Text to speak in one manner: `text == original[source_start:source_end]`.

    `rate`: speed relative to the request's own, 0.8 to 1.2. `spell`: letter by letter.
    """

    text: str
    source_start: int
    source_end: int
    rate: float = 1.0
    spell: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of so many milliseconds: 200, 400 or 500."""

    ms: int
    source_start: int
    source_end: int


def parse(text: str, open_rates: list[float] | None = None) -> list[Run | Break]:
    """The runs and rests of a text, in order. Offsets refer to `text`. Linear; never raises.

    `open_rates`: for a text that comes in stretches. The rates of the prosody tags that are open before it, the
    innermost last; changed in place to those open after it. Keep one list for each stream.
    """
    found: list[Run | Break] = []
    rates = open_rates if open_rates is not None else []
    spelling = False
    position = 0

    def say(end: int) -> None:
        if end > position:
            found.append(Run(text[position:end], position, end, rates[-1] if rates else 1.0, spelling))

    for match in _TAG.finditer(text):
        name = match["name"].lower()
        if name not in _KNOWN:
            continue
        if spelling and not (name == "spell" and match["close"]):
            # Inside <spell> everything is spelled; only its own end counts.
            continue
        say(match.start())
        position = match.end()
        alone = match.group().endswith("/>")
        if name == "break" and not match["close"]:
            if ms := _rest(match["rest"]):
                found.append(Break(ms, match.start(), match.end()))
        elif name == "spell":
            spelling = not match["close"] and not alone
        elif name == "prosody":
            if match["close"]:
                if rates:
                    rates.pop()
            elif not alone:
                # Nested tags are not multiplied: the inner one counts.
                rates.append(_rate(match["rest"], rates[-1] if rates else 1.0))
    say(len(text))
    return found


def _rest(attributes: str) -> int:
    """Milliseconds of a break, 0 for none at all."""
    if (strength := _STRENGTH_PATTERN.search(attributes)) and "time" not in attributes.lower():
        return _STRENGTH.get(strength[1].lower(), BREAKS_MS[0])
    time = _TIME.search(attributes)
    if not time or time[1] in {"", "."}:
        return BREAKS_MS[0]
    ms = float(time[1]) * (1000 if (time[2] or "ms").lower() == "s" else 1)
    return min(BREAKS_MS, key=lambda known: abs(known - ms))


def _rate(attributes: str, otherwise: float) -> float:
    """The rate of a prosody tag, drawn into what the API allows."""
    found = _RATE.search(attributes)
    if not found:
        return otherwise
    value = found[1].lower()
    if value in RATES:
        return RATES[value]
    try:
        rate = float(value.rstrip("%"))
    except ValueError:
        return otherwise
    if value.endswith("%"):
        # "+10%" is relative, "110%" absolute, as in SSML.
        rate = 1 + rate / 100 if value[0] in "+-" else rate / 100
    return min(MAX_RATE, max(MIN_RATE, rate))


_OPEN = regex.compile(r"<spell(?:\s[^<>]{0,199}+)?>", regex.IGNORECASE)
_CLOSE = regex.compile(r"</spell\s?>", regex.IGNORECASE)
_MAYBE_TAG = regex.compile(r"<(?:/?[A-Za-z][^<>]*)?/?$|</$")


class TagBuffer:
    """Gathers a text that comes in fragments, and lets go what may be spoken.

    A tag that is not finished, and a `<spell>` that is not closed, are held back until they are, or until
    `HELD_TAG` and `HELD_SPELL` characters wait: then they were no tags. Nothing is ever lost: the pieces that
    come out are the fragments that went in.
    """

    def __init__(self) -> None:
        self._held = ""

    @property
    def held(self) -> int:
        """How many characters wait."""
        return len(self._held)

    def push(self, fragment: str) -> str:
        """Takes the next fragment; returns all that may be spoken now."""
        text = self._held + fragment
        cut = self._cut(text)
        self._held = text[cut:]
        return text[:cut]

    def flush(self) -> str:
        """Returns whatever still waits, as the text has ended."""
        text, self._held = self._held, ""
        return text

    @staticmethod
    def _cut(text: str) -> int:
        """How much of the text may go."""
        position = 0
        while opened := _OPEN.search(text, position):
            closed = _CLOSE.search(text, opened.end())
            if closed is None:
                if len(text) - opened.start() <= HELD_SPELL:
                    return opened.start()
                # No end follows: only an opening tag near the end can still be waiting for one.
                position = max(opened.end(), len(text) - HELD_SPELL)
            else:
                position = closed.end()
        last = text.rfind("<", position)
        if last >= 0 and len(text) - last <= HELD_TAG and _MAYBE_TAG.match(text, last):
            return last
        return len(text)
