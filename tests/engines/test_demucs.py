"""Demucs by its own package and the real loader, with a network of random weights that is a megabyte small."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from demucs.htdemucs import HTDemucs
from numpy.typing import NDArray
from safetensors.torch import save_file

from workers.engines.base import EngineError
from workers.engines.demucs import Demucs, DemucsStream
from workers.engines.kinds import Stereo

SOURCES = {
    4: ["drums", "bass", "other", "vocals"],
    6: ["drums", "bass", "other", "vocals", "guitar", "piano"],
}
RATE = 44_100
TINY: dict[str, Any] = {
    "channels": 8,
    "depth": 4,
    "nfft": 4096,
    "t_layers": 1,
    "t_heads": 2,
    "bottom_channels": 16,
    "segment": Fraction(39, 5),
}


def bag(folder: Path, stems: int) -> Path:
    """A folder as `models pull` leaves it: one bag of one network."""
    torch.manual_seed(stems)
    arguments = {"sources": SOURCES[stems], **TINY}
    network = HTDemucs(**arguments)
    about = {
        "klass": "demucs.htdemucs.HTDemucs",
        "args": "[]",
        "kwargs": json.dumps(
            arguments,
            default=lambda value: {
                "_type": "fraction",
                "numerator": value.numerator,
                "denominator": value.denominator,
            },
        ),
    }
    save_file(
        {name: each.contiguous() for name, each in network.state_dict().items()},
        folder / "tiny.safetensors",
        about,
    )
    (folder / "htdemucs.yaml").write_text(yaml.safe_dump({"models": ["tiny"]}))
    return folder


@pytest.fixture(scope="module")
def demucs(tmp_path_factory: pytest.TempPathFactory) -> Demucs:
    return Demucs(bag(tmp_path_factory.mktemp("demucs"), 4), threads=2)


def music(seconds: float) -> Stereo:
    chance = np.random.default_rng(1)
    time = np.arange(round(seconds * RATE)) / RATE
    tones = np.stack([np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 330.0)])
    return np.asarray(0.2 * tones + 0.02 * chance.normal(size=tones.shape), np.float32)


def streamed(model: Demucs, sound: Stereo, pieces: int) -> dict[str, Stereo]:
    stream = model.stream()
    made = [stream.push(piece) for piece in np.array_split(sound, pieces, axis=1)] + [stream.finish()]
    return {name: np.concatenate([each[name] for each in made], axis=1) for name in model.stems}


def test_the_stems_are_the_networks_with_the_voice_first(demucs: Demucs, tmp_path: Path) -> None:
    assert demucs.stems == ("vocals", "drums", "bass", "other")
    assert demucs.sample_rate == RATE
    six = Demucs(bag(tmp_path, 6), threads=1)
    assert six.stems == ("vocals", "drums", "bass", "other", "guitar", "piano")


def test_each_stem_is_what_the_package_makes_of_it(demucs: Demucs) -> None:
    """In the order that `stems` tells, and at the level that came."""
    from demucs.apply import apply_model

    sound = music(3.0)
    mix = torch.from_numpy(sound)
    mean, spread = mix.mean(), mix.mean(0).std() + 1e-8
    with torch.inference_mode():
        bare = apply_model(demucs._model, ((mix - mean) / spread)[None], shifts=0, overlap=0.25)[0]
    expected = dict(zip(SOURCES[4], (bare * spread + mean).numpy(), strict=True))
    for name, stem in streamed(demucs, sound, 3).items():
        assert stem.shape == sound.shape
        np.testing.assert_allclose(stem, expected[name], atol=1e-5)


class Filters:
    """A fake network of two stems that hears a second around each moment: what it makes does not hang on the cut."""

    sample_rate, stems = 1_000, ("vocals", "rest")

    def separate(self, sound: Stereo) -> NDArray[np.float32]:
        smooth = np.hanning(1_001) / 500
        low = np.stack([np.convolve(channel, smooth, "same") for channel in sound])
        return np.asarray(np.stack([sound - low, low]), np.float32)


@pytest.mark.parametrize("seconds", [1.2, 24.0, 28.25, 60.0, 95.3])
def test_a_stream_in_blocks_is_the_whole_at_once(seconds: float) -> None:
    model: Any = Filters()
    sound = np.asarray(np.random.default_rng(2).normal(size=(2, round(seconds * 1_000))), np.float32)
    stream = DemucsStream(model)
    made = [stream.push(piece) for piece in np.array_split(sound, 37, axis=1)] + [stream.finish()]
    for name, whole in zip(model.stems, model.separate(sound), strict=True):
        np.testing.assert_allclose(np.concatenate([each[name] for each in made], axis=1), whole, atol=1e-5)


def test_torch_computes_as_before_afterwards(demucs: Demucs) -> None:
    before = torch.get_num_threads()
    demucs.separate(music(0.5))
    assert torch.get_num_threads() == before


def test_nothing_in_nothing_out(demucs: Demucs) -> None:
    assert {stem.shape for stem in streamed(demucs, music(0.0), 1).values()} == {(2, 0)}


def test_a_folder_without_a_bag_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="holds no bag"):
        Demucs(tmp_path, threads=1)
