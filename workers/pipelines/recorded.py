"""The recording that came with an order, decoded to a file, so that memory does not grow with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.audio.decode import DecodeError, TooLong, decode
from workers.audio.encode import to_int16
from workers.audio.vad import RATE, SpeechDetector

from .base import Refused, StepContext

DECODE_SECONDS = 900.0
NOTHING_SAID = (
    "No speech was found in this recording, so there is nothing to write down. Check that the microphone was on and "
    "the speech is loud enough. Nothing was charged."
)
_DECEIVES = (
    "The file holds more sound than it declares. Convert it to a common format such as MP3, and send that."
)


def decoded(context: StepContext, path: Path) -> tuple[float, NDArray[np.float32]]:
    """The recording as s16le at RATE in `path`: its seconds, and how sure it is of speech in each frame."""
    declared = float(context.request["source"]["seconds"])
    detector, sure, count = SpeechDetector(), [], 0
    source = context.source_path()
    try:
        with path.open("wb") as file:
            blocks = decode(source, RATE, max_seconds=declared * 1.02 + 1, time_limit=DECODE_SECONDS)
            for block in blocks:
                context.check()
                file.write(to_int16(block).tobytes())
                sure.append(detector.push(block))
                count += len(block)
    except TooLong:
        raise Refused(_DECEIVES) from None
    except DecodeError as problem:
        raise Refused(str(problem)) from None
    source.unlink()
    return count / RATE, np.concatenate(sure)
