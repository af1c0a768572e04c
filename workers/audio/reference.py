"""Is a recording fit to make a voice of? Read within bounds, then heard: length, speech, level, clipping, speakers.

Every refusal is a sentence that says what to send instead.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio

from .decode import DecodeError, TooLong, decode
from .vad import FRAME, speech_frames
from .vad import RATE as VAD_RATE

RATE = 24_000
"""References are kept as mono samples at this rate."""

READ_SECONDS = 20.0
"""Processor and waiting time that reading one upload may take."""
LISTENED_SECONDS = 60.0
"""More than that is not searched for speech, nor used for a voice."""
SILENT, QUIET = -66.0, -48.0
"""dBFS: below the first there is nothing, below the second speech drowns in the noise of most rooms."""
CLIPPED_MOST = 0.01
"""Speech touches its own peak for a few samples in a million; flat tops make it one in a hundred."""


class ReferenceRefused(Exception):
    """The recording can not be used. `code` names the reason, the message is for the customer.

    Codes: not_audio, too_large, too_short, too_long, silent, no_speech, too_little_speech, too_quiet, clipped,
    two_speakers.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """What one kind of upload must keep to. `min_speech`: seconds in which somebody speaks."""

    min_seconds: float = 1.0
    max_seconds: float = 60.0
    min_speech: float = 0.8
    max_bytes: int = 100 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A recording that passed. `samples` is mono at RATE Hz; `level_dbfs` is the RMS of its speech.

    `clipped_share`: the part of all samples that lie at the very top.
    """

    samples: Audio
    seconds: float
    speech_seconds: float
    level_dbfs: float
    clipped_share: float


def check_reference(path: str | os.PathLike[str], limits: Limits | None = None) -> Checked:
    """Read and judge the recording at `path`. How many people speak is a question for who has a speaker encoder.

    In memory: at most `max_seconds` of samples. Raises ReferenceRefused.
    """
    limits = limits or Limits()
    samples = _read(path, limits)
    seconds = len(samples) / RATE
    if seconds < limits.min_seconds:
        asked = f"Send at least {limits.min_seconds:g} seconds of one person speaking."
        raise ReferenceRefused("too_short", f"The recording is {seconds:.1f} seconds long. {asked}")
    speech = speech_mask(samples)
    spoken = float(speech.sum()) / RATE
    _judge(samples, speech, spoken, limits)
    clipped = clipped_share(samples)
    if clipped > CLIPPED_MOST:
        raise ReferenceRefused(
            "clipped",
            f"The recording is clipped: {100 * clipped:.0f} % of it is cut off at the top. "
            "Record again with less gain.",
        )
    return Checked(samples, seconds, spoken, level_dbfs(samples[speech]), clipped)


def _read(path: str | os.PathLike[str], limits: Limits) -> Audio:
    """All samples, shape (n,). What is too long is stopped while it comes out, whatever its header says."""
    try:
        blocks = list(
            decode(
                path,
                RATE,
                max_seconds=limits.max_seconds,
                max_bytes=limits.max_bytes,
                time_limit=READ_SECONDS,
            )
        )
    except TooLong as exc:
        if os.stat(path).st_size > limits.max_bytes:
            size = limits.max_bytes >> 20
            raise ReferenceRefused(
                "too_large",
                f"The file is larger than {size} MB. Send a shorter recording, or send it as MP3.",
            ) from exc
        message = f"The recording is longer than {limits.max_seconds:g} seconds. Cut it to its best part."
        raise ReferenceRefused("too_long", message) from exc
    except DecodeError as exc:
        raise ReferenceRefused("not_audio", str(exc)) from exc
    return np.concatenate(blocks)


def speech_mask(samples: Audio) -> NDArray[np.bool_]:
    """For every sample at RATE Hz whether it lies in speech, shape of `samples`; False after LISTENED_SECONDS."""
    frames = speech_frames(samples[: round(LISTENED_SECONDS * RATE)], RATE)
    mask = np.zeros(len(samples), bool)
    spread = np.repeat(frames, FRAME * RATE // VAD_RATE)[: len(mask)]
    mask[: len(spread)] = spread
    return mask


def _judge(samples: Audio, speech: NDArray[np.bool_], spoken: float, limits: Limits) -> None:
    if level_dbfs(samples) < SILENT:
        message = "The recording is silent. Check the microphone, then record one person speaking."
        raise ReferenceRefused("silent", message)
    if spoken < min(0.4, limits.min_speech):
        message = "Nobody speaks in the recording. Send one person speaking, without music."
        raise ReferenceRefused("no_speech", message)
    if spoken < limits.min_speech:
        asked = f"at least {limits.min_speech:g} are needed"
        message = (
            f"There are only {spoken:.1f} seconds of speech in the recording; {asked}. Speak for longer."
        )
        raise ReferenceRefused("too_little_speech", message)
    level = level_dbfs(samples[speech])
    if level < QUIET:
        message = f"The speech is too quiet ({level:.0f} dBFS). Record closer to the microphone."
        raise ReferenceRefused("too_quiet", message)


def level_dbfs(samples: Audio) -> float:
    """The RMS level; -120 for digital silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return 10 * float(np.log10(max(power, 1e-12)))


def clipped_share(samples: Audio) -> float:
    """The part of the samples within half a per cent of the highest, 0…1."""
    size = np.abs(samples)
    peak = float(size.max(initial=0.0))
    return float(np.mean(size >= 0.995 * peak)) if peak > 0 else 0.0


APART = 0.78
"""GE2E cosine of the means of two groups of windows. One voice measured 0.87 to 0.97, two 0.43 to 0.76."""
_LEAST_SHARE = 0.15
_LEAST_WINDOWS = 4


def demand_one_speaker(vectors: NDArray[np.float32]) -> None:
    """Raises ReferenceRefused where more than one person speaks; `vectors` as for `speakers_heard`."""
    if speakers_heard(vectors) > 1:
        message = (
            "More than one person speaks in the recording. Send one in which only the wanted voice is heard."
        )
        raise ReferenceRefused("two_speakers", message)


def speakers_heard(vectors: NDArray[np.float32]) -> int:
    """1 or 2, from a speaker encoder's unit vectors of windows of 1.6 s of speech without pauses, shape (n, 256).

    The windows are parted in two groups as far apart as they come (k-means on the sphere, begun from the two windows
    least alike). Two people: both groups are a real part of the recording, and their means are further apart than one
    person's voice varies. Doubtful cases count as one, for a wrong refusal is worse.
    """
    if len(vectors) < _LEAST_WINDOWS:
        return 1
    alike = vectors @ vectors.T
    first, second = np.unravel_index(int(np.argmin(alike)), alike.shape)
    means = vectors[[first, second]]
    groups = np.zeros(len(vectors), int)
    for _ in range(20):
        groups = np.argmax(vectors @ means.T, axis=1)
        if not 0 < groups.sum() < len(groups):
            return 1
        means = np.stack([_unit(vectors[groups == group].mean(axis=0)) for group in (0, 1)])
    smaller = min(groups.mean(), 1 - groups.mean())
    return 2 if smaller >= _LEAST_SHARE and float(means[0] @ means[1]) < APART else 1


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
