"""Stages: sound goes in block by block, changed sound comes out, in the end as many samples, in step with what went in.

So stages can be put behind each other, a recording of hours needs no more memory than one of seconds, and the same
stage works on sound that is still being spoken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio
from workers.engines.kinds import Stereo, Stream

Complex = NDArray[np.complex64]
"""Spectra of shape (channels, frames, bins)."""


class Stage(Protocol):
    """Takes and gives samples of shape (channels, n)."""

    def push(self, samples: Stereo) -> Stereo: ...

    def finish(self) -> Stereo: ...


class Chain:
    """Stages one behind the other, as one Stage; without any, sound passes unchanged."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = stages
        self._channels = 1

    def push(self, samples: Stereo) -> Stereo:
        self._channels = len(samples)
        for stage in self._stages:
            samples = stage.push(samples)
        return samples

    def finish(self) -> Stereo:
        made = [np.zeros((self._channels, 0), np.float32)]
        for place, stage in enumerate(self._stages):
            block = stage.finish()
            for later in self._stages[place + 1 :]:
                block = later.push(block)
            made.append(block)
        return np.concatenate(made, axis=1)


class Channels:
    """Each channel through a stream of its own; where all channels are the same, through one."""

    def __init__(self, make: Callable[[], Stream], channels: int, *, alike: bool = False) -> None:
        self._channels = channels
        self._streams = [make() for _ in range(1 if alike else channels)]

    def push(self, samples: Stereo) -> Stereo:
        return self._all([stream.push(samples[number]) for number, stream in enumerate(self._streams)])

    def finish(self) -> Stereo:
        return self._all([stream.finish() for stream in self._streams])

    def _all(self, made: list[Audio]) -> Stereo:
        return np.stack(made if len(made) == self._channels else made * self._channels)


class Spectral:
    """A stage that changes spectra: windows of `size` samples that overlap by three quarters, put together again.

    `change` gets the spectra of the frames that have come, in order, and gives as many back.
    """

    def __init__(self, size: int, channels: int, change: Callable[[Complex], Complex]) -> None:
        self._size, self._hop = size, size // 4
        self._change = change
        # Its square adds up to 1.5 over four windows.
        self._window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
        early = size - self._hop
        self._held: Stereo = np.zeros((channels, early), np.float32)
        self._tail: Stereo = np.zeros((channels, early), np.float32)
        self._early = early
        self._taken = self._given = 0

    def push(self, samples: Stereo) -> Stereo:
        self._taken += samples.shape[1]
        made = self._run(samples)
        self._given += made.shape[1]
        return made

    def finish(self) -> Stereo:
        rest = np.zeros((len(self._held), 2 * self._size), np.float32)
        return self._run(rest)[:, : self._taken - self._given]

    def _run(self, samples: Stereo) -> Stereo:
        size, hop = self._size, self._hop
        held = np.concatenate([self._held, samples], axis=1)
        count = (held.shape[1] - size) // hop + 1
        if count <= 0:
            self._held = held
            return held[:, :0]
        frames = np.lib.stride_tricks.sliding_window_view(held, size, axis=1)[:, ::hop][:, :count]
        spectra = self._change(np.fft.rfft(frames * self._window, axis=2).astype(np.complex64))
        waves = (np.fft.irfft(spectra, size, axis=2) * self._window).astype(np.float32)
        self._held = held[:, count * hop :]
        made = self._added(waves, count)
        early = min(self._early, made.shape[1])
        self._early -= early
        return made[:, early:]

    def _added(self, waves: NDArray[np.float32], count: int) -> Stereo:
        """The frames laid over each other: what no later frame reaches. shape (channels, count · hop)"""
        size, hop = self._size, self._hop
        total = np.zeros((len(waves), count * hop + size - hop), np.float32)
        total[:, : size - hop] = self._tail
        for quarter in range(4):
            # The frames' quarters lie side by side: one addition for all frames.
            part = waves[:, :, quarter * hop : (quarter + 1) * hop].reshape(len(waves), -1)
            total[:, quarter * hop : quarter * hop + part.shape[1]] += part / 2
        self._tail = total[:, count * hop :].copy()
        return total[:, : count * hop]
