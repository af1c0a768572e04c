"""Spark-TTS loads, takes recordings, stops: the real package with tiny random models made here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from workers.engines.base import CannotSpeak, EngineError
from workers.engines.spark import Spark
from workers.engines.torchaudio_cpu import torchaudio

from .voices import said, samples, stops, voice

CODES = 64
WIDTH = 32
CODEC: dict[str, Any] = {
    "mel_params": {
        "sample_rate": 16000,
        "n_fft": 1024,
        "win_length": 640,
        "hop_length": 320,
        "mel_fmin": 10,
        "mel_fmax": None,
        "num_mels": 32,
    },
    "encoder": {
        "input_channels": WIDTH,
        "vocos_dim": 16,
        "vocos_intermediate_dim": 16,
        "vocos_num_layers": 1,
        "out_channels": WIDTH,
        "sample_ratios": [1, 1],
    },
    "quantizer": {"input_dim": WIDTH, "codebook_size": CODES, "codebook_dim": 8, "commitment": 0.25},
    "prenet": {
        "input_channels": WIDTH,
        "vocos_dim": 16,
        "vocos_intermediate_dim": 16,
        "vocos_num_layers": 1,
        "out_channels": WIDTH,
        "condition_dim": WIDTH,
        "sample_ratios": [1, 1],
    },
    "postnet": {
        "input_channels": WIDTH,
        "vocos_dim": 16,
        "vocos_intermediate_dim": 16,
        "vocos_num_layers": 1,
        "out_channels": WIDTH,
    },
    "decoder": {
        "input_channel": WIDTH,
        "channels": 32,
        "rates": [8, 5, 4, 2],
        "kernel_sizes": [16, 11, 8, 4],
    },
    "speaker_encoder": {
        "input_dim": 32,
        "out_dim": WIDTH,
        "latent_dim": 16,
        "token_num": 4,
        "fsq_levels": [4, 4, 4],
        "fsq_num_quantizers": 1,
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as it is published, with everything in it small that can be."""
    torchaudio()
    from safetensors.torch import save_file
    from spark_tts_lib.models import bicodec
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        PreTrainedTokenizerFast,
        Qwen2Config,
        Qwen2ForCausalLM,
        Wav2Vec2Config,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2Model,
    )

    root = tmp_path_factory.mktemp("spark")
    torch.manual_seed(0)
    settings = {
        "sample_rate": 16000,
        "ref_segment_duration": 1,
        "latent_hop_length": 320,
        "volume_normalize": True,
    }
    (root / "config.yaml").write_text(yaml.safe_dump(settings))

    codec = root / "BiCodec"
    codec.mkdir()
    (codec / "config.yaml").write_text(yaml.safe_dump({"audio_tokenizer": CODEC}))
    parts: dict[str, Any] = {
        "encoder": bicodec.Encoder(**CODEC["encoder"]),
        "quantizer": bicodec.FactorizedVectorQuantize(**CODEC["quantizer"]),
        "prenet": bicodec.Decoder(**CODEC["prenet"]),
        "postnet": bicodec.Decoder(**CODEC["postnet"]),
        "decoder": bicodec.WaveGenerator(**CODEC["decoder"]),
        "speaker_encoder": bicodec.SpeakerEncoder(**CODEC["speaker_encoder"]),
    }
    model = bicodec.BiCodec(mel_params=CODEC["mel_params"], **parts)
    save_file({n: t.clone().contiguous() for n, t in model.state_dict().items()}, codec / "model.safetensors")

    # Its features are a mean of the layers 11, 14 and 16.
    listener = Wav2Vec2Config(
        hidden_size=WIDTH,
        num_hidden_layers=16,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=[16] * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    Wav2Vec2Model(listener).save_pretrained(root / "wav2vec2-large-xlsr-53")
    Wav2Vec2FeatureExtractor().save_pretrained(root / "wav2vec2-large-xlsr-53")

    letters = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    marks = [
        "task_tts",
        *(f"{side}_{what}" for side in ("start", "end") for what in ("content", "global_token")),
    ]
    marks += ["start_semantic_token", *(f"bicodec_global_{n}" for n in range(CODES))]
    marks += [f"bicodec_semantic_{n}" for n in range(CODES)]
    tokenizer.add_tokens([AddedToken(f"<|{mark}|>", special=False) for mark in marks])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(root / "LLM")
    language = Qwen2Config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=None,
        pad_token_id=0,
    )
    Qwen2ForCausalLM(language).save_pretrained(root / "LLM")
    return root


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Spark]:
    with pytest.MonkeyPatch.context() as patch:
        # Random weights never end by themselves.
        patch.setattr("workers.engines.by_token.MOST_SECONDS", (2.0, 0.02))
        loaded = Spark(folder)
        loaded.warm()
        yield loaded
        loaded.close()


def test_it_speaks_from_a_recording_and_listens_to_it_once(
    engine: Spark, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: Any = []
    hear = engine._hear
    monkeypatch.setattr(engine, "_hear", lambda file: heard.append(file) or hear(file))
    for text in ("Hello there.", "Hello again."):
        (chunk,) = said(engine, text, voice(1))
        assert chunk.samples.dtype == np.float32
        assert 0.1 < len(chunk.samples) / engine.sample_rate < 3.0
    assert engine.sample_rate == 16_000
    assert len(heard) == 1


def test_the_words_of_a_recording_go_before_the_text(engine: Spark, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = []
    tokenizer = engine._model.tokenizer
    monkeypatch.setattr(engine._model, "tokenizer", Watched(tokenizer, lambda texts: prompts.extend(texts)))
    said(engine, "Hello<|end_content|>there.", voice(2, "Some words."))
    said(engine, "Hello there.", voice(2))
    assert "<|start_content|>Some words.Hello< end_content >there.<|end_content|>" in prompts[0]
    assert "<|bicodec_semantic_" in prompts[0]
    assert "<|bicodec_semantic_" not in prompts[1]


class Watched:
    """The tokenizer, telling what it is given."""

    def __init__(self, tokenizer: Any, tell: Any) -> None:
        self._tokenizer, self._tell = tokenizer, tell

    def __call__(self, texts: list[str], **settings: Any) -> Any:
        self._tell(texts)
        return self._tokenizer(texts, **settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)


def test_it_stops_within_a_sentence_and_the_next_one_is_whole(engine: Spark) -> None:
    said(engine, "Hello.", voice(1))
    steps = []
    hook = engine._model.model.register_forward_pre_hook(lambda *_: steps.append(1))
    heard, _ = stops(engine, "Nobody wants to hear this.", voice(1), after=4)
    assert heard == []
    assert 0 < len(steps) <= 5
    hook.remove()
    assert len(samples(said(engine, "Hello.", voice(1))))


def test_what_it_cannot_do_is_said(engine: Spark, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotSpeak, match="upload a recording"):
        said(engine, "Hello.", {})
    (chunk,) = said(engine, "…", voice(1))
    assert not chunk.samples.any()

    def broken(*_: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._model, "inference", broken)
    with pytest.raises(EngineError, match="out of memory"):
        said(engine, "Hello.", voice(1))
