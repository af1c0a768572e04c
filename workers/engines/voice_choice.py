"""Which stock voices are most like a recording, and how they are best changed: foretold from the table, unspoken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .catalogue import Voice, catalogue
from .pitch import Pitch, semitones
from .speakers import Embedding, Speakers, speakers

MODEL = "kokoro"
MOST_SEMITONES = 4.0
"""Further than this a moved pitch sounds made up."""
SLACK_SEMITONES = 0.15
"""How far from the recording's pitch a voice may stay where the encoder prefers it."""
NEAR_SEMITONES = 0.75
"""A voice this near may keep its own pitch."""
FACTORS = (0.88, 0.91, 0.94, 0.97, 1.0, 1.03, 1.06)
"""Of the resonances. Above 1 more frames are spoken for the same sound: 1.06 costs 6 % of speed."""
MOST_TRIED = 2
"""A third was never chosen for ten speakers, and costs two seconds."""
NEARLY = 0.06
"""Voices foretold to be further behind the best than this are not spoken."""
MIDDLE_HERTZ = 165.0
"""Between the medians of men and of women."""
UNSURE = 0.15
"""A lead below this says little of the sex. One in fourteen of 138 pieces of ten seconds of 31 speakers; 1 is wrong."""


@dataclass(frozen=True)
class Match:
    """A stock voice, how it is changed (kokoro_change), and the likeness that the table foretells.

    `semitones` is by how much the pitch is moved, of the voice itself or of the one whose `intonation` it takes. The
    forecast orders candidates and is never shown: what was foretold as 0.79 has measured 0.72.
    """

    voice: Voice
    semitones: float = 0.0
    forecast: float = 0.0
    resonance: float = 1.0
    tone: tuple[float, ...] = ()
    intonation: str = ""

    @property
    def f0_scale(self) -> float:
        return float(2 ** (self.semitones / 12))

    @property
    def at_own_pitch(self) -> bool:
        return not self.semitones and not self.intonation


@dataclass(frozen=True)
class Sex:
    """ "female" or "male", and whether to build on it."""

    name: str
    sure: bool


def sex_of(voice: Embedding, height: Pitch, table: Speakers | None = None) -> Sex:
    """Whether a woman or a man speaks: by the encoder, in which pitch hardly counts, and a little by the pitch.

    An octave of F0 weighs 0.8, where 2 lie between a typical man and a typical woman.
    """
    lead = (table or speakers()).womanly(voice)
    if height.sure:
        lead += 0.8 * semitones(height.hertz, MIDDLE_HERTZ) / 12
    return Sex("female" if lead > 0 else "male", abs(lead) >= UNSURE)


def nearest(voice: Embedding, language: str = "en", *, sex: str = "", table: Speakers | None = None) -> Match:
    """The voice of the language (and the sex, where one is named) that is most like the recording as it is."""
    table = table or speakers()
    found = [Match(each, forecast=float(table.at(each.id) @ voice)) for each in stock(language, sex, table)]
    return max(found, key=lambda match: match.forecast)


def matches(
    voice: Embedding, height: Pitch, language: str = "en", *, sex: str = "", table: Speakers | None = None
) -> list[Match]:
    """What is worth speaking and measuring, the most promising first: one to MOST_TRIED.

    Voices that are changed, and with them the nearest one as it is where its own pitch fits. `sex` is "female" or
    "male" where the customer stated it; else it is heard (`sex_of`). `table` is for measurements.
    """
    table = table or speakers()
    sex = sex if sex in ("female", "male") else sex_of(voice, height, table).name
    found = [fitted(each, voice, height, table, language) for each in stock(language, sex, table)]
    found = sorted(found, key=lambda match: match.forecast, reverse=True)
    near = [match for match in found[:MOST_TRIED] if match.forecast >= found[0].forecast - NEARLY]
    home = nearest(voice, language, sex=sex, table=table)
    if keeps_its_pitch(home.voice, height, table) and home not in near:
        near = [*near[: MOST_TRIED - 1], home]
    return near


def stock(language: str, sex: str, table: Speakers) -> list[Voice]:
    """The voices of a language and a sex ("": both) that the table knows.

    Those of English where no stock voice speaks the language; those of both sexes where it has none of this one.
    """
    models = catalogue()
    voices = models.voices(model=MODEL, language=language) or models.voices(model=MODEL, language="en")
    known = [each for each in voices if each.id in table.names]
    return [each for each in known if not sex or each.gender == sex] or known


def keeps_its_pitch(each: Voice, height: Pitch, table: Speakers) -> bool:
    """True where a voice's own pitch is near enough to the recording's, or that is unknown."""
    own = table.pitch(each.id)
    return not height.sure or bool(own and abs(semitones(height.hertz, own)) <= NEAR_SEMITONES)


def fitted(each: Voice, voice: Embedding, height: Pitch, table: Speakers, language: str = "en") -> Match:
    """A voice brought to the recording's pitch, its resonances to where the encoder likes them best.

    Where that is further than its pitch may be moved, it takes the intonation of a voice of its sex that lies nearer.
    """
    own = table.pitch(each.id)
    wanted = semitones(height.hertz, own) if height.sure and own else 0.0
    slack = SLACK_SEMITONES if wanted else 0.0
    forecast, further, factor = max(
        (float(table.at(each.id, wanted + step, factor) @ voice), step, factor)
        for step in (-slack, 0.0, slack)
        for factor in FACTORS
    )
    moved, melody = wanted + further, ""
    if abs(moved) > MOST_SEMITONES:
        melody = min(
            (other.id for other in stock(language, each.gender, table) if table.pitch(other.id)),
            key=lambda name: abs(semitones(height.hertz, table.pitch(name))),
        )
        moved = further + semitones(height.hertz, table.pitch(melody))
    allowed = float(np.clip(moved, -MOST_SEMITONES, MOST_SEMITONES))
    # What the limit leaves to be desired counts against a voice, and so does a pitch that is not known.
    missing = abs(moved - allowed) if own or not height.sure else 4.0
    return Match(each, allowed, forecast - 0.05 * missing, factor, intonation=melody)
