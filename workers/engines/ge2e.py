"""A voice as 256 numbers: the GE2E speaker encoder (resemblyzer 0.1.4), on onnxruntime.

Two recordings of one person lie at a cosine of about 0.85 to 0.97, two people of one sex at 0.45 to 0.75. What is
computed is what the package resemblyzer computes (its VAD, level and mel spectrogram), without librosa and torch.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from .base import Audio
from .derive import GE2E_ENCODER
from .kokoro_split import session
from .store import weights_dir

MODEL = "resemblyzer"
"""Its id in the catalogue."""
SAMPLE_RATE = 16_000
WIDTH = 256

_BANDS, _WINDOW, _HOP = 40, 400, 160
_PARTIAL = 160
"""Frames of 10 ms that the encoder was trained on at a time."""
_OVERLAP_RATE, _COVERAGE = 1.3, 0.75
_LEVEL_DBFS = -30.0
_VAD_FRAME = 480
_VAD_SMOOTH, _VAD_KEPT = 8, 6

Embedding = NDArray[np.float32]


def embed(samples: Audio, rate: int, *, models_dir: Path | str | None = None) -> Embedding:
    """Whose voice: float32 (256,) of length 1, from mono samples (n,) at `rate` Hz; 1.6 s of speech is enough.

    Pauses are cut out and quiet recordings raised to -30 dBFS first. Raises ValueError where there is no speech in it
    and ModelUnavailable where the weights are not installed.
    """
    voice = speech(samples, rate)
    if voice.size == 0:
        raise ValueError("There is no speech in this audio.")
    step = round(SAMPLE_RATE / _OVERLAP_RATE / _HOP)
    frames = len(voice) // _HOP + 1
    starts = list(range(0, max(1, frames - _PARTIAL + step + 1), step))
    if len(starts) > 1 and (len(voice) - starts[-1] * _HOP) / (_PARTIAL * _HOP) < _COVERAGE:
        starts.pop()
    mean = _embeddings(voice, starts, _PARTIAL, models_dir).mean(0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def windows(
    samples: Audio,
    rate: int,
    seconds: float = 1.6,
    step: float = 0.8,
    *,
    models_dir: Path | str | None = None,
) -> Embedding:
    """An embedding of each stretch of `seconds`, `step` apart: float32 (n, 256), n ≥ 1; a shorter rest is left out.

    Nothing is cut out, so that row i begins at i · `step` seconds: give it what `speech` returns (16 kHz) where pauses
    are not wanted. Raises ModelUnavailable where the weights are not installed.
    """
    sound = _raised(_resampled(samples, rate))
    length, hop = round(seconds * 100), round(step * 100)
    starts = list(range(0, max(1, len(sound) // _HOP - length + 1), hop))
    return _embeddings(sound, starts, length, models_dir)


def speech(samples: Audio, rate: int) -> Audio:
    """The speech in mono samples at `rate` Hz, without pauses above 0.2 s, 16 kHz, -30 dBFS or more; or nothing."""
    import webrtcvad

    sound = _raised(_resampled(samples, rate))
    sound = sound[: len(sound) // _VAD_FRAME * _VAD_FRAME]
    pcm = np.clip(np.round(sound * 32767), -32768, 32767).astype("<i2").reshape(-1, _VAD_FRAME)
    if not len(pcm):
        return sound
    vad = webrtcvad.Vad(3)
    voiced = np.array([vad.is_speech(frame.tobytes(), SAMPLE_RATE) for frame in pcm], np.float64)
    padded = np.pad(voiced, ((_VAD_SMOOTH - 1) // 2, _VAD_SMOOTH // 2))
    smooth = np.round(np.convolve(padded, np.ones(_VAD_SMOOTH) / _VAD_SMOOTH, "valid")) > 0
    # Half of the pauses' allowance on either side of what is speech.
    kept = np.convolve(smooth, np.ones(_VAD_KEPT + 1), "same") > 0
    return np.asarray(sound[np.repeat(kept, _VAD_FRAME)], np.float32)


def similarity(a: Embedding, b: Embedding) -> float:
    """The cosine of two embeddings, each of length 1."""
    return float(np.dot(a, b))


def _embeddings(sound: Audio, starts: list[int], length: int, models_dir: Path | str | None) -> Embedding:
    """One embedding of `length` frames from each start (frames of 10 ms), with silence at the end where needed."""
    needed = (starts[-1] + length) * _HOP
    mels = _mels(np.pad(sound, (0, max(0, needed - len(sound)))))
    batch = np.stack([mels[start : start + length] for start in starts])
    (found,) = _encoder(str(weights_dir(MODEL, models_dir=models_dir))).run(None, {"mels": batch})
    return np.asarray(found, np.float32)


@lru_cache(maxsize=2)
def _encoder(folder: str) -> InferenceSession:
    return session(Path(folder) / GE2E_ENCODER, 1)


def _resampled(samples: Audio, rate: int) -> Audio:
    mono = np.asarray(samples, np.float32).reshape(-1)
    return mono if rate == SAMPLE_RATE else np.asarray(soxr.resample(mono, rate, SAMPLE_RATE), np.float32)


def _raised(sound: Audio) -> Audio:
    """Quiet sound raised to -30 dBFS."""
    level = float(np.sqrt(np.mean(sound.astype(np.float64) ** 2))) if sound.size else 0.0
    wanted = 10 ** (_LEVEL_DBFS / 20)
    return sound if level == 0.0 or level >= wanted else np.asarray(sound * (wanted / level), np.float32)


def _mels(sound: Audio) -> NDArray[np.float32]:
    """Mel power (not its logarithm), float32 (frames, 40): 25 ms windows (Hann) every 10 ms, the first centred at 0."""
    padded = np.pad(sound, _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    return np.asarray(power @ _filters().T, np.float32)


@lru_cache(maxsize=1)
def _filters() -> NDArray[np.float64]:
    """Triangular mel bands of equal area, (40, 201), on Slaney's scale: linear to 1 kHz, logarithmic above."""
    bend, step = 1000.0, np.log(6.4) / 27
    top = 15 + np.log(SAMPLE_RATE / 2 / bend) / step
    mels = np.linspace(0, top, _BANDS + 2)
    hertz = np.where(mels < 15, mels * 200 / 3, bend * np.exp(step * (mels - 15)))
    bins = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)
    rise = (bins - hertz[:-2, None]) / (hertz[1:-1] - hertz[:-2])[:, None]
    fall = (hertz[2:, None] - bins) / (hertz[2:] - hertz[1:-1])[:, None]
    area = (2 / (hertz[2:] - hertz[:-2]))[:, None]
    return np.asarray(np.maximum(0, np.minimum(rise, fall)) * area)
