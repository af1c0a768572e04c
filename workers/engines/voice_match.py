"""`voice-match`: the stock voice most like a recording, its pitch fitted. A similar voice and no copy of a person.

Nearest by the GE2E encoder among the voices of the language and the recorded sex; F0 fitted within four semitones where
the recording's is sure. Blends of styles and searches over them were tried and are no nearer (docs/engines.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .base import Audio, CannotSpeak, Engine, Utterance
from .catalogue import Voice, base_language, catalogue
from .ge2e import embed
from .pitch import Pitch, pitch, semitones
from .speakers import Speakers, speakers

MODEL = "kokoro"
NAME = "voice-match"
MOST_SEMITONES = 4.0
"""Further than this a moved pitch sounds made up."""
SLACK_SEMITONES = 0.3
"""How far from the recording's pitch a voice may stay where the encoder prefers it."""
SAMPLE_RATE = 24_000

TEST_SENTENCES = {
    "en": "This is how the voice will sound when it reads to you.",
    "es": "Así sonará la voz cuando lea para usted.",
    "fr": "Voici comment la voix sonnera quand elle vous lira un texte.",
    "hi": "जब यह आवाज़ आपके लिए पढ़ेगी तब ऐसी सुनाई देगी।",
    "it": "Ecco come suonerà la voce quando leggerà per voi.",
    "ja": "この声で文章を読むと、このように聞こえます。",
    "pt": "É assim que a voz vai soar quando ler para você.",
    "zh": "这就是这个声音为您朗读时的样子。",
}

Embedding = NDArray[np.float32]


@dataclass(frozen=True)
class Match:
    """A stock voice, the semitones by which its pitch is moved, and the likeness that the table foretells.

    The forecast orders candidates and is never shown: what was foretold as 0.79 has measured 0.72.
    """

    voice: Voice
    semitones: float
    forecast: float

    @property
    def f0_scale(self) -> float:
        return float(2 ** (self.semitones / 12))


@dataclass(frozen=True)
class Matched:
    """The match, how like the recording it was measured to be (GE2E cosine), and the sentence for the customer."""

    match: Match
    similarity: float
    note: str


def build(
    samples: Audio, engine: Engine, language: str = "en", *, sex: str = "", table: Speakers | None = None
) -> Matched:
    """Match a recording (mono, 24 kHz) and measure on a spoken sentence how like it is; `engine` is a loaded Kokoro.

    The table's nine seconds of each voice choose better than one spoken sentence would. Raises CannotSpeak where nobody
    speaks in the recording.
    """
    voice, height = heard(samples)
    match = matches(voice, height, language, sex=sex, table=table)[0]
    similarity = likeness(match, engine, voice)
    return Matched(match, similarity, _note(match, similarity, language))


def heard(samples: Audio) -> tuple[Embedding, Pitch]:
    """Whose voice it is and how high, of mono samples at 24 kHz. Raises CannotSpeak where nobody speaks."""
    try:
        return embed(samples, SAMPLE_RATE), pitch(samples, SAMPLE_RATE)
    except ValueError:
        raise CannotSpeak(
            "Nobody speaks in the recording. Send one person speaking, without music."
        ) from None


def matches(
    voice: Embedding,
    height: Pitch,
    language: str = "en",
    *,
    sex: str = "",
    table: Speakers | None = None,
) -> list[Match]:
    """The voices of the language and of the recorded sex, the one foretold to be most like the recording first.

    `sex` is "female" or "male" where the customer stated it; else it is heard (`sex_of`). `table` is for measurements.
    Languages that no stock voice speaks get those of English; a language without a voice of the sex gets what it has.
    """
    table = table or speakers()
    stock = catalogue().voices(model=MODEL, language=language) or catalogue().voices(
        model=MODEL, language="en"
    )
    stock = [each for each in stock if each.id in table.names]
    sex = sex if sex in ("female", "male") else sex_of(voice, height, table)
    stock = [each for each in stock if each.gender == sex] or stock
    found = [_fitted(each, voice, height, table) for each in stock]
    return sorted(found, key=lambda match: match.forecast, reverse=True)


def sex_of(voice: Embedding, height: Pitch, table: Speakers | None = None) -> str:
    """ "male" or "female": by the encoder, in which pitch hardly counts here, and a little by the pitch.

    An octave of F0 weighs 0.8, where 2 lie between a typical man and a typical woman.
    """
    lead = (table or speakers()).womanly(voice)
    if height.sure:
        lead += 0.8 * semitones(height.hertz, 165.0) / 12
    return "female" if lead > 0 else "male"


def likeness(match: Match, engine: Engine, voice: Embedding) -> float:
    """The GE2E cosine of a sentence spoken by the match to the recording's embedding."""
    return float(embed(sample_of(match, engine), engine.sample_rate) @ voice)


def sample_of(match: Match, engine: Engine, text: str = "") -> Audio:
    """A sentence in the matched voice, mono at the engine's rate."""
    language = match.voice.language
    said = Utterance(
        text or TEST_SENTENCES[language], match.voice.id, language, options={"voice_data": data_of(match)}
    )
    return np.concatenate([chunk.samples for chunk in engine.speak(said, lambda: False)])


def data_of(match: Match) -> dict[str, str | float]:
    """What is kept of the match: the `voice_data` that Kokoro speaks with."""
    return {"kind": NAME, "base": match.voice.id, "f0_scale": round(match.f0_scale, 4)}


def _fitted(stock: Voice, voice: Embedding, height: Pitch, table: Speakers) -> Match:
    """A stock voice with its pitch moved towards the recording's, to where the encoder likes it best."""
    row = table.names.index(stock.id)
    own = float(table.hertz[row])
    if not height.sure or not own:
        # Where the recording has a pitch, a voice that cannot be brought there comes after the others.
        return Match(stock, 0.0, float(table.at(row, 0.0) @ voice) - (0.2 if height.sure else 0.0))
    wanted = semitones(height.hertz, own)
    near = np.clip(
        wanted + np.linspace(-SLACK_SEMITONES, SLACK_SEMITONES, 5), -MOST_SEMITONES, MOST_SEMITONES
    )
    forecasts = [float(table.at(row, float(step)) @ voice) for step in near]
    best = int(np.argmax(forecasts))
    # What the cap leaves to be desired counts against a voice.
    missing = max(0.0, abs(wanted - float(near[best])) - SLACK_SEMITONES)
    return Match(stock, float(near[best]), forecasts[best] - 0.05 * missing)


def _note(match: Match, similarity: float, language: str) -> str:
    moved = f", {'raised' if match.semitones > 0 else 'lowered'} by {abs(match.semitones):.1f} semitones"
    spoken = "" if match.voice.language == base_language(language) else " It is a voice of another language."
    return (
        f"This is the stock voice {match.voice.name}{moved if abs(match.semitones) >= 0.1 else ''}: the most similar "
        "of the voices on offer, and not a copy of the recorded person's voice. Its measured similarity to the "
        f"recording is {similarity:.2f}, where two recordings of one person reach about 0.9 and two strangers 0.45 to "
        f"0.75.{spoken}"
    )
