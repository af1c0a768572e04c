"""One voice kept and others turned down: where whoever speaks does not sound like the sample, it gets quiet.

This tells speakers apart who take turns. It does not part voices that speak at once: no package carries the weights of
a model that could. Every 0.4 s the last 1.6 s are heard by GE2E and compared with the sample.
"""

from __future__ import annotations

import numpy as np
import soxr

from . import ge2e
from .base import Audio, CannotSpeak
from .kinds import Stereo

SAMPLE_RATE = ge2e.SAMPLE_RATE
_WINDOW, _STEP = 1.6, 0.4
_UNLIKE, _ALIKE = 0.62, 0.74
"""Cosines: below the first it is somebody else, above the second the speaker; one voice measured 0.75 to 0.95."""
_FLOOR = 10 ** (-36 / 20)
_SILENT = 10 ** (-50 / 20)


def voice_of(sample: Audio) -> ge2e.Embedding:
    """The voice in a sample (mono, 16 kHz). Raises CannotSpeak where nobody speaks in it."""
    try:
        return ge2e.embed(sample, SAMPLE_RATE)
    except ValueError:
        raise CannotSpeak(
            "speaker: nobody speaks in this sample. Send 2 to 8 seconds of the voice."
        ) from None


class SpeakerGate:
    """A Stage (workers.audio.tools.stages): sound of any number of channels, given out a good second later."""

    def __init__(self, rate: int, voice: ge2e.Embedding) -> None:
        self._rate, self._voice = rate, voice
        self._resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, "float32")
        self._heard: Audio = np.zeros(0, np.float32)
        self._dropped = 0
        """Samples at 16 kHz that are gone from `_heard`."""
        self._waiting: Stereo | None = None
        self._given = 0
        # The last two places (samples at `rate`) for which it is known how loud to be, and how loud.
        self._known = [(0, 1.0), (0, 1.0)]
        self._looks = 0

    def push(self, samples: Stereo) -> Stereo:
        waiting = samples if self._waiting is None else np.concatenate([self._waiting, samples], axis=1)
        self._waiting = waiting
        self._heard = np.concatenate([self._heard, self._resampler.resample_chunk(samples.mean(axis=0))])
        made = [waiting[:, :0]]
        while self._dropped + len(self._heard) >= self._end_of_look():
            self._look()
            made.append(self._give(self._known[1][0]))
        return np.concatenate(made, axis=1)

    def finish(self) -> Stereo:
        if self._waiting is None:
            return np.zeros((1, 0), np.float32)
        end = self._given + self._waiting.shape[1]
        self._known = [self._known[1], (end, self._known[1][1])]
        return self._give(end)

    def _end_of_look(self) -> int:
        return round((self._looks * _STEP + _WINDOW) * SAMPLE_RATE)

    def _look(self) -> None:
        end = self._end_of_look() - self._dropped
        sound = self._heard[max(0, end - round(_WINDOW * SAMPLE_RATE)) : end]
        middle = round((self._looks * _STEP + _WINDOW / 2) * self._rate)
        last = self._known[1][1]
        if float(np.sqrt(np.mean(sound**2))) < _SILENT:
            gain = last
        else:
            alike = float(ge2e.windows(sound, SAMPLE_RATE, _WINDOW)[0] @ self._voice)
            gain = float(np.clip((alike - _UNLIKE) / (_ALIKE - _UNLIKE), 0.0, 1.0)) ** 2
            gain = max(_FLOOR, gain)
        if not self._looks:
            self._known[1] = (0, gain)
        self._known = [self._known[1], (middle, gain)]
        self._looks += 1
        unused = max(0, end - round((_WINDOW - _STEP) * SAMPLE_RATE))
        self._heard = self._heard[unused:]
        self._dropped += unused

    def _give(self, until: int) -> Stereo:
        """What comes before the place `until`, made as loud as is known."""
        assert self._waiting is not None
        count = min(until - self._given, self._waiting.shape[1])
        if count <= 0:
            return self._waiting[:, :0]
        (first, before), (second, after) = self._known
        places = np.arange(self._given, self._given + count)
        gains = np.interp(places, [first, max(second, first + 1)], [before, after]).astype(np.float32)
        made = self._waiting[:, :count] * gains
        self._waiting = self._waiting[:, count:]
        self._given += count
        return np.asarray(made, np.float32)
