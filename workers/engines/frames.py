"""What goes between the platform and an engine in an environment of its own: JSON with sound behind it.

    4 bytes   length of the JSON, big-endian
    4 bytes   length of the sound
    JSON      UTF-8, an object
    sound     float32, little-endian, mono

Needs numpy alone: both sides import it.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from .base import Audio

HEAD = struct.Struct(">II")
MOST_BYTES = 64 << 20
"""More than any utterance or chunk has: beyond it the other side is talking nonsense."""
EMPTY: Audio = np.zeros(0, np.float32)

Frame = tuple[dict[str, Any], Audio]


class BadFrame(Exception):
    """What came is no frame."""


def packed(header: dict[str, Any], samples: Audio = EMPTY) -> bytes:
    """A frame as bytes."""
    text = json.dumps(header, ensure_ascii=False).encode()
    sound = np.ascontiguousarray(samples, "<f4").tobytes()
    return HEAD.pack(len(text), len(sound)) + text + sound


def lengths(head: bytes) -> tuple[int, int]:
    """Bytes of JSON and of sound that follow these first HEAD.size bytes. Raises BadFrame."""
    text, sound = HEAD.unpack(head)
    if text + sound > MOST_BYTES or sound % 4:
        raise BadFrame(f"a frame of {text} and {sound} bytes")
    return text, sound


def unpacked(text: bytes, sound: bytes) -> Frame:
    """The frame behind a head. Raises BadFrame."""
    try:
        header = json.loads(text)
    except ValueError as exc:
        raise BadFrame("a frame that is not JSON") from exc
    if not isinstance(header, dict):
        raise BadFrame("a frame that is no object")
    return header, np.frombuffer(sound, "<f4").astype(np.float32)
