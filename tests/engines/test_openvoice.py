"""OpenVoice loads, converts and speaks by way of Kokoro: the real package with a small random checkpoint made here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from workers.audio.decode import decode
from workers.engines.base import AudioChunk, Cancelled, CannotSpeak, Engine, Utterance
from workers.engines.catalogue import catalogue
from workers.engines.cloning import Reference, build_voice
from workers.engines.openvoice import BLOCK_SECONDS, OpenVoice
from workers.engines.registry import can_clone, load
from workers.engines.store import MANIFEST, models_root, spec_of

from .voices import RATE, recording, said, samples, stops, voice

TEXT = "The ferry leaves at dawn."


class Lent:
    """Kokoro, not closed when the converter is, and with a note of what it was asked to say."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.asked: list[Utterance] = []
        self.sample_rate = engine.sample_rate

    def speak(self, utterance: Utterance, cancelled: Cancelled) -> Iterator[AudioChunk]:
        self.asked.append(utterance)
        return self.engine.speak(utterance, cancelled)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from openvoice_cli import utils
    from openvoice_cli.models import SynthesizerTrn

    root = tmp_path_factory.mktemp("openvoice")
    (root / "converter").mkdir()
    config = {
        "_version_": "v2",
        "data": {
            "sampling_rate": 22050,
            "filter_length": 1024,
            "hop_length": 256,
            "win_length": 1024,
            "n_speakers": 0,
        },
        "model": {
            "zero_g": True,
            "inter_channels": 16,
            "hidden_channels": 16,
            "filter_channels": 16,
            "n_heads": 2,
            "n_layers": 1,
            "kernel_size": 3,
            "p_dropout": 0.1,
            "resblock": "1",
            "resblock_kernel_sizes": [3],
            "resblock_dilation_sizes": [[1, 3, 5]],
            "upsample_rates": [8, 8, 2, 2],
            "upsample_initial_channel": 32,
            "upsample_kernel_sizes": [16, 16, 4, 4],
            "gin_channels": 16,
        },
    }
    path = root / "converter/config.json"
    path.write_text(json.dumps(config))
    hps = utils.get_hparams_from_file(str(path))
    torch.manual_seed(0)
    model = SynthesizerTrn(0, 513, n_speakers=0, **hps.model)
    # Fresh couplings change nothing, and fresh ears hear no difference: these do.
    with torch.no_grad():
        for name, parameter in model.flow.named_parameters():
            if "post" in name:
                parameter.normal_(0, 0.5)
        model.ref_enc.proj.weight.mul_(100)
    torch.save({"model": model.state_dict()}, root / "converter/checkpoint.pth")
    return root


@pytest.fixture(scope="module")
def stock(kokoro: Engine) -> Lent:
    return Lent(kokoro)


@pytest.fixture(scope="module")
def engine(folder: Path, stock: Lent) -> Iterator[OpenVoice]:
    loaded = OpenVoice(folder, lambda: stock)  # type: ignore[arg-type, return-value]
    loaded.warm()
    assert loaded._stock is None, "Kokoro is loaded only when somebody speaks"
    yield loaded
    loaded.close()


def never() -> bool:
    return False


def test_a_recording_is_converted_to_its_length(engine: OpenVoice) -> None:
    for seconds, rate in ((1.7, RATE), (0.1, 16_000), (0.004, RATE)):
        source = recording(3, 2.0)[: round(seconds * rate)]
        sound = engine.convert(source, rate, recording(1), never)
        assert len(sound) == round(len(source) * engine.sample_rate / rate)
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
    assert len(engine.convert(np.zeros(0, np.float32), RATE, recording(1), never)) == 0


def test_whose_voice_it_is_depends_on_the_reference(engine: OpenVoice) -> None:
    source = recording(3)
    sounds = []
    for seed in (1, 2, 1):
        torch.manual_seed(0)
        sounds.append(engine.convert(source, RATE, recording(seed), never))
    np.testing.assert_array_equal(sounds[0], sounds[2])
    assert np.abs(sounds[0] - sounds[1]).max() > 1e-4


def test_a_long_recording_is_converted_in_blocks_and_can_be_cancelled(
    engine: OpenVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BLOCK_SECONDS > 10
    monkeypatch.setattr("workers.engines.openvoice.BLOCK_SECONDS", 0.5)
    source = recording(3, 2.2)
    whole = engine.convert(source, RATE, recording(1), never)
    assert abs(len(whole) - 2.2 * engine.sample_rate) <= 5
    asked = iter(range(2))
    part = engine.convert(source, RATE, recording(1), lambda: next(asked, None) is None)
    assert 0 < len(part) < len(whole) / 2


def test_it_speaks_by_way_of_a_stock_voice_and_keeps_the_words(engine: OpenVoice, stock: Lent) -> None:
    stock.asked.clear()
    own = {"kind": "voice-match", "base": "am_adam", "f0_scale": 1.1}
    chunks = said(engine, TEXT, voice(1, stock=own))
    first, last = stock.asked[0], stock.asked[-1]
    assert (last.text, last.voice) == (TEXT, "am_adam")
    assert last.options["voice_data"] == own
    assert first.text != TEXT, "the stock voice is heard on a sentence of its own first"
    words = [word.text for chunk in chunks for word in chunk.words]
    assert words == ["The", "ferry", "leaves", "at", "dawn"]
    assert len(samples(chunks)) / engine.sample_rate > 0.8
    asked = len(stock.asked)
    said(engine, TEXT, voice(2, stock=own))
    assert len(stock.asked) == asked + 1, "and only once"


def test_another_language_is_spoken_by_a_stock_voice_of_it(engine: OpenVoice, stock: Lent) -> None:
    from workers.engines.base import Utterance

    own = {"kind": "voice-match", "base": "am_adam", "f0_scale": 1.1}
    said_ = Utterance("Hola.", "", "es", options=voice(1, stock=own))
    assert list(engine.speak(said_, never))
    assert stock.asked[-1].options["voice_data"] == {"kind": "voice-match", "base": "em_alex"}


def test_it_stops_between_chunks_and_refuses_what_it_cannot(engine: OpenVoice) -> None:
    heard, _ = stops(engine, TEXT, voice(1), after=0)
    assert heard == []
    with pytest.raises(CannotSpeak, match="upload a recording"):
        said(engine, TEXT, {})
    (chunk,) = said(engine, "…", voice(1))
    assert not chunk.samples.any()


def test_pulled_weights_make_it_a_family_that_clones(folder: Path, tmp_path: Path) -> None:
    """From the store of weights to speech, by the registry: as a worker does it."""
    weights = catalogue().weights["openvoice"]
    root = tmp_path / "models"
    shutil.copytree(folder, root / "openvoice")
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size}
        for path in folder.rglob("*")
        if path.is_file()
    }
    (root / "openvoice" / MANIFEST).write_text(json.dumps({"spec": spec_of(weights), "files": files}))
    assert not can_clone("openvoice", models_dir=root), "there is nobody whose speech it could convert"
    (root / "kokoro").symlink_to(models_root() / "kokoro")
    assert can_clone("openvoice", models_dir=root)
    heard = np.concatenate(list(decode(Path(__file__).with_name("speakers") / "3005-reference.opus", RATE)))
    built = build_voice("openvoice", Reference(heard), models_dir=root)
    assert built.model == "openvoice"
    engine = load("openvoice", models_dir=root)
    try:
        data = {**built.data, "key": "3005", "samples": heard}
        chunks = said(engine, TEXT, {"voice_data": data})
        assert len(samples(chunks)) / engine.sample_rate > 0.8
    finally:
        engine.close()
