"""From a model id to a loaded engine. A family is imported when it is first asked for, never before."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import environments
from .base import Engine
from .catalogue import Model, catalogue
from .store import ModelUnavailable, install_command, is_installed, weights_dir

__all__ = ["FAMILIES", "ModelUnavailable", "can_clone", "can_load", "load", "packages_are_here", "remedy"]

Factory = Callable[[Model, int, Path | str | None], Any]
"""Gives an Engine for models that speak, for others what kinds.py has for their type."""


def _kokoro(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .kokoro import Kokoro

    return Kokoro(weights_dir(model.id, models_dir=models_dir), threads)


def _piper(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .base import CannotSpeak
    from .piper import Piper

    def folder_of(voice_id: str) -> Path:
        voice = catalogue().voice(voice_id, model.id)
        if voice is None:
            raise CannotSpeak(
                f"{model.name} has no voice {voice_id!r}. GET /v1/voices/?model={model.id} lists them."
            )
        return weights_dir(model.id, voice.id, models_dir=models_dir)

    return Piper(folder_of, model.default_voices["en"], threads)


def _pockettts(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .pockettts import PocketTTS

    clones = can_clone(model.id, models_dir=models_dir)
    folder = weights_dir(CLONING_WEIGHTS[model.id] if clones else model.id, models_dir=models_dir)
    return PocketTTS(folder, threads, clones=clones)


def _chatterbox(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .chatterbox import Chatterbox

    return Chatterbox(weights_dir(model.id, models_dir=models_dir), threads)


def _openvoice(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .openvoice import OpenVoice

    def stock() -> Engine:
        engine: Engine = load(STOCK, threads=threads, models_dir=models_dir)
        return engine

    return OpenVoice(weights_dir(model.id, models_dir=models_dir), stock)


def _knnvc(model: Model, threads: int, models_dir: Path | str | None) -> Any:
    from .knnvc import KNNVC

    return KNNVC(weights_dir(model.id, models_dir=models_dir), threads)


def _gptsovits(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .gptsovits import GPTSoVITS

    return GPTSoVITS(weights_dir(model.id, models_dir=models_dir))


def _indextts2(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .indextts2 import IndexTTS2

    return IndexTTS2(weights_dir(model.id, models_dir=models_dir), threads)


def _spark(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .spark import Spark

    return Spark(weights_dir(model.id, models_dir=models_dir))


def _qwen3tts(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .qwen3tts import Qwen3TTS

    return Qwen3TTS(weights_dir(model.id, models_dir=models_dir))


def _cosyvoice2(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .apart import Apart, MissingPackage

    folder, python = weights_dir(model.id, models_dir=models_dir), environments.interpreter(model.family)
    recipe = environments.recipe(model)
    if python is None:
        message = f"{model.name} runs in a Python environment of its own. Make one: {recipe}"
        raise ModelUnavailable(model.id, recipe, message)
    try:
        arguments = {"folder": str(folder), "threads": threads}
        return Apart(model.name, python, "workers.engines.cosyvoice2:CosyVoice2", arguments)
    except MissingPackage as exc:
        message = f"The environment of {model.name} ({python}) lacks a package: {exc}. Make it anew: {recipe}"
        raise ModelUnavailable(model.id, recipe, message) from exc


def _fake(model: Model, threads: int, models_dir: Path | str | None) -> Engine:
    from .fake import FakeEngine

    return FakeEngine.from_environment()


def _whisper(model: Model, threads: int, models_dir: Path | str | None) -> Any:
    from .whisper import Whisper

    return Whisper(weights_dir(model.id, models_dir=models_dir), threads)


def _sensevoice(model: Model, threads: int, models_dir: Path | str | None) -> Any:
    from .sensevoice import SenseVoice

    return SenseVoice(weights_dir(model.id, models_dir=models_dir), threads)


def _deepfilternet(model: Model, threads: int, models_dir: Path | str | None) -> Any:
    from .deepfilternet import DeepFilterNet

    return DeepFilterNet()


def _spleeter(model: Model, threads: int, models_dir: Path | str | None) -> Any:
    from .spleeter import Spleeter

    return Spleeter(weights_dir(model.id, models_dir=models_dir), threads)


def _demucs(model: Model, threads: int, models_dir: Path | str | None) -> Any:
    from .demucs import Demucs

    return Demucs(weights_dir(model.id, models_dir=models_dir), threads)


FAMILIES: dict[str, Factory] = {
    "kokoro": _kokoro,
    "piper": _piper,
    "pockettts": _pockettts,
    "chatterbox": _chatterbox,
    "openvoice": _openvoice,
    "knnvc": _knnvc,
    "gptsovits": _gptsovits,
    "indextts2": _indextts2,
    "spark": _spark,
    "qwen3tts": _qwen3tts,
    "cosyvoice2": _cosyvoice2,
    "fake": _fake,
    "whisper": _whisper,
    "sensevoice": _sensevoice,
    "deepfilternet": _deepfilternet,
    "spleeter": _spleeter,
    "demucs": _demucs,
}
"""How each family is loaded. docs/engines.md says how to add one."""


CLONING_WEIGHTS = {"pocket-tts": "pocket-tts-cloning"}
"""Models that speak in recorded voices only with another set of weights than their own."""
STOCK = "kokoro"
"""What speaks for a model that only converts."""


def can_clone(model_id: str, *, models_dir: Path | str | None = None) -> bool:
    """True where this model, as it is installed here, speaks in the voice of a recording. Loads nothing."""
    model = catalogue().model(model_id)
    return (
        model is not None
        and "cloning" in model.abilities
        and can_load(model.id, models_dir=models_dir)
        and (model.type != "convert" or can_load(STOCK, models_dir=models_dir))
        and (
            model.id not in CLONING_WEIGHTS or is_installed(CLONING_WEIGHTS[model.id], models_dir=models_dir)
        )
    )


def can_load(model_id: str, voice_id: str | None = None, *, models_dir: Path | str | None = None) -> bool:
    """True where `load` would find an engine, its packages and weights (and the voice's own weights). Loads nothing."""
    model = catalogue().model(model_id)
    return (
        model is not None
        and model.family in FAMILIES
        and _can_import(model)
        and is_installed(model_id, voice_id, models_dir=models_dir)
    )


def _can_import(model: Model) -> bool:
    """Whether the model's packages are here, or in an environment of its own."""
    if model.family in environments.VARIABLES:
        return environments.interpreter(model.family) is not None
    return packages_are_here(model.needs)


@lru_cache(maxsize=256)
def packages_are_here(needs: str) -> bool:
    """Whether the Python packages that a model's `needs` names are installed, in whatever version."""
    try:
        for file in re.findall(r"-r (requirements-[\w-]+\.txt)", needs):
            lines = (Path(__file__).resolve().parents[2] / file).read_text("utf-8").splitlines()
            needs += " " + " ".join(line.split("#")[0] for line in lines)
        for name in re.findall(r"([\w.-]+)(?:\[[\w,]*\])?==", needs):
            importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, FileNotFoundError):
        return False
    return True


def remedy(model_id: str, *, cloning: bool = False, models_dir: Path | str | None = None) -> str:
    """What the operator types so that `load` works: packages, weights or both; "" where nothing helps or is missing.

    With `cloning`, so that the model speaks in the voice of a recording (can_clone).
    """
    model = catalogue().model(model_id)
    if model is None or model.family not in FAMILIES:
        return ""
    apart = model.family in environments.VARIABLES
    install = environments.recipe(model) if apart else f"python -m pip install {model.needs}"
    packages = "" if _can_import(model) else install
    wanted = CLONING_WEIGHTS.get(model.id, model.id) if cloning else model.id
    weights = "" if is_installed(wanted, models_dir=models_dir) else install_command(wanted)
    stock = remedy(STOCK, models_dir=models_dir) if cloning and model.type == "convert" else ""
    # The recipe of an environment ends in words: it comes last.
    return " && ".join(filter(None, (weights, packages) if apart else (packages, weights, stock)))


def load(model_id: str, *, threads: int = 1, models_dir: Path | str | None = None) -> Any:
    """A newly loaded engine that computes on `threads` threads: an Engine, or what kinds.py has for the model's type.

    Raises ModelUnavailable where weights, a Python package or the engine itself is missing, KeyError for an id that
    is not in the catalogue.
    """
    model = catalogue().model(model_id)
    if model is None:
        raise KeyError(model_id)
    factory = FAMILIES.get(model.family)
    if factory is None:
        raise ModelUnavailable(
            model.id,
            "",
            f"This version of the platform has no engine for {model.name} yet (family {model.family}).",
        )
    if not is_installed(model.id, models_dir=models_dir):
        raise ModelUnavailable(model.id, install_command(model.id))
    try:
        return factory(model, threads, models_dir)
    except ImportError as exc:
        packages = model.needs or "-r requirements.txt"
        raise ModelUnavailable(
            model.id, f"python -m pip install {packages}", f"{model.name} needs a Python package: {exc}"
        ) from exc
