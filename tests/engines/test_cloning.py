"""Families that speak in a recorded voice really do, wherever their weights are installed; the others are named as skipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.ear import hear, wer
from workers.audio.decode import decode
from workers.engines import ge2e
from workers.engines.base import Utterance
from workers.engines.catalogue import catalogue
from workers.engines.cloning import Reference, build_voice, built_by
from workers.engines.registry import CLONING_WEIGHTS, FAMILIES, can_clone, load
from workers.engines.store import install_command

pytestmark = pytest.mark.slow

CLIPS = Path(__file__).with_name("speakers")
SENTENCE = "Our engineers measured the river every morning. Nobody had expected so much rain."
CLONERS = [
    model.id for model in catalogue().models.values() if model.type == "tts" and "cloning" in model.abilities
]


def clip(name: str) -> np.ndarray:
    return np.concatenate(list(decode(CLIPS / f"{name}.opus", 24_000)))


@pytest.mark.parametrize("model", CLONERS)
def test_a_cloned_voice_is_like_other_recordings_of_the_person(model: str) -> None:
    if not can_clone(model):
        how = (
            install_command(CLONING_WEIGHTS.get(model, model))
            if catalogue().models[model].family in FAMILIES
            else "it has no engine yet"
        )
        pytest.skip(f"{model} does not clone here: {how}")
    engine = load(model, threads=2)
    for speaker in ("3080", "3005"):
        samples = clip(f"{speaker}-reference")
        built = build_voice(model, Reference(samples))
        data = {**built.data, "key": speaker, "samples": samples}
        said = Utterance(SENTENCE, "", "en", options={"voice_data": data})
        heard = np.concatenate([chunk.samples for chunk in engine.speak(said, lambda: False)])
        truth = ge2e.embed(clip(f"{speaker}-other"), 24_000)
        assert ge2e.similarity(ge2e.embed(heard, engine.sample_rate), truth) > 0.75
        assert wer(SENTENCE, hear(heard, engine.sample_rate, model="base")) <= 0.1
    engine.close()


@pytest.mark.parametrize("model", ["openvoice", "kokoro", "nosuchmodel"])
def test_what_does_not_clone_is_spoken_by_kokoro(model: str) -> None:
    assert built_by(model) == "kokoro"
