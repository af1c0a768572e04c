"""Chinese and Japanese, which espeak spells badly.

Chinese goes through misaki itself (jieba, pypinyin), Japanese through the readings of OpenJTalk. Both split a run
without spaces into words and spell each of them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .espeak import phonemes as espeak
from .kana import phonemes_of_kana

# jieba builds its dictionary on first use, and OpenJTalk has state of its own.
_lock = threading.Lock()


def chinese(run: str) -> Iterator[tuple[str, str]]:
    """(word, phonemes) of a run of Chinese; numbers are read in Chinese, Latin letters as English."""
    import cn2an
    from misaki.zh import ZHG2P

    with _lock:
        words = _jieba().lcut(run)
    for word in words:
        if word.isascii() and not any(char.isdigit() for char in word):
            yield word, espeak(word, "en-us") if word.strip() else ""
        else:
            spoken = cn2an.transform(word, "an2cn") if any(char.isdigit() for char in word) else word
            yield word, ZHG2P.word2ipa(spoken).replace(chr(815), "")


def japanese(run: str) -> Iterator[tuple[str, str]]:
    """(word, phonemes) of a run of Japanese, as OpenJTalk reads it. The words are cut out of `run` itself."""
    import pyopenjtalk

    with _lock:
        parts: Any = pyopenjtalk.run_frontend(run)
    place, waiting = 0, ""
    for part in parts:
        waiting += phonemes_of_kana(part["pron"]) if part["mora_size"] else ""
        found = run.find(part["string"], place)
        if found < 0:
            # OpenJTalk rewrites some of what it reads (digits become words): the next word takes it along.
            waiting += " "
            continue
        end = found + len(part["string"])
        yield run[place:end], waiting
        place, waiting = end, ""
    if waiting.strip():
        yield run[place:], waiting.strip()


@lru_cache(maxsize=1)
def _jieba() -> Any:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba
