"""Perth's mark: a fixed pattern of small level changes in 128 bins below 2 kHz, found by Perth's own network.

perth_graph.py says what the published weights turned out to hold. Two things are ours:

* **How strongly the pattern is laid.** Where a bin is loud within its frame a change is heard first (as PESQ hears),
  where it is quiet it costs next to nothing and the network sees it as well, because it looks at decibels. So the
  pattern is laid at a fifth in loud bins and a little over its own strength in quiet ones. Against one strength
  of a half everywhere this is both less audible and found more surely.
* **How the network's answers are added up.** It answers for each frame, with about 0 or with bursts of up to 7, and
  bursts also come from the odd unmarked word; their plain mean, Perth's own score, flags some unmarked recordings. Here
  every half second of speech has one vote of at most 1, and the score is the mean vote. Frames that stand still (tones,
  hum) have none: the network takes the foot of some tones for the mark.
"""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.engines.base import Audio
from workers.engines.derive import PERTH_DETECTOR, PERTH_PATTERN
from workers.engines.store import weights_dir

from .spectrum import HOP_SECONDS, WINDOW_SECONDS, Levels, Spectrum, frames_of, laying_frames_of, levels_of

LOUD, QUIET = 0.18, 1.35
"""Shares of the pattern laid in the loudest and in the quietest bins of a frame."""

_TURN_DB, _TURN_WIDTH_DB = -26.0, 6.0
"""Where, against its frame's loudest bin, a bin lies halfway between the two; and how gently it turns."""

_OFFSET_DB, _SPAN_DB = 180.0, 195.0
_SPEECH_DB, _NONE_DB = 40.0, -100.0
_LOUD_DB, _STILL_DB, _BEFORE = 30.0, 0.5, 5
_VOTE = 50
_WINDOW, _STEP = 600, 300
_BLOCK_SECONDS = 20
_MARGIN = 20
_ENOUGH = 160


class Perth:
    """Perth as a `Method`. 82 % of a window's votes must see the mark: docs/performance.md says why."""

    name = "perth"
    context = WINDOW_SECONDS
    ahead = WINDOW_SECONDS / 2
    threshold = 0.82

    def __init__(self, models_dir: Path | str | None = None, threads: int = 1) -> None:
        """Loads nothing yet. `threads` is for the detector; laying the mark takes one."""
        self._models_dir = models_dir
        self._threads = threads
        self._loading = threading.Lock()

    def addition(self, samples: Audio, rate: int) -> Audio:
        """The pattern as a signal, to be added. Silence gets none. Raises ModelUnavailable, ValueError (rate)."""
        frames = laying_frames_of(rate)
        spectrum = frames.spectrum(samples)
        return frames.signal(laid(spectrum, self._gain), len(samples))

    def score(self, samples: Audio, rate: int) -> float:
        """The best mean vote of any six seconds, 0 to 1.

        Under 1.6 s of speech count for less and under a second never reach the threshold: a single word shows too
        little to be told apart.
        """
        evidence, energy = self.evidence(samples, rate)
        starts = range(0, max(1, len(evidence) - _STEP), _STEP)
        best = max(
            mean_vote(evidence[start : start + _WINDOW], energy[start : start + _WINDOW]) for start in starts
        )
        return float(np.clip(best, 0.0, 1.0))

    def evidence(self, samples: Audio, rate: int) -> tuple[Audio, Audio]:
        """What the network sees in each frame of 10 ms, and the frame's `speech_energy`, both (frames,)."""
        frames = frames_of(rate)
        margin, block = _MARGIN * frames.hop, round(_BLOCK_SECONDS / HOP_SECONDS) * frames.hop
        seen, loud = [], []
        # Block by block, with a margin on both sides that the network looks into: memory stays bounded.
        for start in range(0, max(1, len(samples)), block):
            first = max(0, start - margin)
            spectrum = frames.spectrum(samples[first : start + block + margin])
            kept = slice((start - first) // frames.hop, (start - first + block) // frames.hop)
            energy = speech_energy(spectrum)[kept]
            loud.append(energy)
            if float(energy.max(initial=_NONE_DB)) <= _NONE_DB:
                seen.append(np.zeros(len(energy), np.float32))
                continue
            feed = (levels_of(spectrum) + np.float32(_OFFSET_DB)) / np.float32(_SPAN_DB)
            (answer,) = self._detector.run(None, {"levels": np.ascontiguousarray(feed.T[None, :, None, :])})
            seen.append(answer[0, 1, 0][kept])
        return np.concatenate(seen), np.concatenate(loud)

    @cached_property
    def _gain(self) -> NDArray[np.float32]:
        pattern = np.load(weights_dir("perth", models_dir=self._models_dir) / PERTH_PATTERN)
        return (10.0 ** (pattern / 20.0) - 1.0).astype(np.float32)

    @property
    def _detector(self) -> Any:
        with self._loading:
            return self._session

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = weights_dir("perth", models_dir=self._models_dir) / PERTH_DETECTOR
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def laid(spectrum: Spectrum, gain: NDArray[np.float32]) -> Spectrum:
    """What the pattern adds to a spectrum: `gain` (128,) is by how much each bin grows, at full strength."""
    levels: Levels = levels_of(spectrum)
    below = levels - levels.max(axis=1, keepdims=True, initial=-_OFFSET_DB)
    quietness = 1.0 / (1.0 + np.exp((below - _TURN_DB) / np.float32(_TURN_WIDTH_DB)))
    strength = np.float32(LOUD) + np.float32(QUIET - LOUD) * quietness
    return (spectrum * gain * strength).astype(np.complex64)


def speech_energy(spectrum: Spectrum) -> Audio:
    """Each frame's energy in decibels, shape (frames,); _NONE_DB where there is silence or the spectrum stands still.

    A frame stands still where its loud bins differ by less than half a decibel from those of 50 ms before.
    """
    levels = levels_of(spectrum)
    if len(levels) == 0:
        return np.zeros(0, np.float32)
    before = levels[np.maximum(np.arange(len(levels)) - _BEFORE, 0)]
    loud = levels > levels.max(axis=1, keepdims=True) - np.float32(_LOUD_DB)
    moved = (np.abs(levels - before) * loud).sum(axis=1) / loud.sum(axis=1)
    energy = 10.0 * np.log10((np.abs(spectrum) ** 2).sum(axis=1) + np.float32(1e-12))
    return np.where((moved > _STILL_DB) & (energy > _NONE_DB), energy, np.float32(_NONE_DB))


def mean_vote(evidence: Audio, energy: Audio) -> float:
    """The mean of the half seconds' votes among frames that carry speech (within 40 dB of the loud ones)."""
    moving = energy > _NONE_DB
    if not moving.any():
        return 0.0
    speech = evidence[moving & (energy > np.quantile(energy[moving], 0.95) - _SPEECH_DB)]
    votes = [min(1.0, float(part.mean())) for part in np.array_split(speech, max(1, len(speech) // _VOTE))]
    return float(np.mean(votes)) * min(1.0, len(speech) / _ENOUGH)
