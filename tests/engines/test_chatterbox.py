"""Chatterbox loads, takes recordings, stops: the real package with a small random model made here.

All of it is the package's own but S3Gen, which makes sound of its codes: that cannot be made smaller than a gigabyte, and
FakeS3Gen stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from workers.engines.base import CannotSpeak, EngineError
from workers.engines.chatterbox import Chatterbox
from workers.engines.torchaudio_cpu import torchaudio

from .voices import RATE, recording, said, samples, stops, voice

STEPS = 12
SMALL = {
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "intermediate_size": 64,
}


class FakeTokenizer:
    """In place of what turns a recording into codes."""

    def forward(self, waves: list[np.ndarray], max_len: int) -> tuple[torch.Tensor, None]:
        return torch.arange(max_len)[None] % 6561, None


class FakeS3Gen(torch.nn.Module):
    """In place of S3Gen: a tone of 40 ms for each code, as loud as the recording was."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.tokenizer = FakeTokenizer()

    def embed_ref(self, wave: np.ndarray, rate: int, device: str) -> dict[str, torch.Tensor]:
        assert rate == RATE
        return {"level": torch.tensor(float(np.abs(wave).max()))}

    def inference(self, speech_tokens: torch.Tensor, ref_dict: dict[str, torch.Tensor]) -> Any:
        time = torch.arange(len(speech_tokens) * 960) / RATE
        return ref_dict["level"] * torch.sin(2 * torch.pi * 200 * time)[None], None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    torchaudio()
    from chatterbox import tts
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.llama_configs import LLAMA_CONFIGS
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    root = tmp_path_factory.mktemp("chatterbox")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LLAMA_CONFIGS, "Llama_520M", {**LLAMA_CONFIGS["Llama_520M"], **SMALL})
        patch.setattr(tts, "S3Gen", FakeS3Gen)
        torch.manual_seed(0)
        parts = {"ve": tts.VoiceEncoder(), "t3_cfg": T3(), "s3gen": FakeS3Gen()}
        for name, part in parts.items():
            state = {key: tensor.clone().contiguous() for key, tensor in part.state_dict().items()}
            save_file(state, root / f"{name}.safetensors")
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'"
        marks = {"[STOP]": 0, "[UNK]": 1, "[SPACE]": 2, "[START]": 255}
        vocabulary = {**marks, **{letter: 3 + index for index, letter in enumerate(letters)}}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
        tokenizer.save(str(root / "tokenizer.json"))
        level = torch.tensor(0.05)
        own = tts.Conditionals(
            tts.T3Cond(
                speaker_emb=torch.zeros(1, 256),
                cond_prompt_speech_tokens=torch.zeros(1, 150, dtype=torch.long),
                emotion_adv=0.5 * torch.ones(1, 1, 1),
            ),
            {"level": level},
        )
        own.save(root / "conds.pt")
        yield root


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Chatterbox]:
    from chatterbox.models.t3 import t3

    loaded = Chatterbox(folder)
    # Random weights hardly ever end by themselves.
    t3.tqdm = lambda steps, **_: steps[:STEPS]
    loaded.warm()
    yield loaded
    loaded.close()


def test_it_speaks_in_its_own_voice_and_in_recorded_ones(engine: Chatterbox) -> None:
    own = samples(said(engine, "Hello there.", {}))
    assert engine.sample_rate == RATE
    assert own.dtype == np.float32
    assert 0.04 <= len(own) / RATE <= 0.04 * STEPS + 0.2
    assert np.abs(own).max() == pytest.approx(0.05, rel=0.05)
    for seed, loud in ((1, 0.4), (2, 0.7)):
        options = voice(seed, samples=recording(seed) / np.abs(recording(seed)).max() * loud)
        heard = samples(said(engine, "Hello there.", options))
        assert np.abs(heard).max() == pytest.approx(loud, rel=0.05)
    assert np.abs(samples(said(engine, "Hello.", {}))).max() == pytest.approx(0.05, rel=0.05)


def test_it_listens_to_a_recording_once(engine: Chatterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: Any = []
    hear = engine._heard
    monkeypatch.setattr(engine, "_heard", lambda sound: heard.append(len(sound)) or hear(sound))
    for seed in (7, 8, 7):
        said(engine, "Hello.", voice(seed))
    assert len(heard) == 2


@pytest.mark.parametrize(
    "options",
    [{"exaggeration": 1.5, "temperature": 0.3}, {"cfg_weight": 0.0}, {"exaggeration": 99, "cfg_weight": -5}],
)
def test_its_options_reach_it_within_their_ranges(engine: Chatterbox, options: dict[str, float]) -> None:
    assert len(samples(said(engine, "Hello.", {**voice(1), **options})))


def test_it_stops_within_a_sentence_and_the_next_one_is_whole(engine: Chatterbox) -> None:
    steps = []
    hook = engine._model.t3.tfmr.register_forward_pre_hook(lambda *_: steps.append(1))
    heard, _ = stops(engine, "Nobody wants to hear this.", voice(1), after=4)
    assert heard == []
    assert 0 < len(steps) <= 5
    hook.remove()
    assert len(samples(said(engine, "Hello.", voice(1))))


def test_other_paces_are_made_of_its_own(engine: Chatterbox) -> None:
    assert len(samples(said(engine, "Hello there.", voice(1), speed=1.5)))


def test_what_it_cannot_do_is_said(engine: Chatterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers.engines.base import Utterance

    with pytest.raises(CannotSpeak, match="has no voice 'nobody'"):
        list(engine.speak(Utterance("Hello.", "nobody", "en"), lambda: False))
    (chunk,) = said(engine, "…", voice(1))
    assert not chunk.samples.any()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._model, "generate", broken)
    with pytest.raises(EngineError, match="out of memory"):
        said(engine, "Hello.", voice(1))
