"""kNN-VC (bshall/knn-vc): says a recording with the sounds of another one.

WavLM's sixth layer hears both, fifty times a second. Each moment of the recording becomes the mean of the four moments
of the other one that are most like it, and a vocoder trained on such means makes sound of them. There is nothing to
train, and the more of the other voice there is the better: a minute and more.

The folder has wavlm-large/ (config.json, pytorch_model.bin) and prematch_g_02500000.pt.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import normalize

from .base import Audio, Cancelled, CannotSpeak, EngineError
from .hifigan import REACH, load_hifigan
from .levels import resampled
from .recorded import LEAST_SECONDS, Heard
from .wavlm import HOP, RATE, WavLM

LAYER, NEIGHBOURS = 6, 4
"""As the authors chose them."""
REFERENCE_SECONDS = 300.0
"""How much of the other recording is heard; the authors saw no gain beyond five minutes."""
BLOCK_FRAMES, MARGIN_FRAMES = 1000, 50
"""What is worked on at once, and what is heard around it: memory grows with the square of a block."""
FADE_FRAMES = 1
LOUDER_AT_MOST = 10.0

_MISSING = "Repair it with: python manage.py models remove knn-vc && python manage.py models pull knn-vc"


class KNNVC:
    """One loaded Converter, on the GPU where there is one."""

    reentrant = False
    sample_rate = reference_rate = RATE

    def __init__(self, folder: Path, threads: int) -> None:
        """Raises EngineError, with the remedy, where the files are not what they should be."""
        device = "cuda:0" if torch.cuda.is_available() else "cpu"
        try:
            self._ear = WavLM(folder / "wavlm-large", LAYER, device)
            self._vocoder = load_hifigan(folder / "prematch_g_02500000.pt", device)
        except (EngineError, OSError) as exc:
            raise EngineError(f"kNN-VC can not be loaded: {exc}. {_MISSING}") from exc
        self._threads = threads
        self._pools: Heard[torch.Tensor] = Heard()

    def warm(self) -> None:
        """Convert a moment of noise, so that the first customer does not wait for what is set up on first use."""
        noise = np.random.default_rng(0).normal(0, 0.05, RATE).astype(np.float32)
        self.convert(noise, RATE, noise, lambda: False)

    def close(self) -> None:
        self._pools.clear()
        del self._ear, self._vocoder

    def convert(self, samples: Audio, rate: int, reference: Audio, cancelled: Cancelled) -> Audio:
        """A recording (mono, at `rate` Hz) with the sounds of another (mono, 16 kHz): mono at 16 kHz, of its length.

        As loud as it was; what there is of it where it is cancelled. Raises CannotSpeak for a reference shorter than
        a second, EngineError.
        """
        if len(reference) < LEAST_SECONDS * RATE:
            raise CannotSpeak("The recording of this voice is shorter than a second: upload a longer one.")
        query = resampled(np.asarray(samples, np.float32), rate, RATE)
        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            pool = self._pool(np.asarray(reference, np.float32)[: round(REFERENCE_SECONDS * RATE)], cancelled)
            return _as_loud(self._converted(query, pool, cancelled), query)
        except RuntimeError as exc:
            raise EngineError(f"kNN-VC failed: {exc}") from exc
        finally:
            torch.set_num_threads(before)

    def _pool(self, reference: Audio, cancelled: Cancelled) -> torch.Tensor:
        """The moments of the other recording, shape (frames, width)."""

        def hear() -> torch.Tensor:
            step = BLOCK_FRAMES * HOP
            blocks = [
                self._ear.features(reference[start : start + step])
                for start in range(0, len(reference), step)
                if not (start and cancelled())
            ]
            return torch.cat(blocks)

        key = hashlib.sha256(np.ascontiguousarray(reference).tobytes()).hexdigest()
        if cancelled():
            # What was not heard to its end must not be remembered.
            return hear()
        return self._pools.get(key, hear)

    def _converted(self, query: Audio, pool: torch.Tensor, cancelled: Cancelled) -> Audio:
        """Block by block; neighbours share a moment, in which one fades into the other."""
        made: Audio = np.zeros(len(query), np.float32)
        alike = normalize(pool, dim=1)
        step, margin, fade = BLOCK_FRAMES * HOP, MARGIN_FRAMES * HOP, FADE_FRAMES * HOP
        rise = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        for start in range(0, len(query), step):
            if cancelled():
                return made[:start]
            first, end = max(0, start - margin), min(len(query), start + step + fade)
            heard = self._ear.features(query[first : end + margin])
            sound = self._said(heard, pool, alike)[start - first : end - first]
            if start:
                shared = min(fade, len(sound))
                made[start : start + shared] *= 1 - rise[:shared]
                sound[:shared] *= rise[:shared]
            made[start:end] += sound
        return made

    def _said(self, heard: torch.Tensor, pool: torch.Tensor, alike: torch.Tensor) -> Audio:
        with torch.inference_mode():
            likeness = normalize(heard, dim=1) @ alike.T
            nearest = likeness.topk(min(NEIGHBOURS, len(pool)), dim=1).indices
            return np.asarray(self._vocoder(pool[nearest].mean(1)).cpu().numpy(), np.float32)


def _as_loud(made: Audio, query: Audio) -> Audio:
    """The sound at the level of what it was made of: WavLM hears words and voices, and hardly how loud they are."""
    level, wanted = (
        np.sqrt(np.sum(np.square(each), dtype=np.float64)) for each in (made, query[: len(made)])
    )
    return made * np.float32(min(LOUDER_AT_MOST, wanted / level) if level else 0.0)


assert REACH < MARGIN_FRAMES, "so that a block sounds as if all had been made at once"
