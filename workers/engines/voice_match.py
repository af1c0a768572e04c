"""`voice-match`: the stock voice most like a recording, fitted to it. A similar voice and no copy of a person.

Nearest by the GE2E encoder among the voices of the language and the recorded sex (voice_choice); its pitch, resonances
and tone are fitted. Blends of styles and searches over them were tried and are no nearer (docs/engines.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from . import timbre
from .base import Audio, CannotSpeak, Engine, Utterance
from .catalogue import base_language, catalogue
from .ge2e import embed, speech
from .pitch import Pitch, pitch, semitones
from .speakers import Embedding, Speakers, speakers
from .timbre import Tone
from .voice_choice import MODEL as MODEL
from .voice_choice import MOST_SEMITONES, Match, Sex, matches, sex_of

NAME = "voice-match"
SAMPLE_RATE = 24_000
TONES = (0.5, 1.0)
"""How much of the way to the recording's tone is tried."""
TONE_GAIN = 0.01
"""So much nearer a tone must bring a voice to be kept."""
OWN_LEAD = 0.03
"""By so much a changed voice must be better than the nearest one at its own pitch (forecast and measurement added)."""
STEP_SEMITONES = 0.3
"""A measured pitch further off than this is corrected."""
STEP_SHARE, BORROWED_SHARE = 0.25, 0.5
"""So far: the table knows a voice by many sentences, from which two may differ by a semitone. How high it speaks
with another's intonation it does not know as well."""
TEST_SENTENCES = {
    "en": "This is how the voice will sound when it reads to you. It can be a story, a letter or the news.",
    "es": "Así sonará la voz cuando lea para usted. Puede ser un cuento, una carta o las noticias.",
    "fr": "Voici comment la voix sonnera quand elle vous lira un texte, une histoire, une lettre ou un journal.",
    "hi": "जब यह आवाज़ आपके लिए पढ़ेगी तब ऐसी सुनाई देगी। यह कोई कहानी, चिट्ठी या समाचार हो सकता है।",
    "it": "Ecco come suonerà la voce quando leggerà per voi. Può essere una storia, una lettera o il giornale.",
    "ja": "この声で文章を読むと、このように聞こえます。物語でも、手紙でも、ニュースでもかまいません。",
    "pt": "É assim que a voz vai soar quando ler para você. Pode ser uma história, uma carta ou as notícias.",
    "zh": "这就是这个声音为您朗读时的样子。可以是故事、书信，也可以是新闻。",
}


@dataclass(frozen=True)
class Heard:
    """What is known of a recording: whose voice it is, how high, and how it is coloured."""

    voice: Embedding
    height: Pitch
    tone: Tone


@dataclass(frozen=True)
class Try:
    """A match, what it said (mono at the engine's rate), and how like the recording that is (GE2E cosine)."""

    match: Match
    said: Audio
    likeness: float


@dataclass(frozen=True)
class Matched:
    """The match, how like the recording it was measured to be (GE2E cosine), and the sentence for the customer."""

    match: Match
    similarity: float
    note: str


def build(
    samples: Audio, engine: Engine, language: str = "en", *, sex: str = "", table: Speakers | None = None
) -> Matched:
    """Match a recording (mono, 24 kHz) and measure on spoken sentences how like it is; `engine` is a loaded Kokoro.

    `sex` is "female" or "male" where the customer stated it. Raises CannotSpeak where nobody speaks in the recording.
    """
    known = heard(samples)
    table = table or speakers()
    guess = sex_of(known.voice, known.height, table)
    stated = Sex(sex, True) if sex in ("female", "male") else guess
    promising = matches(known.voice, known.height, language, sex=stated.name, table=table)
    tries = [spoken(match, known, engine, table) for match in promising]
    # The table's nine seconds and the sentences just spoken count alike: each alone chooses worse.
    best = max(
        tries,
        key=lambda each: each.match.forecast + each.likeness + (OWN_LEAD if each.match.at_own_pitch else 0.0),
    )
    best = at_pitch(best, known, engine)
    return Matched(best.match, best.likeness, _note(best.match, best.likeness, language, stated.sure))


