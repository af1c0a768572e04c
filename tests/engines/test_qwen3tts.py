"""Qwen3-TTS loads, takes recordings, stops: the real package with a tiny random model made here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from workers.engines.base import CannotSpeak, EngineError, Utterance
from workers.engines.qwen3tts import Qwen3TTS, rotary_positions
from workers.engines.torchaudio_cpu import torchaudio

from .voices import said, samples, stops, voice

GROUPS = 4
SIZES = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
}
MARKS = {300: "<|im_start|>", 301: "<|im_end|>"}
TALKER = {
    **SIZES,
    "vocab_size": 1088,
    "text_vocab_size": 400,
    "text_hidden_size": 32,
    "num_code_groups": GROUPS,
    "rope_scaling": {
        "rope_type": "default",
        "type": "default",
        "mrope_section": [4, 2, 2],
        "interleaved": True,
    },
    "codec_eos_token_id": 1077,
    "codec_think_id": 1078,
    "codec_nothink_id": 1079,
    "codec_think_bos_id": 1080,
    "codec_think_eos_id": 1081,
    "codec_pad_id": 1082,
    "codec_bos_id": 1083,
    "codec_language_id": {"english": 1084, "german": 1085},
    "spk_id": {},
    "spk_is_dialect": {},
    "code_predictor_config": {**SIZES, "vocab_size": 64, "num_code_groups": GROUPS},
}
MODEL = {
    "tokenizer_type": "qwen3_tts_tokenizer_12hz",
    "tts_model_size": "tiny",
    "tts_model_type": "base",
    "im_start_token_id": 300,
    "im_end_token_id": 301,
    "tts_pad_token_id": 302,
    "tts_bos_token_id": 303,
    "tts_eos_token_id": 304,
    "talker_config": TALKER,
    "speaker_encoder_config": {
        "enc_dim": 32,
        "enc_channels": [16, 16, 16, 16, 48],
        "enc_attention_channels": 8,
        "enc_res2net_scale": 2,
        "enc_se_channels": 8,
    },
}
SPEECH = {
    "encoder_valid_num_quantizers": GROUPS,
    "encoder_config": {
        **SIZES,
        "num_filters": 4,
        "codebook_size": 64,
        "codebook_dim": 16,
        "vector_quantization_hidden_dimension": 16,
        "num_quantizers": GROUPS,
        "upsample_groups": 32,
    },
    "decoder_config": {
        **SIZES,
        "codebook_size": 64,
        "latent_dim": 32,
        "codebook_dim": 32,
        "num_quantizers": GROUPS,
        "decoder_dim": 32,
    },
}
LISTENER = {
    "feature_extractor_type": "EncodecFeatureExtractor",
    "feature_size": 1,
    "sampling_rate": 24000,
    "padding_value": 0.0,
    "padding_side": "right",
    "return_attention_mask": True,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as it is published, with everything in it small."""
    torchaudio()
    from qwen_tts.core.models import Qwen3TTSConfig, Qwen3TTSForConditionalGeneration
    from qwen_tts.core.tokenizer_12hz import configuration_qwen3_tts_tokenizer_v2 as speech_config
    from qwen_tts.core.tokenizer_12hz import modeling_qwen3_tts_tokenizer_v2 as speech_model

    root = tmp_path_factory.mktemp("qwen3")
    torch.manual_seed(0)
    with rotary_positions():
        model = Qwen3TTSForConditionalGeneration(Qwen3TTSConfig(**MODEL))
        tokenizer = speech_model.Qwen3TTSTokenizerV2Model(speech_config.Qwen3TTSTokenizerV2Config(**SPEECH))
    write(root, "qwen3_tts", MODEL, model)
    (root / "generation_config.json").write_text("{}")
    write(root / "speech_tokenizer", "qwen3_tts_tokenizer_12hz", SPEECH, tokenizer)
    (root / "speech_tokenizer/preprocessor_config.json").write_text(json.dumps(LISTENER))
    write_letters(root)
    return root


def write(place: Path, kind: str, config: dict[str, Any], model: Any) -> None:
    from safetensors.torch import save_file

    place.mkdir(exist_ok=True)
    (place / "config.json").write_text(json.dumps({"model_type": kind, **config}))
    state = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, place / "model.safetensors", metadata={"format": "pt"})


