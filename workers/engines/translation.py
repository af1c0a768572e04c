"""Text into another language, by whatever the machine has: Argos Translate's neural models, or Apertium.

Argos: the package argostranslate (requirements-argos.txt) and language packages in MODELS_DIR/argos; Apertium: the
program of that name and its pairs, as Debian has them (apertium-eng-spa).
Speech into English needs neither: Whisper translates as it listens.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from .base import EngineError
from .store import models_root

Route = Literal["argos", "apertium"]
APERTIUM_SECONDS = 60.0
# What Apertium calls the languages that we name by two letters.
_THREE = {
    "en": "eng", "es": "spa", "pt": "por", "it": "ita", "ca": "cat", "fr": "fra", "gl": "glg", "oc": "oci", "eo": "epo",
    "eu": "eus", "ro": "ron", "de": "deu", "nl": "nld", "sv": "swe", "da": "dan", "no": "nob", "is": "isl", "ru": "rus",
    "uk": "ukr", "be": "bel", "pl": "pol", "bg": "bul", "mk": "mkd", "sl": "slv", "cy": "cym", "br": "bre", "tr": "tur",
    "kk": "kaz", "hi": "hin", "ur": "urd", "id": "ind", "ms": "zlm", "mt": "mlt", "ar": "ara", "af": "afr", "an": "arg",
}  # fmt: skip


def pairs() -> dict[tuple[str, str], Route]:
    """(from, to) → how, of all that can be translated here, ISO 639-1. Looks, and loads nothing."""
    found: dict[tuple[str, str], Route] = dict.fromkeys(_apertium_pairs(), "apertium")
    return {**found, **dict.fromkeys(_argos_pairs(), "argos")}


def targets_from(source: str) -> list[str]:
    """What `source` can be translated into; English always, if it is heard and not read."""
    into = {target for (origin, target) in pairs() if origin == source}
    return sorted(into | ({"en"} - {source}))


def translate(text: str, source: str, target: str) -> str:
    """Raises KeyError where the pair is not there, EngineError where it fails."""
    route = pairs()[source, target]
    return _by_argos(text, source, target) if route == "argos" else _by_apertium(text, source, target)


def argos_folder() -> Path:
    """Where the language packages of Argos lie, each in a folder of its own with a metadata.json."""
    return Path(os.environ.get("ARGOS_PACKAGES_DIR") or models_root() / "argos")


def _argos_pairs() -> Iterable[tuple[str, str]]:
    folder = argos_folder()
    if importlib.util.find_spec("argostranslate") is None or not folder.is_dir():
        return []
    import json

    found = []
    for about in folder.glob("*/metadata.json"):
        told = json.loads(about.read_text("utf-8"))
        if told.get("type", "translate") == "translate":
            found.append((str(told["from_code"]), str(told["to_code"])))
    return found


def _by_argos(text: str, source: str, target: str) -> str:
    # Read by the package when it is first imported.
    os.environ["ARGOS_PACKAGES_DIR"] = str(argos_folder())
    try:
        import argostranslate.translate

        return str(argostranslate.translate.translate(text, source, target))
    except Exception as exc:
        raise EngineError(f"Argos Translate failed: {exc}") from exc


@functools.lru_cache(maxsize=4)
def _listed(program: str) -> dict[tuple[str, str], str]:
    """The pairs that an apertium of this path names, and its names for them."""
    # Newer pairs are named with three letters (eng-spa), older ones with two (es-pt).
    two = {three: code for code, three in _THREE.items()} | {code: code for code in _THREE}
    done = subprocess.run([program, "-l"], capture_output=True, text=True, timeout=20, check=False)
    found: dict[tuple[str, str], str] = {}
    for name in done.stdout.split():
        source, _, target = name.partition("-")
        if source in two and target in two:
            found[two[source], two[target]] = name
    return found


def _apertium_pairs() -> Mapping[tuple[str, str], str]:
    program = shutil.which("apertium")
    return _listed(program) if program else {}


def _by_apertium(text: str, source: str, target: str) -> str:
    # -u: words that it does not know stay as they are, without a mark.
    command = ["apertium", "-u", _apertium_pairs()[source, target]]
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=APERTIUM_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as exc:
        raise EngineError(f"Apertium failed: {exc}") from exc
    return done.stdout.strip()
