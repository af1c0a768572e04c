"""espeak-ng through phonemizer's wrapper, one at a time: its state is global to the process.

The phonemes are rewritten into the notation of misaki, Kokoro's own G2P; the two tables are misaki's
(misaki/espeak.py 0.9.4, MIT and Apache-2.0), where `^` ties the letters of one phoneme.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import espeakng_loader
from phonemizer.backend.espeak.wrapper import EspeakWrapper

_lock = threading.Lock()
_wrapper: EspeakWrapper | None = None
_voice = ""
# "(en)" and the like: espeak changing language inside a sentence.
_FLAGS = re.compile(r"\([^)]*\)")

_ENGLISH = [
    ("ʔˌn\u0329", "ʔn"),
    ("ʔn\u0329", "ʔn"),
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("ə^l", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u0303", ""),
    ("e", "A"),
]
_BRITISH = [("A^ə", "ɛː"), ("iə", "ɪə"), ("i^ə", "ɪə"), ("ə^ʊ", "Q")]
_AMERICAN = [("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", "")]
_OTHERS = [
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^z", "ʣ"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("ə^ʊ", "Q"),
    ("s^s", "S"),
    ("t^s", "ʦ"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("-", ""),
    # Not in Kokoro's alphabet: the nearest that is.
    ("ʏ", "y"),
]


@lru_cache(maxsize=8192)
def phonemes(text: str, voice: str) -> str:
    """What espeak's `voice` ("en-us", "fr-fr") makes of a run of words, in misaki's notation, words parted by spaces.

    espeak may write two words as one ("from the") and one as several (numbers).
    """
    global _wrapper, _voice
    with _lock:
        if _wrapper is None:
            EspeakWrapper.set_library(espeakng_loader.get_library_path())
            EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
            _wrapper = EspeakWrapper()
        if _voice != voice:
            _wrapper.set_voice(voice)
            _voice = voice
        raw: str = _wrapper.text_to_phonemes(text, True)
    tied = " ".join(_FLAGS.sub("", raw.replace("͡", "^")).replace("_", "").split())
    if voice not in {"en-us", "en-gb"}:
        return _replace(tied, _OTHERS).replace("^", "")
    result = _replace(tied, _ENGLISH)
    result = re.sub(r"(\S)\u0329", r"ᵊ\1", result)
    result = _replace(result, _BRITISH if voice == "en-gb" else _AMERICAN)
    return result.replace("ɾ", "T").replace("ʔ", "t").replace("^", "").replace("o", "ɔ")


def _replace(text: str, table: list[tuple[str, str]]) -> str:
    for old, new in table:
        text = text.replace(old, new)
    return text
