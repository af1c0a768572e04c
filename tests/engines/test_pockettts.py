"""Pocket TTS loads, streams, stops and takes recordings: the real package with a small random model built on the spot."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from workers.engines.base import CannotSpeak, EngineError, Utterance
from workers.engines.pockettts import PocketTTS, language_folder, local_config

pocket_tts = pytest.importorskip("pocket_tts", reason="pip install -r requirements-pocket-tts.txt")

SAMPLES = (0.1 * np.sin(np.arange(48_000) / 20)).astype(np.float32)
RECORDED = {"voice_data": {"kind": "reference", "key": "a", "text": "", "samples": SAMPLES}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as the hub has them: one language, a tokenizer, one published voice."""
    from pocket_tts import TTSModel, export_model_state
    from pocket_tts.utils.config import CONFIGS_DIR
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    root = tmp_path_factory.mktemp("pocket")
    home = root / "languages" / "english"
    (home / "embeddings").mkdir(parents=True)
    letters = {
        letter: index
        for index, letter in enumerate(" abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?")
    }
    tokenizer = Tokenizer(models.WordLevel({**letters, "[UNK]": len(letters)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(home / "tokenizer.json"))
    config: dict[str, Any] = yaml.safe_load((CONFIGS_DIR / "english_2m_2026-10.yaml").read_text())
    config["flow_lm"]["lookup_table"]["n_bins"] = tokenizer.get_vocab_size()
    # Random weights would end anywhere; these speak as long as a text of that length may.
    config["default_eos_threshold"] = 1000.0
    (home / "config.yaml").write_text(yaml.safe_dump(config))
    bare = local_config(home)
    del bare["weights_path"]
    (root / "bare.yaml").write_text(yaml.safe_dump(bare))
    torch.manual_seed(0)
    model = TTSModel.load_model(config=root / "bare.yaml")
    save_file(
        {name: tensor.contiguous() for name, tensor in model.state_dict().items()}, home / "model.safetensors"
    )
    state = model.get_state_for_audio_prompt(torch.from_numpy(SAMPLES[None]))
    export_model_state(state, home / "embeddings" / "alba.safetensors")
    return root


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[PocketTTS]:
    loaded = PocketTTS(folder, 2, clones=True)
    yield loaded
    loaded.close()


def chunks(engine: PocketTTS, text: str, voice: str = "alba", **settings: Any) -> list[Any]:
    return list(engine.speak(Utterance(text, voice, "en", **settings), lambda: False))


def test_it_streams_in_a_published_voice(engine: PocketTTS) -> None:
    spoken = chunks(engine, "Hello there, how are you?")
    assert len(spoken) > 1
    assert engine.sample_rate == 24_000
    assert all(chunk.samples.dtype == np.float32 and np.abs(chunk.samples).max() <= 1.0 for chunk in spoken)


def test_it_speaks_from_a_recording_and_listens_to_it_once(engine: PocketTTS) -> None:
    first = chunks(engine, "Hello.", "", options=RECORDED)
    held = engine._states["reference:a"]
    assert chunks(engine, "Hello again.", "", options=RECORDED)
    assert engine._states["reference:a"] is held
    assert sum(len(chunk.samples) for chunk in first) > 0


def test_a_cancelled_sentence_stops_and_the_next_one_is_whole(engine: PocketTTS) -> None:
    asked = iter([False, False, True])
    text = "Nobody wants to hear this."
    stopped = list(engine.speak(Utterance(text, "alba", "en"), lambda: next(asked, True)))
    whole = chunks(engine, text)
    assert sum(len(chunk.samples) for chunk in stopped) < sum(len(chunk.samples) for chunk in whole)


def test_a_reader_who_leaves_frees_the_engine(engine: PocketTTS) -> None:
    stream = engine.speak(Utterance("Hello there, how are you?", "alba", "en"), lambda: False)
    assert isinstance(stream, Generator)
    next(stream)
    stream.close()
    assert chunks(engine, "Hello.")


def test_weights_without_cloning_say_which_ones_clone(folder: Path) -> None:
    plain = PocketTTS(folder, clones=False)
    with pytest.raises(CannotSpeak, match="models pull pocket-tts-cloning"):
        chunks(plain, "Hello.", "", options=RECORDED)


def test_an_unknown_voice_and_foreign_weights_are_refused(engine: PocketTTS, tmp_path: Path) -> None:
    for voice in ("nobody", "../../../etc/passwd"):
        with pytest.raises(CannotSpeak, match="has no voice"):
            chunks(engine, "Hello.", voice)
    with pytest.raises(EngineError, match="holds no languages"):
        language_folder(tmp_path)


def test_loading_leaves_torch_its_threads(folder: Path) -> None:
    torch.set_num_threads(2)
    PocketTTS(folder, clones=False)
    assert torch.get_num_threads() == 2


def test_nothing_to_say_is_a_short_silence(engine: PocketTTS) -> None:
    (chunk,) = chunks(engine, "…")
    assert not chunk.samples.any()
