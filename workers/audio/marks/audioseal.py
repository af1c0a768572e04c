"""AudioSeal (audioseal 0.2.0, MIT), for servers that have its weights and its package; it needs torch.

Its weights are on the model hub only and were not at hand where this was written: the code has run with weights drawn
at random, which proves the way through, not that a mark is found or unheard.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from workers.audio.resample import resample
from workers.engines.base import Audio
from workers.engines.store import weights_dir

_RATE = 16_000
_GENERATOR = "generator_base.pth"
_DETECTOR = "detector_base.pth"
_CARDS = {_GENERATOR: "audioseal_wm_16bits", _DETECTOR: "audioseal_detector_16bits"}
_STEP_SECONDS = 20
_SHORTEST = 1600
_MESSAGE = [0, 1] * 8


def importable() -> bool:
    """Whether the package is there. Imports nothing."""
    return importlib.util.find_spec("audioseal") is not None


class AudioSeal:
    """AudioSeal as a `Method`: a generator of the mark at 16 kHz, and a detector that answers for each sample."""

    name = "audioseal"
    context = 1.0
    ahead = 0.064
    threshold = 0.5

    def __init__(self, models_dir: Path | str | None = None) -> None:
        self._models_dir = models_dir
        self._loading = threading.Lock()

    def addition(self, samples: Audio, rate: int) -> Audio:
        """The mark as a signal, to be added. Silence gets none. Raises ModelUnavailable."""
        made = np.zeros(len(samples), np.float32)
        if not samples.any():
            return made
        import torch

        spoken = resample(samples, rate, _RATE)
        padded = np.pad(spoken, (0, max(0, _SHORTEST - len(spoken))))
        with self._loading, torch.inference_mode():
            # One message for everything, or chunks of one stream would carry different ones.
            mark = self._generator.get_watermark(
                torch.from_numpy(padded)[None, None], sample_rate=_RATE, message=torch.tensor([_MESSAGE])
            )
        back = resample(mark[0, 0].numpy()[: len(spoken)], _RATE, rate)[: len(samples)]
        made[: len(back)] = back
        return made

    def score(self, samples: Audio, rate: int) -> float:
        """The best probability of any 20 seconds that a mark is in them."""
        if not samples.any():
            return 0.0
        import torch

        heard = resample(samples, rate, _RATE)
        best, step = 0.0, _STEP_SECONDS * _RATE
        for start in range(0, len(heard), step):
            part = heard[start : start + step]
            padded = np.pad(part, (0, max(0, _SHORTEST - len(part))))
            with self._loading, torch.inference_mode():
                found, _ = self._detector.detect_watermark(
                    torch.from_numpy(padded)[None, None], sample_rate=_RATE
                )
            best = max(best, float(found))
        return best

    @cached_property
    def _generator(self) -> Any:
        return self._loaded(_GENERATOR, "AudioSealWMConfig", "create_generator")

    @cached_property
    def _detector(self) -> Any:
        return self._loaded(_DETECTOR, "AudioSealDetectorConfig", "create_detector")

    def _loaded(self, file: str, shape: str, create: str) -> Any:
        """As the package's own loader does, but from our file, and without running what a pickle may hold."""
        # It would compile itself anew for each length of audio, which takes seconds.
        os.environ.setdefault("NO_TORCH_COMPILE", "1")
        import torch
        from audioseal import builder, loader
        from omegaconf import OmegaConf

        path = weights_dir("audioseal", models_dir=self._models_dir) / file
        state = torch.load(path, map_location="cpu", weights_only=True)
        card: Any = OmegaConf.to_container(loader.load_local_model_config(_CARDS[file]))
        config = {key: value for key, value in (state.get("xp.cfg") or card).items() if key != "checkpoint"}
        made = getattr(builder, create)(loader.AudioSeal.parse_config(config, getattr(builder, shape)))
        loader.load_state_dict(
            made, state_dict=loader.convert_state_dict_for_scriptable_model(state.get("model", state))
        )
        return made.eval()
