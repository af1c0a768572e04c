"""Spleeter on onnxruntime: music taken apart by what each stem's share of every point of the spectrogram is.

Segments of twelve seconds are looked at one after the other, as Deezer's own program does, so a stream gives the same
as the whole recording at once and memory stays flat. Unlike there, what lies above 11 kHz is shared out as the top of
what the networks see, and not thrown away: the stems add up to the mix.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from .derive import SPLEETER_GRAPH
from .kinds import Stereo
from .kokoro_split import session
from .spleeter_graph import BINS, FRAMES

_WINDOW, _HOP = 4096, 1024
_TOP = 64
"""Bins at the top of what the networks see, by whose mean share everything above is divided."""


class Spleeter:
    """A loaded Separator of two, four or five stems. Memory: 350 MB with two."""

    sample_rate = 44_100
    reentrant = True

    def __init__(self, folder: Path, threads: int) -> None:
        self._session: InferenceSession = session(folder / SPLEETER_GRAPH, threads)
        self.stems = tuple(self._session.get_modelmeta().custom_metadata_map["stems"].split(","))

    def warm(self) -> None:
        self.shares(np.zeros((1, 2, FRAMES, BINS), np.float32))

    def close(self) -> None:
        del self._session

    def stream(self) -> SpleeterStream:
        return SpleeterStream(self)

    def shares(self, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        """(1, 2, 512, 1024) magnitudes -> (stems, 1, 2, 512, 1024) shares that add up to one."""
        (shares,) = self._session.run(None, {"levels": levels})
        return np.asarray(shares, np.float32)


class SpleeterStream:
    """Blocks of stereo sound, shape (2, n), in; the stems by name out, in the end as many samples."""

    def __init__(self, model: Spleeter) -> None:
        self._model = model
        self._window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
        # The first frame's middle is the first sample.
        self._held: Stereo = np.zeros((2, _WINDOW // 2), np.float32)
        self._taken = self._given = 0
        # What the frames so far add to samples that later frames reach too, for each stem; and their windows' weight.
        stems = len(model.stems)
        self._tail = np.zeros((stems, 2, _WINDOW - _HOP), np.float32)
        self._weight = np.zeros(_WINDOW - _HOP, np.float32)
        self._early = _WINDOW // 2

    def push(self, samples: Stereo) -> dict[str, Stereo]:
        self._taken += samples.shape[1]
        self._held = np.concatenate([self._held, samples], axis=1)
        made = []
        needed = (FRAMES - 1) * _HOP + _WINDOW
        while self._held.shape[1] >= needed:
            made.append(self._segment(self._held[:, :needed], FRAMES))
            self._held = self._held[:, FRAMES * _HOP :]
        return self._named(made)

    def finish(self) -> dict[str, Stereo]:
        # As many frames as have their middle within the recording, or at its end.
        count = (self._held.shape[1] - _WINDOW // 2) // _HOP + 1
        needed = (count - 1) * _HOP + _WINDOW
        padded = np.pad(self._held, ((0, 0), (0, max(0, needed - self._held.shape[1]))))
        made = []
        # Seldom one frame more than the networks look at.
        for start in range(0, count, FRAMES):
            frames = min(FRAMES, count - start)
            end = (start + frames - 1) * _HOP + _WINDOW
            made.append(self._segment(padded[:, start * _HOP : end], frames))
        rest = (self._tail / np.maximum(self._weight, 1e-6)).astype(np.float32)
        made.append(rest)
        named = self._named(made)
        left = self._taken - (self._given - next(iter(named.values())).shape[1])
        return {name: stem[:, :left] for name, stem in named.items()}

    def _segment(self, sound: Stereo, count: int) -> NDArray[np.float32]:
        """What can be given of the stems after the next `count` frames, shape (stems, 2, count · hop)."""
        frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW, axis=1)[:, ::_HOP]
        spectrum = np.fft.rfft(frames * self._window, axis=2)
        levels = np.zeros((1, 2, FRAMES, BINS), np.float32)
        levels[0, :, :count] = np.abs(spectrum[:, :, :BINS])
        shares = self._model.shares(levels)[:, 0, :, :count]
        above = shares[..., -_TOP:].mean(axis=3, keepdims=True)
        weights = np.concatenate([self._weight, np.zeros(count * _HOP, np.float32)])
        made = np.concatenate(
            [self._tail, np.zeros((*self._tail.shape[:2], count * _HOP), np.float32)], axis=2
        )
        square = self._window**2
        for stem, share in enumerate(shares):
            masked = np.concatenate(
                [spectrum[..., :BINS] * share, spectrum[..., BINS:] * above[stem]], axis=2
            )
            waves = np.fft.irfft(masked, _WINDOW, axis=2) * self._window
            for number in range(count):
                made[stem, :, number * _HOP : number * _HOP + _WINDOW] += waves[:, number]
        for number in range(count):
            weights[number * _HOP : number * _HOP + _WINDOW] += square
        ready = count * _HOP
        self._tail, self._weight = made[:, :, ready:], weights[ready:]
        return np.asarray(made[:, :, :ready] / np.maximum(weights[:ready], 1e-6), np.float32)

    def _named(self, made: list[NDArray[np.float32]]) -> dict[str, Stereo]:
        stems = len(self._model.stems)
        joined = np.concatenate(made, axis=2) if made else np.zeros((stems, 2, 0), np.float32)
        early = min(self._early, joined.shape[2])
        self._early -= early
        joined = joined[:, :, early:]
        self._given += joined.shape[2]
        return dict(zip(self._model.stems, joined, strict=True))
