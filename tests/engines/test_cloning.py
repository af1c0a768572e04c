"""Families that speak in a recorded voice really do, wherever their weights are installed; the others are named as skipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.ear import hear, wer
from workers.audio.decode import decode
from workers.engines import ge2e, registry
from workers.engines.base import CannotSpeak, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.cloning import Reference, build_voice, built_by
from workers.engines.registry import FAMILIES, can_clone, load, remedy

pytestmark = pytest.mark.slow

CLIPS = Path(__file__).with_name("speakers")
SENTENCE = "Our engineers measured the river every morning. Nobody had expected so much rain."
CLONERS = [model.id for model in catalogue().models.values() if "cloning" in model.abilities]


def clip(name: str) -> np.ndarray:
    return np.concatenate(list(decode(CLIPS / f"{name}.opus", 24_000)))


@pytest.mark.parametrize("model", CLONERS)
def test_a_cloned_voice_is_like_other_recordings_of_the_person(model: str) -> None:
    if not can_clone(model):
        how = remedy(model, cloning=True) or "it has no engine yet"
        pytest.skip(f"{model} does not clone here: {how}")
    engine = load(model, threads=2)
    for speaker in ("3080", "3005"):
        samples = clip(f"{speaker}-reference")
        # Some go on from the words of the recording.
        built = build_voice(model, Reference(samples, hear(samples, 24_000, model="base").text))
        data = {**built.data, "key": speaker, "samples": samples}
        said = Utterance(SENTENCE, "", "en", options={"voice_data": data})
        heard = np.concatenate([chunk.samples for chunk in engine.speak(said, lambda: False)])
        truth = ge2e.embed(clip(f"{speaker}-other"), 24_000)
        assert ge2e.similarity(ge2e.embed(heard, engine.sample_rate), truth) > 0.75
        assert wer(SENTENCE, hear(heard, engine.sample_rate, model="base")) <= 0.1
    engine.close()


@pytest.mark.parametrize("model", [*CLONERS, "kokoro", "knn-vc", "nosuchmodel"])
def test_what_does_not_clone_is_spoken_by_kokoro(model: str, tmp_path: Path) -> None:
    assert built_by(model, models_dir=tmp_path) == "kokoro"


def test_every_family_that_the_document_clones_with_has_an_engine() -> None:
    named = {
        "chatterbox",
        "cosyvoice2",
        "gpt-sovits",
        "indextts2",
        "openvoice",
        "pocket-tts",
        "qwen3-tts",
        "spark",
    }
    assert named <= set(CLONERS)
    assert {catalogue().models[model].family for model in named} <= set(FAMILIES)


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where all weights and packages are installed."""
    for name in ("is_installed", "packages_are_here"):
        monkeypatch.setattr(registry, name, lambda *_, **__: True)


@pytest.mark.usefixtures("everything")
def test_a_converter_is_given_a_stock_voice_to_convert() -> None:
    reference = Reference(clip("3005-reference"), "Some words.")
    built = build_voice("openvoice", reference, sex="male")
    assert built.model == "openvoice"
    assert built.data["kind"] == "reference"
    stock = built.data["stock"]
    voice = catalogue().voice(stock["base"], "kokoro")
    assert voice is not None
    assert (voice.gender, voice.language, stock["kind"]) == ("male", "en", "voice-match")
    assert 0.79 < stock["f0_scale"] < 1.27


@pytest.mark.usefixtures("everything")
def test_a_family_that_must_know_the_words_says_so_before_anybody_speaks() -> None:
    with pytest.raises(CannotSpeak, match="reference text"):
        build_voice("gpt-sovits", Reference(clip("3005-reference")))
    built = build_voice("gpt-sovits", Reference(clip("3005-reference"), "Some words."))
    assert built.data == {"kind": "reference", "text": "Some words."}


def test_weights_without_the_package_count_as_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "is_installed", lambda *_, **__: True)
    monkeypatch.setattr(registry, "packages_are_here", lambda needs: not needs)
    monkeypatch.delenv("COSYVOICE2_PYTHON", raising=False)
    for model in CLONERS:
        assert not can_clone(model)
        assert built_by(model) == "kokoro"
        if catalogue().models[model].family in FAMILIES:
            assert "pip install" in remedy(model, cloning=True)


def test_published_voices_alone_are_no_clones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pocket TTS has two sets of weights, and OpenVoice needs a voice to convert."""
    missing = {"pocket-tts-cloning", "kokoro"}
    monkeypatch.setattr(registry, "is_installed", lambda name, *_, **__: name not in missing)
    monkeypatch.setattr(registry, "packages_are_here", lambda needs: True)
    for model, command in (("pocket-tts", "pull pocket-tts-cloning"), ("openvoice", "pull kokoro")):
        assert registry.can_load(model)
        assert not can_clone(model)
        assert remedy(model) == ""
        assert command in remedy(model, cloning=True)
