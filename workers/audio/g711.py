"""G.711, the telephones' encoding: 16-bit samples to one byte each, by µ-law or A-law (ITU-T G.711)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

LAWS = ("mulaw", "alaw")


def encode(pcm: bytes, law: str) -> bytes:
    """Signed 16-bit little-endian samples as one byte a sample. `law`: mulaw or alaw. Best at 8 kHz, made at any."""
    samples = np.frombuffer(pcm, "<i2").astype(np.int32)
    return _codes(law)[samples + 0x8000].tobytes()


@cache
def _codes(law: str) -> NDArray[np.uint8]:
    """For each sample value from -32768 on, the code that decodes nearest to it; shape (65536,)."""
    values = decoded(law)
    order = np.argsort(values, kind="stable")
    levels = values[order]
    borders = (levels[1:] + levels[:-1]) / 2
    return order[np.searchsorted(borders, np.arange(-0x8000, 0x8000))].astype(np.uint8)


def decoded(law: str) -> NDArray[np.int32]:
    """The 16-bit sample of each code, shape (256,)."""
    if law not in LAWS:
        raise ValueError(f"{law!r} is not one of {', '.join(LAWS)}")
    codes = np.arange(256, dtype=np.int32)
    # µ-law is sent with all bits turned over, A-law with every other one.
    bits = codes ^ (0xFF if law == "mulaw" else 0x55)
    segment, step = bits >> 4 & 7, bits & 15
    if law == "mulaw":
        size = (((step << 3) + 0x84) << segment) - 0x84
        return np.where(bits & 0x80, -size, size)
    size = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    return np.where(bits & 0x80, size, -size)
