"""Spleeter on onnxruntime: music taken apart by what each stem's share of every point of the spectrogram is.

The networks look twice: at the spectrogram that they know, and at one whose windows are a quarter longer, which looks
to them as if all were played a quarter faster and higher. A deep voice that they take for a bass in the first is a
voice in the second; what both say is averaged (docs/engines.md has the figures).

Stretches of twelve seconds are looked at one after the other, so a stream gives the same as the whole recording at once
and memory stays flat. Unlike in Deezer's own program, what lies above 11 kHz is shared out as the top of what the
networks see, and not thrown away: the stems add up to the mix.
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

_WINDOW = 4096
"""Of the spectrograms that the networks were made with; frames are a quarter of a window apart."""
_WINDOWS = (_WINDOW, 5120)
STRETCH = 510 * 1024
"""Samples that are looked at together: whole frames of each window, and no more than the networks take at once."""
_EDGE = max(_WINDOWS) // 2
_TOP = 64
"""Bins at the top of what the networks see, by whose mean share everything above is divided."""

Levels = NDArray[np.float32]


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

    def shares(self, levels: Levels) -> Levels:
        """(1, 2, 512, 1024) magnitudes -> (stems, 1, 2, 512, 1024) shares that add up to one."""
        (shares,) = self._session.run(None, {"levels": levels})
        return np.asarray(shares, np.float32)


class SpleeterStream:
    """Blocks of stereo sound, shape (2, n), in; the stems by name out, in the end as many samples."""

    def __init__(self, model: Spleeter) -> None:
        self._stems = model.stems
        self._looks = [_Look(model, window) for window in _WINDOWS]
        # The first frames' middle is the first sample.
        self._held: Stereo = np.zeros((2, _EDGE), np.float32)
        self._taken = self._given = 0
        # What the frames so far add to samples that later frames reach too, for each stem; and their windows' weight.
        self._tail = np.zeros((len(self._stems), 2, 2 * _EDGE), np.float32)
        self._weight = np.zeros(2 * _EDGE, np.float32)
        self._early = _EDGE

    def push(self, samples: Stereo) -> dict[str, Stereo]:
        self._taken += samples.shape[1]
        self._held = np.concatenate([self._held, samples], axis=1)
        made = []
        while self._held.shape[1] >= STRETCH + 2 * _EDGE:
            made.append(self._stretch(STRETCH))
        return self._named(made)

    def finish(self) -> dict[str, Stereo]:
        rest = self._held.shape[1] - _EDGE
        self._held = np.pad(self._held, ((0, 0), (0, 2 * _EDGE)))
        made = []
        # Seldom a few samples more than a stretch.
        while rest > 0:
            made.append(self._stretch(min(rest, STRETCH)))
            rest -= STRETCH
        made.append((self._tail / np.maximum(self._weight, 1e-6)).astype(np.float32))
        left = self._taken - self._given
        return {name: stem[:, :left] for name, stem in self._named(made).items()}

    def _stretch(self, count: int) -> NDArray[np.float32]:
        """What can be given of the stems after the next `count` samples: shape (stems, 2, count)."""
        sums = np.pad(self._tail, ((0, 0), (0, 0), (0, count)))
        weights = np.pad(self._weight, (0, count))
        for look in self._looks:
            look.add(self._held[:, : count + 2 * _EDGE], sums, weights)
        self._held = self._held[:, count:]
        self._tail, self._weight = sums[..., count:], weights[count:]
        return np.asarray(sums[..., :count] / np.maximum(weights[:count], 1e-6), np.float32)

    def _named(self, made: list[NDArray[np.float32]]) -> dict[str, Stereo]:
        joined = np.concatenate(made, axis=2) if made else np.zeros((len(self._stems), 2, 0), np.float32)
        early = min(self._early, joined.shape[2])
        self._early -= early
        joined = joined[:, :, early:]
        self._given += joined.shape[2]
        return dict(zip(self._stems, joined, strict=True))


class _Look:
    """The networks' view of one stretch after another through windows of one length."""

    def __init__(self, model: Spleeter, window: int) -> None:
        self._model, self._length, self._hop = model, window, window // 4
        self._window = np.hanning(window + 1)[:-1].astype(np.float32)
        self._before: Levels = np.zeros((2, 0, BINS), np.float32)

    def add(self, sound: Stereo, sums: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """Add the stems of a stretch that has _EDGE more samples on both sides, and the weight of the windows."""
        samples, start = sound.shape[1] - 2 * _EDGE, _EDGE - self._length // 2
        # As many as have their middle within the stretch, or at the recording's end.
        count = STRETCH // self._hop if samples == STRETCH else samples // self._hop + 1
        end = start + (count - 1) * self._hop + self._length
        frames = np.lib.stride_tricks.sliding_window_view(sound[:, start:end], self._length, axis=1)
        spectrum = np.fft.rfft(frames[:, :: self._hop] * self._window, axis=2)
        levels = np.abs(spectrum[..., :BINS]) * np.float32(_WINDOW / self._length)
        shares = self._shares(np.asarray(levels, np.float32))
        above = shares[..., -_TOP:].mean(axis=3, keepdims=True)
        for stem, share in enumerate(shares):
            masked = np.concatenate(
                [spectrum[..., :BINS] * share, spectrum[..., BINS:] * above[stem]], axis=2
            )
            self._overlap(np.fft.irfft(masked, self._length, axis=2) * self._window, sums[stem, :, start:end])
        self._overlap(np.broadcast_to(self._window**2, (count, self._length)), weights[start:end])

    def _shares(self, levels: Levels) -> Levels:
        """(2, frames, 1024) magnitudes -> (stems, 2, frames, 1024).

        The networks see as many frames of the stretch before as there is room for. What is missing then is filled with
        repetitions: in silence they hear voices worse.
        """
        count = levels.shape[1]
        before = self._before[:, max(0, self._before.shape[1] + count - FRAMES) :]
        self._before = levels
        known = np.concatenate([before, levels], axis=1)
        seen = np.take(known, np.arange(FRAMES) % known.shape[1], axis=1)
        shares = self._model.shares(np.asarray(seen[None], np.float32))
        start = before.shape[1]
        return shares[:, 0, :, start : start + count]

    def _overlap(self, frames: NDArray[np.floating], sums: NDArray[np.float32]) -> None:
        """Add frames of shape (…, count, window), each a hop after the one before, to `sums` of shape (…, n)."""
        count, hop = frames.shape[-2], self._hop
        for quarter in range(4):
            stretch = sums[..., quarter * hop : (quarter + count) * hop]
            stretch += frames[..., quarter * hop : (quarter + 1) * hop].reshape(stretch.shape)
