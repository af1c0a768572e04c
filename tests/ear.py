"""The ear of the tests: Whisper hears the audio, `wer` says how much of the reference it heard.

heard = hear(samples, 24_000)              # tiny.en, fast
heard = hear("out.mp3", model="base", words=True)
assert wer("Hello world.", heard) <= 0.05

The fast ear mishears words that were spoken well, and others on another processor, where models round differently. So
`wer` has what it did not hear heard again by the better one, and the better of both hearings counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from numpy.typing import NDArray

from workers.engines.levels import resampled
from workers.engines.store import ModelUnavailable, weights_dir

MODELS = {"tiny.en": "whisper-tiny.en", "base": "whisper"}
RATE = 16_000


@dataclass(frozen=True)
class HeardWord:
    """A word with its start and end in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Heard:
    """What was heard. `words` is filled where they were asked for; `language` is Whisper's guess or what was given.

    `again` hears the same audio with the better model, where the fast one was asked.
    """

    text: str
    words: tuple[HeardWord, ...] = ()
    language: str = "en"
    again: Callable[[], Heard] | None = field(default=None, repr=False, compare=False)


def hear(
    audio: NDArray[np.float32] | str | Path,
    sample_rate: int = RATE,
    model: str = "tiny.en",
    words: bool = False,
    language: str | None = "en",
) -> Heard:
    """Transcribe samples (mono float32 at `sample_rate`) or a file in any format.

    `language` None lets the model "base" find out. Raises RuntimeError with the command where weights are missing.
    """
    source: Any = (
        str(audio)
        if isinstance(audio, str | Path)
        else resampled(np.asarray(audio, np.float32).reshape(-1), sample_rate, RATE)
    )
    segments, info = _whisper(model).transcribe(
        source, language=language, word_timestamps=words, beam_size=5, condition_on_previous_text=False
    )
    found = list(segments)
    timed = tuple(HeardWord(w.word.strip(), w.start, w.end) for s in found for w in s.words or ())
    again = None if model == "base" else partial(hear, source, RATE, "base", words, language)
    return Heard(" ".join(segment.text.strip() for segment in found), timed, info.language, again)


def wer(reference: str, heard: Heard | str) -> float:
    """Word error rate (0 = every word, may pass 1) after both sides were brought into one spelling."""
    hypothesis = spoken_form(heard.text if isinstance(heard, Heard) else heard)
    rate = float(jiwer.wer(spoken_form(reference), hypothesis))
    if rate and isinstance(heard, Heard) and heard.again:
        return min(rate, wer(reference, heard.again()))
    return rate


def spoken_form(text: str) -> str:
    """Lower case, no punctuation, numbers and a few signs in words: 'At 5%, no!' -> 'at five percent no'."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    text = re.sub(r"[$](\d[\d,]*)(?:\.(\d\d))?", _dollars, text)
    text = re.sub(r"\b(\d{1,2}):(\d\d)\b", lambda m: f"{m[1]} {m[2] if m[2] != '00' else ''}", text)
    text = text.replace("%", " percent ").replace("&", " and ")
    text = re.sub(r"\b(?:mr|dr|st|mrs)\b\.?", lambda m: _TITLES[m[0].rstrip(".")], text)
    text = re.sub(r"\d+(?:,\d{3})*(?:\.\d+)?(?:st|nd|rd|th)?", _number, text)
    text = re.sub(r"[^\w\s']|_", " ", text)
    return " ".join(
        _ONE_WORD.get(word.strip("'"), word.strip("'")) for word in text.split() if word.strip("'")
    )


_TITLES = {"mr": "mister", "dr": "doctor", "st": "saint", "mrs": "missus"}
# Spellings of the same sounds: no error of the voice.
_ONE_WORD = {
    "colour": "color",
    "grey": "gray",
    "theatre": "theater",
    "favourite": "favorite",
    "harbour": "harbor",
    "ok": "okay",
}
_UNDER_20 = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def _number(match: re.Match[str]) -> str:
    written = match[0]
    ordinal = written[-2:] in {"st", "nd", "rd", "th"}
    whole, _, fraction = written.rstrip("sndrth").replace(",", "").partition(".")
    value = int(whole)
    if 1100 <= value < 2100 and "," not in written and value % 1000 > 9 and not fraction and not ordinal:
        # Four digits are mostly a year: nineteen eighty four, twenty twenty four.
        high, low = divmod(value, 100)
        said = (
            f"{_cardinal(high)} {'o ' if low < 10 else ''}{_cardinal(low)}"
            if low
            else f"{_cardinal(high)} hundred"
        )
    else:
        said = _cardinal(value)
    if fraction:
        said += " point " + " ".join(_UNDER_20[int(digit)] for digit in fraction)
    if ordinal:
        head, _, last = said.rpartition(" ")
        last = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
        said = f"{head} {last}"
    return f" {said} "


def _cardinal(value: int) -> str:
    if value < 20:
        return _UNDER_20[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens - 2] + (f" {_UNDER_20[ones]}" if ones else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if value >= size:
            high, low = divmod(value, size)
            return f"{_cardinal(high)} {name}" + (f" {_cardinal(low)}" if low else "")
    raise AssertionError(value)


def _dollars(match: re.Match[str]) -> str:
    cents = f" and {match[2]} cents" if match[2] and match[2] != "00" else ""
    return f"{match[1]} dollars{cents}"


@lru_cache(maxsize=2)
def _whisper(model: str) -> Any:
    from faster_whisper import WhisperModel

    try:
        folder = weights_dir(MODELS[model])
    except ModelUnavailable as exc:
        raise RuntimeError(
            f"The tests listen with Whisper {model}, which is not installed: python manage.py models pull --test"
        ) from exc
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2)
