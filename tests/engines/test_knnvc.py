"""kNN-VC from checkpoints of the real layout, small and random: what it hears, what it says, and what it costs.

transformers, which wrote WavLM's files on the hub, writes them here too, and is what the features are compared with.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from workers.engines.base import Audio, CannotSpeak, EngineError
from workers.engines.catalogue import catalogue
from workers.engines.hifigan import load_hifigan
from workers.engines.knnvc import KNNVC, LAYER
from workers.engines.registry import can_load, load
from workers.engines.store import MANIFEST, ModelUnavailable, spec_of
from workers.engines.torchaudio_cpu import torchaudio
from workers.engines.wavlm import HOP, RATE, WavLM

WIDTH = 32
VOCODER = "prematch_g_02500000.pt"


def voice(hertz: float, seconds: float, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A hum that comes and goes, with some noise in it."""
    chance = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    hum = np.sin(2 * np.pi * hertz * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))
    return np.asarray(0.2 * hum + 0.02 * chance.normal(size=len(time)), np.float32)


def generator() -> dict[str, torch.Tensor]:
    """A vocoder's weights under the names of the released one, with filters kept as direction and length."""
    chance = torch.Generator().manual_seed(1)
    made: dict[str, torch.Tensor] = {}

    def filters(name: str, *shape: int, biases: int) -> None:
        made[f"{name}.weight_v"] = torch.randn(*shape, generator=chance)
        made[f"{name}.weight_g"] = 0.5 + torch.rand(shape[0], 1, 1, generator=chance)
        made[f"{name}.bias"] = 0.1 * torch.randn(biases, generator=chance)

    made["lin_pre.weight"] = torch.randn(24, WIDTH, generator=chance)
    made["lin_pre.bias"] = torch.randn(24, generator=chance)
    filters("conv_pre", 16, 24, 7, biases=16)
    channels, number = 16, count()
    for stage, kernel in enumerate((20, 16, 4, 4)):
        filters(f"ups.{stage}", channels, channels // 2, kernel, biases=channels // 2)
        channels //= 2
        for size in (3, 5):
            block = next(number)
            for place in (f"resblocks.{block}.convs{each}.{n}" for each in (1, 2) for n in range(3)):
                filters(place, channels, channels, size, biases=channels)
    filters("conv_post", 1, channels, 7, biases=1)
    return made


@pytest.fixture(scope="module")
def reference_model() -> Any:
    """Microsoft's network as transformers has it."""
    torchaudio()  # transformers would load it, and could not
    from transformers import WavLMConfig, WavLMModel

    torch.manual_seed(0)
    config = WavLMConfig(
        hidden_size=WIDTH,
        num_hidden_layers=LAYER + 2,
        num_attention_heads=4,
        intermediate_size=48,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
        max_bucket_distance=800,
    )
    model = WavLMModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


@pytest.fixture(scope="module")
def folder(reference_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `models pull knn-vc` leaves it."""
    root = tmp_path_factory.mktemp("knnvc")
    (root / "wavlm-large").mkdir()
    (root / "wavlm-large/config.json").write_text(json.dumps(reference_model.config.to_dict()))
    state = reference_model.state_dict()
    place = "encoder.pos_conv_embed.conv"
    for number, old in enumerate(("weight_g", "weight_v")):
        state[f"{place}.{old}"] = state.pop(f"{place}.parametrizations.weight.original{number}")
    torch.save(state, root / "wavlm-large/pytorch_model.bin")
    torch.save({"generator": generator()}, root / VOCODER)
    return root


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[KNNVC]:
    loaded = KNNVC(folder, threads=2)
    loaded.warm()
    yield loaded
    loaded.close()


def never() -> bool:
    return False


def after(questions: int) -> Callable[[], bool]:
    asked = iter(range(questions))
    return lambda: next(asked, None) is None


def test_it_hears_what_transformers_hears(reference_model: Any, folder: Path) -> None:
    sound = voice(140, 1.5)
    heard = WavLM(folder / "wavlm-large", LAYER, "cpu").features(sound)
    with torch.inference_mode():
        padded = torch.nn.functional.pad(torch.from_numpy(sound), (0, 80))[None]
        wanted = reference_model(padded, output_hidden_states=True).hidden_states[LAYER][0]
    assert heard.shape == wanted.shape == (75, WIDTH)
    torch.testing.assert_close(heard, wanted, rtol=1e-3, atol=1e-3)


def test_the_vocoder_reads_filters_as_torch_does(folder: Path) -> None:
    stored = generator()
    vocoder = load_hifigan(folder / VOCODER, "cpu")
    up = nn.utils.parametrizations.weight_norm(nn.ConvTranspose1d(16, 8, 20, 10, padding=5))
    up.load_state_dict(
        {
            "bias": stored["ups.0.bias"],
            "parametrizations.weight.original0": stored["ups.0.weight_g"],
            "parametrizations.weight.original1": stored["ups.0.weight_v"],
        }
    )
    sound = torch.randn(1, 16, 9)
    torch.testing.assert_close(vocoder.ups[0](sound), up(sound))
    with torch.inference_mode():
        made = vocoder(torch.randn(9, WIDTH))
    assert made.shape == (9 * HOP,)
    assert made.abs().max() <= 1


def test_a_recording_keeps_its_length_and_level(engine: KNNVC) -> None:
    for seconds, rate in ((1.7, 24_000), (0.31, RATE), (0.004, RATE)):
        source = voice(120, 2.0)[: round(seconds * rate)]
        made = engine.convert(source, rate, voice(200, 2.0), never)
        assert abs(len(made) - len(source) * RATE / rate) <= 1
        assert made.dtype == np.float32
        assert np.isfinite(made).all()
    source = voice(120, 3.0)
    made = engine.convert(source, RATE, voice(200, 2.0), never)
    assert np.sqrt(np.mean(made**2)) == pytest.approx(np.sqrt(np.mean(source**2)), rel=0.01)
    assert len(engine.convert(np.zeros(0, np.float32), RATE, voice(200, 2.0), never)) == 0
    assert not engine.convert(np.zeros(RATE, np.float32), RATE, voice(200, 2.0), never).any()


def test_it_says_it_with_the_four_nearest_moments_of_the_other_voice(engine: KNNVC, folder: Path) -> None:
    source, other = voice(120, 1.0), voice(200, 2.0, seed=2)
    ear, vocoder = WavLM(folder / "wavlm-large", LAYER, "cpu"), load_hifigan(folder / VOCODER, "cpu")
    pool = ear.features(other).numpy()
    means = []
    for moment in ear.features(source).numpy():
        cosines = pool @ moment / np.linalg.norm(pool, axis=1) / np.linalg.norm(moment)
        means.append(pool[np.argsort(-cosines)[:4]].mean(0))
    with torch.inference_mode():
        wanted = vocoder(torch.from_numpy(np.stack(means))).numpy()[: len(source)]
    wanted *= np.sqrt(np.mean(source**2) / np.mean(wanted**2))
    np.testing.assert_allclose(engine.convert(source, RATE, other, never), wanted, atol=2e-3)


def test_a_voice_is_heard_once(engine: KNNVC, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    hears = engine._ear.features

    def noted(samples: Audio) -> torch.Tensor:
        heard.append(len(samples))
        return hears(samples)

    monkeypatch.setattr(engine._ear, "features", noted)
    first = engine.convert(voice(120, 1.0), RATE, voice(310, 2.0), never)
    again = engine.convert(voice(120, 1.0), RATE, voice(310, 2.0), never)
    assert heard.count(2 * RATE) == 1
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - engine.convert(voice(120, 1.0), RATE, voice(90, 2.0), never)).max() > 1e-3


def test_blocks_meet_without_a_seam_and_a_cancel_is_heeded_between_them(
    engine: KNNVC, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.engines.knnvc.BLOCK_FRAMES", 100)
    source, other = voice(120, 4.8), voice(200, 2.0)
    whole = engine.convert(source, RATE, other, never)
    assert len(whole) == len(source)
    around = [whole[n * 100 * HOP + np.arange(-HOP, 2 * HOP)] for n in (1, 2)]
    steps = np.abs(np.diff(whole))
    assert max(np.abs(np.diff(each)).max() for each in around) <= 1.5 * np.quantile(steps, 0.999)
    part = engine.convert(source, RATE, other, after(2))
    assert len(part) == 100 * HOP
    assert len(engine.convert(source, RATE, voice(201, 2.0), after(0))) == 0


def test_memory_does_not_grow_with_the_square_of_a_recording(folder: Path) -> None:
    """In a process of its own; heard all at once, eighty seconds would take most of a gigabyte more than ten."""
    code = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from workers.engines import knnvc
        knnvc.BLOCK_FRAMES = 200
        engine = knnvc.KNNVC(Path(sys.argv[1]), threads=2)
        noise = np.random.default_rng(0).normal(0, 0.1, 80 * knnvc.RATE).astype(np.float32)
        for seconds in (10, 80):
            engine.convert(noise[: seconds * knnvc.RATE], knnvc.RATE, noise[: 2 * knnvc.RATE], lambda: False)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    short, long = (int(line) / 1024 for line in done.stdout.split())
    assert long - short < 250, (short, long)


def test_what_can_not_be_converted_is_said(engine: KNNVC, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotSpeak, match="shorter than a second"):
        engine.convert(voice(120, 1.0), RATE, voice(200, 0.5), never)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)

    def refused(says: str) -> None:
        with pytest.raises(EngineError, match=rf"can not be loaded.*{says}[\s\S]*models pull knn-vc"):
            KNNVC(copy, threads=2)

    weights = generator()
    torch.save({"generator": {**weights, "ups.0.weight_v": torch.zeros(16, 8, 16)}}, copy / VOCODER)
    refused("256 samples each, not 320")
    torch.save({"generator": {n: w for n, w in weights.items() if n != "conv_post.bias"}}, copy / VOCODER)
    refused("does not hold a vocoder")
    (copy / VOCODER).write_bytes(b"<html>not here</html>")
    refused("not a checkpoint")
    (copy / VOCODER).unlink()
    refused("No such file")
    torch.save({}, copy / "wavlm-large/pytorch_model.bin")
    refused("does not hold WavLM")


def test_it_is_loaded_by_the_registry_once_its_weights_are_there(folder: Path, tmp_path: Path) -> None:
    assert not can_load("knn-vc", models_dir=tmp_path)
    with pytest.raises(ModelUnavailable, match=r"manage\.py models pull knn-vc"):
        load("knn-vc", models_dir=tmp_path)
    shutil.copytree(folder, tmp_path / "knn-vc")
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size}
        for path in folder.rglob("*")
        if path.is_file()
    }
    manifest = {"spec": spec_of(catalogue().weights["knn-vc"]), "files": files}
    (tmp_path / "knn-vc" / MANIFEST).write_text(json.dumps(manifest))
    assert can_load("knn-vc", models_dir=tmp_path)
    engine = load("knn-vc", models_dir=tmp_path)
    assert len(engine.convert(voice(120, 1.0), RATE, voice(200, 1.0), never)) == RATE
    engine.close()
