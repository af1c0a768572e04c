"""Noise off speech: what the engine does, made fit for the recordings that really come.

* The engine wants speech at the level it was trained on, and falls apart 40 dB below: sound is brought there and back.
* It takes other voices for noise, and harms the speaker doing so (up to 4 dB of SI-SDR over two others). What it took
  away says so itself: where that sounds like speech, half of it is put back.
"""

from __future__ import annotations

import numpy as np

from workers.audio.resample import Resampler
from workers.audio.vad import FRAME, RATE, SpeechDetector
from workers.engines.base import Audio
from workers.engines.kinds import Denoiser, Stream

ATTENUATION = {1: 12.0, 2: 24.0, 3: 100.0}
"""Decibels that noise is lowered by at most: light, medium, strong."""
_LEVEL = 0.1
"""RMS that speech is brought to."""
_GAINS = (0.1, 300.0)
_KEPT = 0.5
"""Of what was taken away, so much is put back where it is speech: 6 dB are taken at most."""
_SPEECH = (0.15, 0.45)
"""Shares of speech in what was taken, from which and to which more and more of it is put back."""
_RISE_SECONDS, _FALL_SECONDS = 0.3, 2.0


class Denoise:
    """A Stream of mono sound at the engine's rate. `level`: RMS of its loud parts; else it is found as it comes."""

    def __init__(self, engine: Denoiser, attenuation: float, level: float | None = None) -> None:
        self._stream: Stream = engine.stream(attenuation)
        self._level = Level(engine.sample_rate, level)
        self._judge = _Judge(engine.sample_rate)
        self._sound: Audio = np.zeros(0, np.float32)
        self._gains: Audio = np.zeros(0, np.float32)

    def push(self, samples: Audio) -> Audio:
        gains = self._level.gains(samples)
        self._sound = np.concatenate([self._sound, samples])
        self._gains = np.concatenate([self._gains, gains])
        return self._mixed(self._stream.push(samples * gains))

    def finish(self) -> Audio:
        return self._mixed(self._stream.finish())

    def _mixed(self, clean: Audio) -> Audio:
        """The clean sound at its own level, with some of what was taken away."""
        count = len(clean)
        sound, gains = self._sound[:count], self._gains[:count]
        self._sound, self._gains = self._sound[count:], self._gains[count:]
        taken = sound * gains - clean
        return np.asarray((clean + self._judge.kept(taken) * taken) / gains, np.float32)


class Level:
    """Gains that bring sound to the level the engine knows: one for a recording, or slowly following live sound."""

    def __init__(self, rate: int, level: float | None) -> None:
        self._fixed = level
        self._frame = rate // 100
        self._loud = 0.05
        self._last = self._gain(self._loud)

    def gains(self, samples: Audio) -> Audio:
        """One for each sample."""
        if self._fixed is not None:
            return np.full(len(samples), self._gain(self._fixed), np.float32)
        # Live: the loudest frame lately, forgotten by 3 dB a second.
        if len(samples):
            frames = samples[: len(samples) // self._frame * self._frame].reshape(-1, self._frame)
            loudest = float(np.sqrt(np.mean(np.square(frames), axis=1)).max()) if len(frames) else 0.0
            self._loud = max(loudest, self._loud * 10 ** (-3 / 20 * len(samples) / self._frame / 100), 1e-4)
        target = self._gain(self._loud)
        made = np.geomspace(self._last, target, max(1, len(samples)))[: len(samples)]
        self._last = target
        return made.astype(np.float32)

    @staticmethod
    def _gain(level: float) -> float:
        return float(np.clip(_LEVEL / max(level, 1e-6), *_GAINS))


class _Judge:
    """How much of what was taken away is put back, sample by sample."""

    def __init__(self, rate: int) -> None:
        self._resampler = Resampler(rate, RATE)
        self._detector = SpeechDetector()
        self._step = FRAME * rate // RATE
        self._share = 0.0
        self._kept = 0.0

    def kept(self, taken: Audio) -> Audio:
        if not len(taken):
            return taken
        sure = self._detector.push(self._resampler.push(taken))
        for certainty in sure:
            speaks = float(certainty >= 0.5)
            seconds = _RISE_SECONDS if speaks > self._share else _FALL_SECONDS
            self._share += (speaks - self._share) * min(1.0, FRAME / RATE / seconds)
        target = _KEPT * float(np.clip((self._share - _SPEECH[0]) / (_SPEECH[1] - _SPEECH[0]), 0.0, 1.0))
        # A slope of a tenth of a second at least: steps in loudness would be heard.
        made = np.interp(
            np.arange(len(taken)), [0, max(1, min(len(taken), 3 * self._step))], [self._kept, target]
        )
        self._kept = target
        return made.astype(np.float32)
