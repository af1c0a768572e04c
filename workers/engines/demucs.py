"""Demucs by its own package (demucs 4.1.0): loading from a local folder, and streams in blocks of half a minute.

The network looks at eight seconds at a time and blends what it says of neighbours; blocks overlap by as much on both
sides, so that where they meet each was heard with what lies around it, and memory does not grow with the recording.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from .base import EngineError
from .kinds import Stereo

_BLOCK_SECONDS, _MARGIN_SECONDS, _FADE_SECONDS = 24.0, 4.0, 0.25


class Demucs:
    """A loaded Separator of four or six stems (as the weights have it), `vocals` first."""

    reentrant = False

    def __init__(self, folder: Path, threads: int) -> None:
        """`folder` holds one bag: NAME.yaml with the models' .safetensors (as on the hub) or .th beside it."""
        import torch

        self._torch = torch
        self._threads = threads
        self._model = _loaded(folder)
        self.sample_rate = int(self._model.samplerate)
        sources = [str(source) for source in self._model.sources]
        self._order = sorted(range(len(sources)), key=lambda index: sources[index] != "vocals")
        self.stems = tuple(sources[index] for index in self._order)

    def warm(self) -> None:
        pass

    def close(self) -> None:
        del self._model

    def stream(self) -> DemucsStream:
        return DemucsStream(self)

    def separate(self, sound: Stereo) -> np.ndarray[Any, Any]:
        """(2, n) -> (stems, 2, n). The level is brought to what the networks were trained on, and back."""
        from demucs.apply import apply_model

        torch = self._torch
        with _threads(torch, self._threads), torch.inference_mode():
            mix = torch.from_numpy(np.ascontiguousarray(sound))
            mean, spread = mix.mean(), mix.mean(0).std() + 1e-8
            made = apply_model(
                self._model, ((mix - mean) / spread)[None], shifts=0, split=True, overlap=0.25, progress=False
            )[0]
            return np.asarray((made * spread + mean).numpy()[self._order], np.float32)


class DemucsStream:
    """Blocks of stereo sound, shape (2, n), in; the stems by name out, in the end as many samples."""

    def __init__(self, model: Demucs) -> None:
        rate = model.sample_rate
        self._model = model
        self._block, self._margin = round(_BLOCK_SECONDS * rate), round(_MARGIN_SECONDS * rate)
        self._fade = round(_FADE_SECONDS * rate)
        self._held: Stereo = np.zeros((2, 0), np.float32)
        self._before = 0
        """Samples at the start of `_held` that were given already."""
        self._coming: np.ndarray[Any, Any] | None = None
        """What the last block would go on with, to be faded out."""

    def push(self, samples: Stereo) -> dict[str, Stereo]:
        self._held = np.concatenate([self._held, samples], axis=1)
        made = []
        while self._held.shape[1] >= self._before + self._block + self._margin + self._fade:
            made.append(self._next(self._block))
        return self._named(made)

    def finish(self) -> dict[str, Stereo]:
        left = self._held.shape[1] - self._before
        return self._named([self._next(left)] if left else [])

    def _next(self, length: int) -> np.ndarray[Any, Any]:
        """The next `length` samples of all stems, shape (stems, 2, length)."""
        heard = self._held[:, : self._before + length + self._margin + self._fade]
        stems = self._model.separate(heard)[:, :, self._before :]
        given = stems[:, :, :length].copy()
        if self._coming is not None:
            count = min(self._coming.shape[2], length)
            rise = np.linspace(0, 1, count, dtype=np.float32)
            given[:, :, :count] = (1 - rise) * self._coming[:, :, :count] + rise * given[:, :, :count]
        self._coming = stems[:, :, length : length + self._fade]
        drop = max(0, self._before + length - self._margin)
        self._held = self._held[:, drop:]
        self._before = self._before + length - drop
        return given

    def _named(self, made: list[np.ndarray[Any, Any]]) -> dict[str, Stereo]:
        stems = self._model.stems
        joined = np.concatenate(made, axis=2) if made else np.zeros((len(stems), 2, 0), np.float32)
        return dict(zip(stems, joined, strict=True))


def _loaded(folder: Path) -> Any:
    """The bag of models in a folder. Raises EngineError where there is none, ImportError without the package."""
    import yaml
    from demucs.apply import BagOfModels
    from demucs.hf import load_safetensors_model
    from demucs.pretrained import get_model

    bags = sorted(folder.glob("*.yaml"))
    if not bags:
        raise EngineError(f"demucs: {folder} holds no bag of models (NAME.yaml).")
    bag = yaml.safe_load(bags[0].read_text("utf-8"))
    files = [folder / f"{name}.safetensors" for name in bag["models"]]
    if all(file.exists() for file in files):
        models = [load_safetensors_model(file) for file in files]
        made = BagOfModels(models, bag.get("weights"), bag.get("segment"))
        made.eval()
        return made
    return get_model(bags[0].stem, repo=folder)


class _threads:
    """Torch computes on so many threads meanwhile: the number is the whole process's."""

    _guard = threading.Lock()

    def __init__(self, torch: Any, count: int) -> None:
        self._torch, self._count = torch, count

    def __enter__(self) -> None:
        self._guard.acquire()
        self._before = self._torch.get_num_threads()
        self._torch.set_num_threads(self._count)

    def __exit__(self, *exc: object) -> None:
        self._torch.set_num_threads(self._before)
        self._guard.release()
