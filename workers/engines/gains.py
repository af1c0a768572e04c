"""How much louder or softer each voice is made, so that all of them are heard alike.

loudness.toml says how loud the voices are by themselves (measured by tools/loudness.py). A voice's gain is one number,
the same for all that it says, so a stream needs to know nothing of what comes.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from .base import Audio

TABLE = Path(__file__).with_name("loudness.toml")

TARGET = -20.0
"""LUFS (ITU-R BS.1770-5, gated) of speech, mono.

Between broadcasting's -23 (EBU R 128) and the -18 or -19 of streamed and downloaded speech (AES TD1008, podcasts), and
within one LU of what the Kokoro voices have on average, so that most of them are hardly changed.
"""

MOST = 12.0
"""Decibels that a gain never passes in either direction."""


def gain_of(model: str, voice: str) -> float | None:
    """Decibels to add to a voice of a model in catalogue.toml; None where its loudness was never measured."""
    measured = table().get(model, {}).get(voice)
    return None if measured is None else gain_for(measured)


def gain_for(loudness: float) -> float:
    """Decibels to add to what is as loud as that, in LUFS."""
    return min(MOST, max(-MOST, TARGET - loudness))


def raised(samples: Audio, decibels: float) -> Audio:
    """The samples louder by so many decibels. Peaks may pass 1.0: whoever writes sound limits them (audio.limiter)."""
    return (samples * 10 ** (decibels / 20)).astype(samples.dtype)


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, float]]:
    """What was measured: model -> voice -> LUFS, read once per process."""
    return tomllib.loads(TABLE.read_text("utf-8"))
