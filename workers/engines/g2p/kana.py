"""Katakana readings to the phonemes that Kokoro learned Japanese in.

The values are those of misaki's table (misaki/cutlet.py 0.9.4, from cutlet; MIT and Apache-2.0); the glides, which
that table spells out one by one, follow by rule.
"""

from __future__ import annotations

_VOWELS = "a i ɯ e o"
_ROWS = {
    "アイウエオ": _VOWELS,
    "ァィゥェォ": _VOWELS,
    "カキクケコ": "ka kʲi kɯ ke ko",
    "ガギグゲゴ": "ɡa ɡʲi ɡɯ ɡe ɡo",
    "サシスセソ": "sa ɕi sɨ se so",
    "ザジズゼゾ": "ʣa ʥi zɨ ʣe ʣo",
    "タチツテト": "ta ʨi ʦɨ te to",
    "ダヂヅデド": "da ʥi zɨ de do",
    "ナニヌネノ": "na ɲi nɯ ne no",
    "ハヒフヘホ": "ha çi ɸɯ he ho",
    "バビブベボ": "ba bʲi bɯ be bo",
    "パピプペポ": "pa pʲi pɯ pe po",
    "マミムメモ": "ma mʲi mɯ me mo",
    "ラリルレロ": "ɾa ɾʲi ɾɯ ɾe ɾo",
    "ヤユヨャュョ": "ja jɯ jo ja jɯ jo",
    "ワヲヮヴ": "βa o βa vɯ",
}
_MORAE = {kana: mora for row, morae in _ROWS.items() for kana, mora in zip(row, morae.split(), strict=True)}
_GLIDES = {"ャ": "a", "ュ": "ɨ", "ョ": "o"}
_SMALL = {"ァ": "a", "ィ": "i", "ゥ": "ɯ", "ェ": "e", "ォ": "o"}
_NASALS = {"mpb": "m", "kɡ": "ŋ", "ɲʨʥ": "ɲ", "ntdɾzʣʦ": "n"}


def phonemes_of_kana(reading: str) -> str:
    """The phonemes of one word's reading in katakana ("キョー" → "kʲoː"); anything but kana is passed over."""
    out: list[str] = []
    nasal = False
    for kana in reading:
        mora = _MORAE.get(kana, "")
        if kana in _GLIDES and out and out[-1].endswith("i"):
            out[-1] = out[-1][:-1] + _GLIDES[kana]
            continue
        if kana in _SMALL and len(out[-1:]) and len(out[-1]) > 1 and out[-1] != "ː":
            # ファ is ɸa, ティ is tʲi: the consonant of the full kana with the small one's vowel.
            consonant = out[-1][:-1]
            out[-1] = consonant + ("ʲ" if kana == "ィ" and consonant in "td" else "") + _SMALL[kana]
            continue
        if nasal:
            out.append(_nasal(mora))
            nasal = False
        if kana == "ン":
            nasal = True
        elif kana == "ー":
            out.append("ː")
        elif kana == "ッ":
            out.append("ʔ")
        elif mora:
            out.append(mora)
    if nasal:
        out.append("ɴ")
    return "".join(out)


def _nasal(following: str) -> str:
    """How ン sounds before the mora that follows."""
    if not following:
        return "ɴ"
    return next((nasal for onsets, nasal in _NASALS.items() if following[0] in onsets), "ɴ")
