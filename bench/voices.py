"""`python -m bench.voices --recordings FOLDER`: how like the recorded person a voice of voice-match is.

FOLDER has a folder for each speaker, named NAME-f or NAME-m, with a few recordings of some seconds. The first of
them, 10 s together, are the reference; the others are held out. Beside them stand speakers of Piper and of Kokoro's
voices of other languages, which are taken out of the table first. Prints a table in Markdown: cosines are GE2E's, to
what was held out, of five sentences that the choice was not made on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.ear import hear, wer
from workers.audio.decode import decode
from workers.engines import voice_match
from workers.engines.base import Audio, Engine, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.ge2e import embed
from workers.engines.pitch import pitch, semitones
from workers.engines.registry import load
from workers.engines.speakers import Speakers, speakers
from workers.engines.voice_match import Match

RATE = 24_000
REFERENCE_SECONDS = 10.0
SENTENCES = (
    "The ferry leaves the port at dawn.",
    "He explained the difference between weather and climate.",
    "Please read this before you open the box.",
    "Our engineers measured the river every morning.",
    "If the alarm rings, leave by the nearest exit.",
)
STORY = (
    "When the rain had stopped, the children ran down to the harbour to look at the ships.",
    "One of them was painted green, and its sails were as white as milk.",
    "I have always wondered who lived in the little house beside the mill.",
    "You may take the book home, but bring it back before the end of the month.",
    "In the evening we sat by the fire and told each other stories.",
    "The train was late again, so I had time to drink a second cup of coffee.",
)
SYNTHETIC = {
    "Piper joe": ("piper", "en_US-joe-medium", "male"),
    "Kokoro im_nicola": ("kokoro", "im_nicola", "male"),
    "Kokoro ff_siwis": ("kokoro", "ff_siwis", "female"),
    "Kokoro hf_beta": ("kokoro", "hf_beta", "female"),
    "Kokoro em_alex": ("kokoro", "em_alex", "male"),
}
"""Speakers that no English voice of Kokoro is: the model, its voice, the sex."""


@dataclass(frozen=True)
class Speaker:
    """`reference` and `held_out` are mono at RATE Hz; `table` has no voice that is this speaker."""

    name: str
    sex: str
    reference: Audio
    held_out: Audio
    table: Speakers = field(default_factory=speakers)


@dataclass(frozen=True)
class Outcome:
    """What was measured of one speaker.

    Cosines are to the held-out recordings; `apart` is in semitones, `took` in seconds of processor time.
    """

    voice: str
    sex: str
    shown: float
    ceiling: float
    nearest: float
    matched: float
    apart: float
    sure: bool
    wer: float
    took: float


def recorded(folder: Path) -> Iterator[Speaker]:
    """The real speakers in a folder."""
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        clips = [np.concatenate(list(decode(path, RATE))) for path in sorted(each.iterdir())]
        reference, rest = _parted(clips)
        sex = {"f": "female", "m": "male"}[each.name[-1]]
        yield Speaker(each.name, sex, reference, rest)


def synthetic(count: int) -> Iterator[Speaker]:
    """Speakers made by other voices than those that can be chosen."""
    for name, (model, voice, sex) in list(SYNTHETIC.items())[:count]:
        engine = load(model)
        clips = [_resampled(_said(engine, voice, text), engine.sample_rate) for text in STORY]
        engine.close()
        reference, rest = _parted(clips)
        yield Speaker(name, sex, reference, rest, speakers().without(voice))


def measured(speaker: Speaker, engine: Engine, sentences: tuple[str, ...] = SENTENCES) -> Outcome:
    """Build a voice of the reference, and compare it with the nearest voice left as it is."""
    began = time.process_time()
    made = voice_match.build(speaker.reference, engine, table=speaker.table)
    took = time.process_time() - began
    truth = embed(speaker.held_out, RATE)
    ours = [voice_match.sample_of(made.match, engine, text) for text in sentences]
    plain = [voice_match.sample_of(nearest(speaker), engine, text) for text in sentences]
    joined = np.concatenate(ours)
    wanted, got = pitch(speaker.reference, RATE), pitch(joined, RATE)
    return Outcome(
        voice=f"{made.match.voice.id} {made.match.semitones:+.1f}",
        sex=made.match.voice.gender,
        shown=made.similarity,
        ceiling=float(embed(speaker.reference, RATE) @ truth),
        nearest=float(embed(np.concatenate(plain), RATE) @ truth),
        matched=float(embed(joined, RATE) @ truth),
        apart=semitones(got.hertz, wanted.hertz),
        sure=wanted.sure,
        wer=wer(" ".join(sentences), hear(joined, RATE, model="base")),
        took=took,
    )


def nearest(speaker: Speaker) -> Match:
    """The English voice whose own pitch and sound are nearest to the reference, unchanged."""
    voice, table = embed(speaker.reference, RATE), speaker.table
    stock = [each for each in catalogue().voices("kokoro", "en") if each.id in table.names]
    found = [Match(each, 0.0, float(table.at(table.names.index(each.id), 0.0) @ voice)) for each in stock]
    return max(found, key=lambda match: match.forecast)


def _parted(clips: list[Audio]) -> tuple[Audio, Audio]:
    """(reference, held out): whole clips until there are 10 s; a last clip is always held out."""
    count, seconds = 0, 0.0
    while count < len(clips) - 1 and seconds < REFERENCE_SECONDS:
        seconds += len(clips[count]) / RATE
        count += 1
    return np.concatenate(clips[:count])[: round(REFERENCE_SECONDS * RATE)], np.concatenate(clips[count:])


def _said(engine: Engine, voice: str, text: str) -> Audio:
    return np.concatenate(
        [chunk.samples for chunk in engine.speak(Utterance(text, voice, "en"), lambda: False)]
    )


def _resampled(samples: Audio, rate: int) -> Audio:
    import soxr

    return samples if rate == RATE else np.asarray(soxr.resample(samples, rate, RATE), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, help="a folder for each real speaker")
    parser.add_argument("--synthetic", type=int, default=len(SYNTHETIC), help="how many synthetic speakers")
    options = parser.parse_args()
    engine = load("kokoro")
    engine.warm()
    print(
        "| speaker | voice, semitones | same speaker | nearest | voice-match | shown | F0 apart | WER | built |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    real = recorded(options.recordings) if options.recordings else iter(())
    for speaker in (*real, *synthetic(options.synthetic)):
        out = measured(speaker, engine)
        wrong = "" if out.sex == speaker.sex else " **(wrong sex)**"
        sure = "" if out.sure else " (F0 unsure)"
        print(
            f"| {speaker.name} | {out.voice}{wrong} | {out.ceiling:.3f} | {out.nearest:.3f} | {out.matched:.3f} | "
            f"{out.shown:.2f} | {out.apart:+.2f}{sure} | {out.wer:.1%} | {out.took:.1f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