def heard(samples: Audio) -> Heard:
    """What is to be known of mono samples at 24 kHz. Raises CannotSpeak where nobody speaks."""
    try:
        tone = timbre.tone(speech(samples, SAMPLE_RATE))
        return Heard(embed(samples, SAMPLE_RATE), pitch(samples, SAMPLE_RATE), tone)
    except ValueError:
        raise CannotSpeak(
            "Nobody speaks in the recording. Send one person speaking, without music."
        ) from None


def spoken(match: Match, known: Heard, engine: Engine, table: Speakers) -> Try:
    """The match on the sentences that it is tried on, with the recording's tone as far as that brings it nearer."""
    said = sample_of(match, engine)
    own = timbre.moved(table.tone(match.voice.id), match.resonance)
    change = timbre.correction(own, known.tone)
    best = Try(match, said, float(embed(said, engine.sample_rate) @ known.voice))
    least = best.likeness + TONE_GAIN
    for share in TONES:
        coloured = timbre.toned(said, engine.sample_rate, share * change)
        likeness = float(embed(coloured, engine.sample_rate) @ known.voice)
        if likeness >= max(least, best.likeness):
            tone = tuple(round(float(each), 1) for each in share * change)
            best = Try(replace(match, tone=tone), coloured, likeness)
    return best


def at_pitch(tried: Try, known: Heard, engine: Engine) -> Try:
    """The match with its pitch corrected by what was measured of it, and then spoken again.

    A voice at its own pitch stays there: the table knows it from more sentences than these.
    """
    if tried.match.at_own_pitch:
        return tried
    own = pitch(tried.said, engine.sample_rate)
    if not (known.height.sure and own.sure):
        return tried
    off = semitones(known.height.hertz, own.hertz)
    if abs(off) < STEP_SEMITONES:
        return tried
    further = tried.match.semitones + off * (BORROWED_SHARE if tried.match.intonation else STEP_SHARE)
    moved = float(np.clip(further, -MOST_SEMITONES, MOST_SEMITONES))
    match = replace(tried.match, semitones=moved)
    said = sample_of(match, engine)
    return Try(match, said, float(embed(said, engine.sample_rate) @ known.voice))


def sample_of(match: Match, engine: Engine, text: str = "") -> Audio:
    """A text in the matched voice, mono at the engine's rate; without one, the sentences it is tried on, one by one.

    Two sentences spoken in one go are lower than each by itself, by a third of a semitone on the whole.
    """
    language = match.voice.language
    texts = (text,) if text else re.split(r"(?<=[.।。])\s*", TEST_SENTENCES[language])
    said = (
        Utterance(each, match.voice.id, language, options={"voice_data": data_of(match)})
        for each in texts
        if each
    )
    return np.concatenate([chunk.samples for each in said for chunk in engine.speak(each, lambda: False)])


def data_of(match: Match) -> dict[str, str | float | list[float]]:
    """What is kept of the match: the `voice_data` that Kokoro speaks with (kokoro_change)."""
    return {
        "kind": NAME,
        "base": match.voice.id,
        "f0_scale": round(match.f0_scale, 4),
        "resonance": round(match.resonance, 3),
        "intonation": match.intonation,
        "tone": list(match.tone),
    }


def _note(match: Match, similarity: float, language: str, sure: bool) -> str:
    changes = [
        f", {'raised' if match.semitones > 0 else 'lowered'} by {abs(match.semitones):.1f} semitones"
        if abs(match.semitones) >= 0.1
        else "",
        f", with the intonation of {_name(match.intonation)}" if match.intonation else "",
        f", resonances {'up' if match.resonance > 1 else 'down'} {abs(match.resonance - 1):.0%}"
        if match.resonance != 1.0
        else "",
        ", tone adjusted" if match.tone else "",
    ]
    spoken = "" if match.voice.language == base_language(language) else " It is a voice of another language."
    guessed = (
        "" if sure else " Whether a woman or a man speaks was hard to hear: state the sex if it is wrong."
    )
    return (
        f"This is the stock voice {match.voice.name}{''.join(changes)}: the most similar of the voices on offer, and "
        f"not a copy of the recorded person's voice. Its measured similarity to the recording is {similarity:.2f}, "
        f"where two recordings of one person reach about 0.9 and two strangers 0.45 to 0.75.{spoken}{guessed}"
    )


def _name(voice_id: str) -> str:
    voice = catalogue().voice(voice_id, MODEL)
    return voice.name if voice else voice_id
