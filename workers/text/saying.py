"""What an engine is to say for a line of a script, and the way back to where it is written."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from .sounding import Sounding, composed
from .spoken import Spoken, normalise, spell
from .tags import Run, parse
from .wording import worded

_TOKEN = regex.compile(r"\S+")


def say(text: str, language: str, *, markup: bool, normalize: bool, inside_spell: bool = False) -> Spoken:
    """What an engine is to say for the text of a line: tags gone, line ends as spaces. Linear; never raises.

    `normalize`: numbers, dates and the like in words, `<spell>` letter by letter ("k, a, j, o, at, …"); without it
    the text is said as written, that inside `<spell>` too. A spelled stretch leads back to its text up to the next
    white space, without the tags, so that `wording.as_written` makes one word of it.
    """
    if not markup:
        return (
            worded(text, language)
            if normalize
            else _plain(text, language, normalize, [Run(text, 0, len(text))])
        )
    opening = "<spell>" if inside_spell else ""
    said, runs = Sounding(text), list[Run]()
    for part in parse(opening + text):
        start, end = part.source_start - len(opening), part.source_end - len(opening)
        if not isinstance(part, Run):
            runs.append(Run(" ", start, end))
        elif part.spell and normalize:
            said.extend(_plain(text, language, normalize, runs))
            said.extend(_spelled(part.text, start, language))
            runs = []
        else:
            runs.append(Run(part.text, start, end))
    said.extend(_plain(text, language, normalize, runs))
    return said.spoken()


def _plain(source: str, language: str, normalize: bool, runs: Sequence[Run]) -> Spoken:
    """Runs between which there are only tags, said as one text."""
    joined = Sounding(source)
    for run in runs:
        # A break is one space, however long its tag.
        verbatim = len(run.text) == run.source_end - run.source_start
        joined.append(run.text.replace("\n", " "), run.source_start, run.source_end, verbatim)
    plain = joined.spoken()
    return composed(normalise(plain.text, language), plain) if normalize else plain


def _spelled(text: str, start: int, language: str) -> Spoken:
    """A run letter by letter. Each letter leads back to all that stands between two spaces."""
    letters, built = spell(text, language), Sounding(text)
    tokens = [match.span() for match in _TOKEN.finditer(text)]
    token = 0
    for span in letters.spans:
        while token + 1 < len(tokens) and tokens[token][1] <= span.source_start:
            token += 1
        left, right = tokens[token] if tokens else (0, len(text))
        built.append(letters.text[span.start : span.end], start + left, start + right, False)
    return built.spoken()
