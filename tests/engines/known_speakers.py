"""Five people who were recorded and four voices of machines: what voice-match is tried and measured on.

`READ` are the sentences that they are compared on: nothing was chosen, fitted or measured on them before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.audio.decode import decode
from workers.engines.base import Audio
from workers.engines.speakers import Speakers, speakers

CLIPS = Path(__file__).with_name("speakers")
AUSTEN = Path(__file__).parent.with_name("recordings")
RATE = 24_000
READ = (
    "The ferry leaves the port at dawn.",
    "He explained the difference between weather and climate.",
    "Please read this before you open the box.",
    "Our engineers measured the river every morning.",
    "If the alarm rings, leave by the nearest exit.",
)

PEOPLE = {"3005": "male", "3080": "female", "austen": "male", "carlo": "male", "june": "female"}
MACHINES = {"joe": "male", "im_nicola": "male", "hf_beta": "female", "em_alex": "male"}
"""Piper's joe, and Kokoro's voices of other languages: no English voice of Kokoro's is any of them."""


@dataclass(frozen=True)
class Speaker:
    """`reference` and `other` are two recordings, mono at RATE Hz; `table` has no voice that is this speaker."""

    name: str
    sex: str
    reference: Audio
    other: Audio
    table: Speakers


def speaker(name: str) -> Speaker:
    """One of PEOPLE or MACHINES."""
    sex = {**PEOPLE, **MACHINES}[name]
    if name == "austen":
        reference, other = (
            joined(AUSTEN / f"austen-{number}.opus" for number in numbers)
            for numbers in (("0870", "0880"), ("0890", "0920", "0930"))
        )
    else:
        reference, other = (clip(f"{name}-{part}") for part in ("reference", "other"))
    return Speaker(name, sex, reference, other, speakers().without(name))


def clip(name: str, rate: int = RATE) -> Audio:
    """A recording of the folder."""
    return joined((CLIPS / f"{name}.opus",), rate)


def joined(paths: Iterable[Path], rate: int = RATE) -> Audio:
    """Recordings one after the other."""
    return np.concatenate([samples for path in paths for samples in decode(path, rate)])
