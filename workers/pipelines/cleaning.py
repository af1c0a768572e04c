"""Live enhancement: sound comes in as it is spoken and goes out without its noise, some 40 ms later.

With the sample of a voice, a good second later: whoever speaks is compared with it (engines/speaker_gate.py).
"""

from __future__ import annotations

import numpy as np

from workers.audio.encode import from_int16, to_int16
from workers.audio.resample import Resampler
from workers.audio.tools.denoise import ATTENUATION, Denoise
from workers.engines.base import Audio
from workers.engines.kinds import Denoiser
from workers.engines.speaker_gate import SpeakerGate, voice_of

OUT_RATE = 24_000


class LiveCleaner:
    """Mono s16le at `rate` Hz in, mono s16le at OUT_RATE out; in the end exactly as long."""

    def __init__(self, engine: Denoiser, rate: int, speaker: Audio | None = None) -> None:
        """`speaker`: a sample of the one voice to keep, at 16 kHz. Raises CannotSpeak where nobody speaks in it."""
        self.rate = rate
        self._odd = b""
        self._taken = self._given = 0
        self._up = Resampler(rate, engine.sample_rate)
        self._denoise = Denoise(engine, ATTENUATION[3])
        self._gate = None if speaker is None else SpeakerGate(engine.sample_rate, voice_of(speaker))
        self._down = Resampler(engine.sample_rate, OUT_RATE)

    @property
    def seconds(self) -> float:
        """Of sound that came."""
        return self._taken / self.rate

    def push(self, data: bytes) -> bytes:
        """What is ready after some more sound, any number of bytes."""
        data = self._odd + data
        whole = len(data) // 2 * 2
        self._odd = data[whole:]
        samples = from_int16(data[:whole])
        self._taken += len(samples)
        clean = self._denoise.push(self._up.push(samples))
        if self._gate is not None:
            clean = self._gate.push(clean[None])[0]
        return self._out(self._down.push(clean))

    def finish(self) -> bytes:
        """The rest."""
        clean = self._denoise.push(self._up.finish())
        clean = np.concatenate([clean, self._denoise.finish()])
        if self._gate is not None:
            clean = np.concatenate([self._gate.push(clean[None])[0], self._gate.finish()[0]])
        rest = np.concatenate([self._down.push(clean), self._down.finish()])
        missing = round(self._taken * OUT_RATE / self.rate) - self._given
        return self._out(np.pad(rest, (0, max(0, missing - len(rest))))[: max(0, missing)])

    def _out(self, samples: Audio) -> bytes:
        self._given += len(samples)
        return bytes(to_int16(samples).tobytes())