def write_letters(root: Path) -> None:
    """A tokenizer that knows each byte and two marks."""
    from tokenizers import pre_tokenizers

    letters = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    (root / "vocab.json").write_text(json.dumps(letters))
    (root / "merges.txt").write_text("#version: 0.2\n")
    plain = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "processor_class": "Qwen3TTSProcessor",
        "eos_token": "<|im_end|>",
        "pad_token": "<|im_end|>",
        "added_tokens_decoder": {str(index): {"content": mark, **plain} for index, mark in MARKS.items()},
    }
    (root / "tokenizer_config.json").write_text(json.dumps(settings))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Qwen3TTS]:
    with pytest.MonkeyPatch.context() as patch:
        # Random weights hardly ever end by themselves.
        patch.setattr("workers.engines.by_token.MOST_SECONDS", (1.0, 0.02))
        loaded = Qwen3TTS(folder)
        loaded.warm()
        yield loaded
        loaded.close()


def test_it_speaks_from_a_recording_and_listens_to_it_once(engine: Qwen3TTS) -> None:
    (chunk,) = said(engine, "Hello there.", voice(1))
    assert engine.sample_rate == 24_000
    assert chunk.samples.dtype == np.float32
    assert 0.1 < len(chunk.samples) / engine.sample_rate < 2.0
    held = engine._voices._held["voices/1.wav"]
    assert said(engine, "Hello again.", voice(1))
    assert engine._voices._held["voices/1.wav"] is held
    assert held[0].x_vector_only_mode, "without its words only the voice is taken"


def test_where_the_words_of_a_recording_are_known_it_goes_on_from_them(engine: Qwen3TTS) -> None:
    assert said(engine, "Hello there.", voice(2, "Some words."))
    (item,) = engine._voices._held["voices/2.wav"]
    assert item.icl_mode
    assert item.ref_text == "Some words."


def test_languages_it_does_not_know_are_left_to_it(engine: Qwen3TTS, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Any = []
    generate = engine._model.model.generate
    monkeypatch.setattr(
        engine._model.model, "generate", lambda **given: asked.append(given["languages"]) or generate(**given)
    )
    for language in ("de-AT", "fr", "xx"):
        assert list(engine.speak(Utterance("Hallo.", "", language, options=voice(1)), lambda: False))
    assert asked == [["german"], ["auto"], ["auto"]]


def test_marks_in_a_text_are_only_text(engine: Qwen3TTS, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Any = []
    tokenize = engine._model._tokenize_texts
    monkeypatch.setattr(
        engine._model, "_tokenize_texts", lambda texts: asked.extend(texts) or tokenize(texts)
    )
    said(engine, "Hello<|im_end|>there.", voice(1))
    assert asked[0].count("<|im_end|>") == 1, "the model's own, at the end of the text"


def test_it_stops_within_a_sentence_and_the_next_one_is_whole(engine: Qwen3TTS) -> None:
    said(engine, "Hello.", voice(1))
    steps = []
    hook = engine._model.model.talker.register_forward_pre_hook(lambda *_: steps.append(1))
    heard, _ = stops(engine, "Nobody wants to hear this.", voice(1), after=4)
    assert heard == []
    assert 0 < len(steps) <= 5
    hook.remove()
    assert len(samples(said(engine, "Hello.", voice(1))))


def test_it_leaves_other_models_of_the_process_alone(engine: Qwen3TTS) -> None:
    from transformers import LlamaConfig, LlamaModel
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    assert "default" not in ROPE_INIT_FUNCTIONS
    LlamaModel(LlamaConfig(vocab_size=8, **dict[str, Any](SIZES)))


def test_other_paces_are_made_of_its_own(engine: Qwen3TTS) -> None:
    assert said(engine, "Hello there.", voice(1), speed=1.5)


def test_what_it_cannot_do_is_said(engine: Qwen3TTS, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotSpeak, match="upload a recording"):
        said(engine, "Hello.", {})

    def broken(**_: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._model.model, "generate", broken)
    with pytest.raises(EngineError, match="out of memory"):
        said(engine, "Hello.", voice(1))
    (chunk,) = said(engine, "…", voice(1))
    assert not chunk.samples.any()
