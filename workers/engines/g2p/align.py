"""Find which phonemes belong to which word, where the G2P does not say.

espeak merges words ("from the" → "fɹʌmðə") and splits others ("1,234"), and pronounces them otherwise alone than in
company. So each word is also spelled alone, and the two strings are matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

Span = tuple[int, int]


def word_spans(together: str, alone: Sequence[str]) -> list[Span]:
    """For each word its span [start, end) in `together`: the phonemes of the run, in which spaces part groups.

    `alone` holds each word's phonemes by itself. Spans are in order, do not overlap and skip spaces; a word without
    phonemes of its own gets an empty span.
    """
    groups = _groups(together)
    if len(groups) == len(alone) and not any(" " in spelled for spelled in alone):
        return groups
    cuts = _cuts(together, alone)
    return [_trimmed(together, start, end) for start, end in pairwise(cuts)]


def _groups(text: str) -> list[Span]:
    spans, start = [], 0
    for group in text.split(" "):
        if group:
            spans.append((start, start + len(group)))
        start += len(group) + 1
    return spans


def _cuts(together: str, alone: Sequence[str]) -> list[int]:
    """Where each word begins in `together`, and the end of the last."""
    separate = "".join(spelled.replace(" ", "") for spelled in alone)
    places = [index for index, char in enumerate(together) if char != " "]
    joined = "".join(together[index] for index in places)
    matcher = SequenceMatcher(None, separate, joined, autojunk=False)
    # A piecewise linear map from the separate spelling to the joined one, exact inside matching blocks.
    knots = [(0, 0)]
    for block in matcher.get_matching_blocks():
        knots += [(block.a, block.b), (block.a + block.size, block.b + block.size)]
    knots.append((len(separate), len(joined)))
    cuts, position, knot = [0], 0, 0
    for spelled in alone[:-1]:
        position += len(spelled.replace(" ", ""))
        while knot + 1 < len(knots) and knots[knot + 1][0] <= position:
            knot += 1
        (a0, b0), (a1, b1) = knots[knot], knots[min(knot + 1, len(knots) - 1)]
        mapped = b0 if a1 == a0 else round(b0 + (position - a0) * (b1 - b0) / (a1 - a0))
        cut = places[mapped] if mapped < len(places) else len(together)
        cuts.append(max(cuts[-1], _snapped(together, cut)))
    return [*cuts, len(together)]


def _snapped(text: str, cut: int) -> int:
    """The cut moved behind a space that is one place off."""
    for distance in (0, 1, -1):
        if 0 < cut + distance < len(text) and text[cut + distance - 1] == " ":
            return cut + distance
    return cut


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    return start, end
