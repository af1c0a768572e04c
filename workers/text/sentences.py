"""Which sentences of a text that is still being written are complete."""

from __future__ import annotations

import re

from workers.text.split import split

_ENDED = re.compile(r"[.!?…。！？][\"'”’»)\]]*\s*\Z")
# "It costs 3." may become "It costs 3.14": only the next character tells.
_OPEN_NUMBER = re.compile(r"\d\.\Z")
_NO_CUT = 1_000_000


def complete_sentences(buffer: str) -> tuple[list[str], str]:
    """(complete sentences, the rest without white space at its start); nothing else is lost.

    A sentence at the very end counts as complete where another one could follow: so "Hello." does, and "Dr.",
    "e.g." and "3." do not.
    """
    pieces = split(buffer, max_chars=_NO_CUT, target_chars=0)
    if not pieces:
        return [], ""
    last = pieces[-1]
    if _end_is_complete(buffer, len(pieces)):
        return [piece.text for piece in pieces], ""
    return [piece.text for piece in pieces[:-1]], buffer[last.start :]


def _end_is_complete(buffer: str, count: int) -> bool:
    if not _ENDED.search(buffer) or _OPEN_NUMBER.search(buffer):
        return False
    return len(split(f"{buffer.rstrip()} Xyz", max_chars=_NO_CUT, target_chars=0)) > count
