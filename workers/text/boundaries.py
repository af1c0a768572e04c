"""Where sentences end: sentencex, and what it does not know."""

from __future__ import annotations

import regex
import sentencex

# One Arabic letter with a period is short for a word ("د." before a doctor's name, "ق.م." for "before Christ").
_SHORTENED = regex.compile(r"(?<![\p{L}\p{M}])\p{Arabic}\.\s*\Z")
_LOOK_BACK = 12


def boundaries(language: str, text: str) -> list[int]:
    """Where each sentence ends, white space after it included; the last one at the end of the text."""
    ends = [boundary["end_index"] for boundary in sentencex.get_sentence_boundaries(language, text)]
    return [
        end for end in ends if end == len(text) or not _SHORTENED.search(text[max(0, end - _LOOK_BACK) : end])
    ]
