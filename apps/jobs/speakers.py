"""The sample of a voice that comes with an order: the one that is to be kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ttsplatform.errors import ApiError
from workers.audio.decode import DecodeError, TooLong, decode
from workers.audio.encode import to_int16

from .recordings import scratch

RATE = 16_000
LEAST_SECONDS, MOST_SECONDS = 1.0, 30.0
KEPT_SECONDS = 12.0
"""A voice is known after a few seconds; no more of it is handed on."""
MAX_BYTES = 10 << 20


def speaker_sample(data: bytes, param: str = "speaker") -> bytes:
    """The sample as mono s16le at RATE. Raises bad_request, file_too_large."""
    if len(data) > MAX_BYTES:
        message = (
            f"{param}: the sample is larger than {MAX_BYTES >> 20} MB. Send 2 to 8 seconds of the voice."
        )
        raise ApiError("file_too_large", message, param=param)
    with tempfile.NamedTemporaryFile(prefix="speaker-", dir=scratch()) as file:
        file.write(data)
        file.flush()
        try:
            blocks = list(decode(Path(file.name), RATE, max_seconds=MOST_SECONDS))
        except TooLong:
            message = f"{param}: the sample is longer than {MOST_SECONDS:g} seconds. Send 2 to 8 seconds of the voice."
            raise ApiError("bad_request", message, param=param) from None
        except DecodeError as problem:
            raise ApiError("bad_request", f"{param}: {problem}", param=param) from None
    samples = np.concatenate(blocks)
    if len(samples) < LEAST_SECONDS * RATE:
        raise ApiError(
            "bad_request", f"{param}: the sample is too short. Send 2 to 8 seconds of the voice.", param=param
        )
    return bytes(to_int16(samples[: round(KEPT_SECONDS * RATE)]).tobytes())
