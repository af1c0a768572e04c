"""Give every engine's audio the same edges, so that chunks can be joined without care (gains.py: the same loudness)."""

from __future__ import annotations

import numpy as np

from .base import Audio, AudioChunk, Word

EDGE_SECONDS = 0.05
"""Quiet kept before and after the speech of a chunk; pauses between chunks are the business of who joins them."""

_FLOOR = 0.003
_FRAME_SECONDS = 0.005


def silence(seconds: float, sample_rate: int) -> Audio:
    """Digital silence."""
    return np.zeros(round(seconds * sample_rate), np.float32)


def resampled(samples: Audio, rate: int, wanted: int) -> Audio:
    """One whole utterance at another rate, by cutting or padding its spectrum (not for pieces of a stream)."""
    if rate == wanted or samples.size == 0:
        return samples
    spectrum = np.fft.rfft(samples)
    length = round(len(samples) * wanted / rate)
    other = np.zeros(length // 2 + 1, spectrum.dtype)
    shared = min(len(other), len(spectrum))
    other[:shared] = spectrum[:shared]
    return (np.fft.irfft(other, length) * (length / len(samples))).astype(np.float32)


def trimmed(samples: Audio, words: tuple[Word, ...], sample_rate: int) -> AudioChunk:
    """The chunk with EDGE_SECONDS of quiet at both ends (less where there was less), the words moved with it.

    Quiet is a level below 0.003 (-50 dBFS) over 5 ms.
    """
    frame = round(_FRAME_SECONDS * sample_rate)
    frames = len(samples) // frame
    if frames == 0:
        return AudioChunk(samples, words)
    level = np.sqrt(np.mean(samples[: frames * frame].reshape(frames, frame) ** 2, axis=1))
    (loud,) = np.nonzero(level > _FLOOR)
    if loud.size == 0:
        return AudioChunk(samples, words)
    edge = round(EDGE_SECONDS * sample_rate)
    start = max(0, int(loud[0]) * frame - edge)
    end = min(len(samples), (int(loud[-1]) + 1) * frame + edge)
    seconds, cut = (end - start) / sample_rate, start / sample_rate
    moved = tuple(
        Word(
            word.text,
            min(max(word.start - cut, 0.0), seconds),
            min(max(word.end - cut, 0.0), seconds),
            word.char_start,
            word.char_end,
        )
        for word in words
    )
    return AudioChunk(samples[start:end], moved)
