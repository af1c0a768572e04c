"""`python -m bench.voices [--recordings FOLDER]`: how like the recorded person a voice of voice-match is.

Measured on the speakers of the tests (tests/engines/known_speakers). FOLDER may have more: a folder for each, named
NAME-f or NAME-m, with a few recordings of some seconds; the first of them, 10 s together, are the reference, the others
are held out. Prints a table in Markdown: cosines are GE2E's, to what was held out, of five sentences that nothing was
chosen on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.ear import hear, wer
from tests.engines.known_speakers import MACHINES, PEOPLE, RATE, READ, Speaker, joined, speaker
from workers.engines import voice_match
from workers.engines.base import Audio, Engine
from workers.engines.ge2e import embed
from workers.engines.pitch import pitch, semitones
from workers.engines.registry import load
from workers.engines.speakers import speakers
from workers.engines.voice_choice import Match, nearest

from .table import Row, percentile, row, say

REFERENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Outcome:
    """What was measured of one speaker.

    Cosines are to the held-out recordings; `apart` is in semitones; `took` in seconds to build, of the clock;
    `cost` in processor time to speak the sentences with the voice, over the time with the nearest stock voice.
    """

    match: Match
    right: bool
    shown: float
    ceiling: float
    nearest: Match
    plain: float
    matched: float
    apart: float
    sure: bool
    wer: float
    took: float
    cost: float


def run(quick: bool = False) -> list[Row]:
    """Rows of `make bench`: the worst of all speakers, and what building takes."""
    engine = load("kokoro", threads=2)
    engine.warm()
    names = ("3005", "hf_beta") if quick else (*PEOPLE, *MACHINES)
    outs = []
    for known in map(speaker, names):
        outs.append(measured(known, engine))
        say(line(known, outs[-1]))
    engine.close()
    return [
        row("voice-match: right sex", sum(out.right for out in outs) / len(outs), target=">= 1"),
        row("voice-match: F0 apart, most", max(abs(out.apart) for out in outs), "semitones", "<= 1"),
        row("voice-match: cosine, p50", percentile([out.matched for out in outs], 0.5)),
        row("same speaker: cosine, p50", percentile([out.ceiling for out in outs], 0.5)),
        row(
            "voice-match: cosine over the nearest stock voice, least",
            min(out.matched - out.plain for out in outs),
            target=">= -0.01",
        ),
        row("voice-match: WER, most", max(out.wer for out in outs), target="<= 0.05"),
        row("voice-match: building, p50", percentile([out.took for out in outs], 0.5), "s", "<= 10"),
    ]


def recorded(folder: Path) -> Iterator[Speaker]:
    """The real speakers in a folder."""
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        reference, rest = _parted([joined((path,)) for path in sorted(each.iterdir())])
        yield Speaker(each.name, {"f": "female", "m": "male"}[each.name[-1]], reference, rest, speakers())


def measured(known: Speaker, engine: Engine, sentences: tuple[str, ...] = READ) -> Outcome:
    """Build a voice of the reference, and compare it with the nearest voice left as it is."""
    began = time.perf_counter()
    made = voice_match.build(known.reference, engine, table=known.table)
    took = time.perf_counter() - began
    truth = embed(known.other, RATE)
    plain = nearest(embed(known.reference, RATE), table=known.table)
    began = time.process_time()
    theirs = np.concatenate([voice_match.sample_of(plain, engine, text) for text in sentences])
    between = time.process_time()
    ours = np.concatenate([voice_match.sample_of(made.match, engine, text) for text in sentences])
    cost = (time.process_time() - between) / (between - began)
    wanted, got = pitch(known.reference, RATE), pitch(ours, RATE, seconds=30)
    return Outcome(
        match=made.match,
        right=made.match.voice.gender == known.sex,
        shown=made.similarity,
        ceiling=float(embed(known.reference, RATE) @ truth),
        nearest=plain,
        plain=float(embed(theirs, RATE) @ truth),
        matched=float(embed(ours, RATE) @ truth),
        apart=semitones(got.hertz, wanted.hertz),
        sure=wanted.sure,
        wer=wer(" ".join(sentences), hear(ours, RATE, model="base")),
        took=took,
        cost=cost,
    )


def told(match: Match) -> str:
    """A match in a few words: the voice, and how it is changed."""
    changes = [
        f"{match.semitones:+.1f}" if match.semitones else "",
        f"intonation {match.intonation}" if match.intonation else "",
        f"×{match.resonance:.2f}" if match.resonance != 1.0 else "",
        "tone" if match.tone else "",
    ]
    return " ".join([match.voice.id, *(each for each in changes if each)])


def _parted(clips: list[Audio]) -> tuple[Audio, Audio]:
    """(reference, held out): whole clips until there are 10 s; a last clip is always held out."""
    count, seconds = 0, 0.0
    while count < len(clips) - 1 and seconds < REFERENCE_SECONDS:
        seconds += len(clips[count]) / RATE
        count += 1
    return np.concatenate(clips[:count])[: round(REFERENCE_SECONDS * RATE)], np.concatenate(clips[count:])


def line(known: Speaker, out: Outcome) -> str:
    """A row of the table."""
    sex = "" if out.right else " **(wrong sex)**"
    sure = "" if out.sure else " (unsure)"
    return (
        f"| {known.name} | {told(out.match)}{sex} | {out.ceiling:.3f} | {out.nearest.voice.id} {out.plain:.3f} | "
        f"{out.matched:.3f} | {out.shown:.2f} | {out.apart:+.2f}{sure} | {out.wer:.1%} | {out.took:.1f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, help="a folder for each other speaker")
    parser.add_argument("--threads", type=int, default=2, help="of the engine")
    options = parser.parse_args()
    engine = load("kokoro", threads=options.threads)
    engine.warm()
    print(
        "| speaker | voice | same speaker | nearest as it is | voice-match | shown | F0 apart | WER | built |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    outs = []
    others = recorded(options.recordings) if options.recordings else iter(())
    for known in (*map(speaker, (*PEOPLE, *MACHINES)), *others):
        outs.append(measured(known, engine))
        print(line(known, outs[-1]), flush=True)
    close = sum(out.matched >= out.plain - 0.01 for out in outs)
    print(
        f"\nSex right {sum(out.right for out in outs)}, F0 within 1 semitone "
        f"{sum(abs(out.apart) <= 1 for out in outs)}, at least as near as the nearest stock voice "
        f"{sum(out.matched >= out.plain for out in outs)} (to 0.01: {close}), "
        f"WER at most 5 % {sum(out.wer <= 0.05 for out in outs)} of {len(outs)}; built in "
        f"{np.median([out.took for out in outs]):.1f} s (median), {max(out.took for out in outs):.1f} s at most; "
        f"speaking costs {np.median([out.cost for out in outs]):.2f} of a stock voice (median)."
    )


if __name__ == "__main__":
    main()
