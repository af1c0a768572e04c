"""Spleeter's stream: as long as what came and the same however it comes, at every length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from workers.engines.kinds import Separator, Stereo
from workers.engines.registry import load
from workers.engines.spleeter import STRETCH
from workers.pipelines import separate

RATE = 44_100


@pytest.fixture(scope="module")
def spleeter() -> Iterator[Separator]:
    model = load("spleeter")
    yield model
    model.close()


def sound(count: int) -> Stereo:
    chance = np.random.default_rng(4)
    tone = np.sin(2 * np.pi * 330 * np.arange(count) / RATE)
    return np.asarray(0.2 * tone + 0.05 * chance.normal(size=(2, count)), np.float32)


def streamed(model: Separator, samples: Stereo, pieces: int) -> dict[str, Stereo]:
    stream = model.stream()
    made = [stream.push(piece) for piece in np.array_split(samples, pieces, axis=1)] + [stream.finish()]
    return {name: np.concatenate([each[name] for each in made], axis=1) for name in model.stems}


@pytest.mark.parametrize(
    "count",
    [0, 1, 1025, 2561, 5 * RATE, STRETCH - 1, STRETCH, STRETCH + 1, STRETCH + 3000],
)
def test_the_stems_are_as_long_as_the_mix_and_add_up_to_it(spleeter: Separator, count: int) -> None:
    mix = sound(count)
    made = streamed(spleeter, mix, 3)
    assert {stem.shape for stem in made.values()} == {mix.shape}
    np.testing.assert_allclose(sum(made.values()), mix, atol=1e-3)


def test_in_pieces_of_any_length_it_is_the_same(spleeter: Separator) -> None:
    mix = sound(STRETCH + RATE)
    one, many = streamed(spleeter, mix, 1), streamed(spleeter, mix, 211)
    for name in spleeter.stems:
        np.testing.assert_allclose(one[name], many[name], atol=1e-5)


def test_parts_of_long_recordings_begin_where_a_stretch_does() -> None:
    assert separate._GRID == STRETCH
