"""Changes the sample rate of a stream without a seam between its blocks (libsoxr, through `soxr`)."""

from __future__ import annotations

import numpy as np
import soxr

from workers.engines.base import Audio

BLOCK = 1 << 16


class Resampler:
    """Mono float32 blocks in, mono float32 blocks out, as if the whole had been resampled in one go."""

    def __init__(self, source_rate: int, target_rate: int) -> None:
        """Rates in Hz; equal rates pass the samples through. ValueError where one is not positive."""
        if source_rate <= 0 or target_rate <= 0:
            raise ValueError("Sample rates must be positive.")
        self._stream: soxr.ResampleStream | None = None
        if source_rate != target_rate:
            self._stream = soxr.ResampleStream(source_rate, target_rate, 1, dtype="float32", quality="HQ")

    def push(self, samples: Audio) -> Audio:
        """What is ready after these samples: shape (m,), possibly empty; the filter holds back a few ms."""
        block = np.ascontiguousarray(samples, dtype=np.float32)
        return block if self._stream is None else self._stream.resample_chunk(block)

    def finish(self) -> Audio:
        """The rest. Call once, at the end."""
        empty = np.zeros(0, dtype=np.float32)
        return empty if self._stream is None else self._stream.resample_chunk(empty, last=True)


def resample(samples: Audio, source_rate: int, target_rate: int) -> Audio:
    """A whole recording at another rate: shape (round(n·target/source),), give or take one sample."""
    resampler = Resampler(source_rate, target_rate)
    return np.concatenate([resampler.push(samples), resampler.finish()])
