"""IndexTTS 2 loads, takes recordings, stops: the real package with ten tiny ONNX graphs and a tokenizer made here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workers.engines.base import CannotSpeak, EngineError
from workers.engines.indextts2 import IndexTTS2

from .voices import recording, said, samples, stops, voice

FLOAT, INT, SMALL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
WIDTH = 8
CODES = 8194
CONDITIONS = [("spk_cond", FLOAT, 3), ("text_tokens", SMALL, 2), ("emo_cond", FLOAT, 3)]
LENGTHS = [("cond_lengths", INT, 1), ("emo_cond_lengths", INT, 1)]


def write(
    root: Path,
    name: str,
    inputs: list[tuple[str, Any, int]],
    outputs: list[str],
    nodes: list[Any],
    constants: dict[str, np.ndarray] | None = None,
) -> None:
    """A graph of these nodes; inputs are (name, type, number of axes)."""

    def value(name: str, kind: int, axes: int) -> Any:
        return helper.make_tensor_value_info(name, kind, [None] * axes)

    graph = helper.make_graph(
        nodes,
        name,
        [value(*each) for each in inputs],
        [helper.make_tensor_value_info(each, FLOAT, None) for each in outputs],
        [numpy_helper.from_array(array, key) for key, array in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(root / f"{name}.onnx"))


def node(kind: str, inputs: str, output: str, **more: Any) -> Any:
    return helper.make_node(kind, inputs.split(), [output], **more)


def stretched_zeros(output: str, length: str) -> tuple[list[Any], dict[str, np.ndarray]]:
    """Zeros of shape (1, length, WIDTH)."""
    nodes = [node("Concat", f"one {length} width", "shape", axis=0), node("Expand", "zero shape", output)]
    constants: dict[str, Any] = {
        "one": np.array([1], np.int64),
        "width": np.array([WIDTH], np.int64),
        "zero": np.zeros((1, 1, 1), np.float32),
    }
    return nodes, constants


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import sentencepiece

    root = tmp_path_factory.mktemp("indextts2")
    rng = np.random.default_rng(0)
    write(
        root,
        "wav2vec2bert",
        [("input_features", FLOAT, 3), ("attention_mask", INT, 2)],
        ["out"],
        [node("MatMul", "input_features weights", "out")],
        {"weights": rng.normal(size=(160, WIDTH)).astype(np.float32)},
    )
    write(root, "semantic_codec", [("input", FLOAT, 3)], ["out"], [node("Identity", "input", "out")])
    write(
        root,
        "campplus",
        [("input", FLOAT, 3)],
        ["out"],
        [helper.make_node("ReduceMax", ["input"], ["out"], axes=[1], keepdims=0)],
    )
    # Never the code that ends a sentence: it ends where it is told to.
    logits = rng.normal(size=(1, 1, CODES)).astype(np.float32)
    logits[..., 8193] = -100.0
    past = np.zeros((1, 1, 4, 2), np.float32)
    write(
        root,
        "gpt2_init",
        [*CONDITIONS, *LENGTHS],
        ["logits", "keys", "values"],
        [node("Identity", "l", "logits"), node("Identity", "p", "keys"), node("Identity", "p", "values")],
        {"l": logits, "p": past},
    )
    step = [("input_ids", INT, 2), ("attention_mask", INT, 2), ("mel_len", INT, 0)]
    step += [("past_key_values.0", FLOAT, 4), ("past_values.0", FLOAT, 4)]
    write(
        root,
        "gpt2_step",
        step,
        ["logits", "keys", "values"],
        [
            node("Identity", "l", "logits"),
            node("Identity", "past_key_values.0", "keys"),
            node("Identity", "past_values.0", "values"),
        ],
        {"l": logits},
    )
    write(
        root,
        "gpt2_forward",
        [*CONDITIONS, ("mel_codes", INT, 2), *LENGTHS],
        ["latent"],
        [node("Cast", "mel_codes", "numbers", to=FLOAT), node("Unsqueeze", "numbers axes", "latent")],
        {"axes": np.array([2], np.int64)},
    )
    nodes, constants = stretched_zeros("condition", "ref_target_lengths")
    lengths = ("ref_target_lengths", INT, 1)
    write(root, "s2mel_ref", [("s_ref", FLOAT, 3), lengths], ["condition"], nodes, constants)
    nodes, constants = stretched_zeros("condition", "target_lengths")
    given = [("mel_codes", INT, 2), ("latent", FLOAT, 3), ("target_lengths", INT, 1)]
    write(root, "s2mel_gen", given, ["condition"], nodes, constants)
    flow = [("x", FLOAT, 3), ("prompt_x", FLOAT, 3), ("x_lens", INT, 1), ("t", FLOAT, 1)]
    write(
        root,
        "dit_step",
        [*flow, ("style", FLOAT, 2), ("mu", FLOAT, 3)],
        ["out"],
        [node("Unsqueeze", "style axes", "column"), node("Add", "x column", "out")],
        {"axes": np.array([2], np.int64)},
    )
    write(
        root,
        "bigvgan",
        [("mel", FLOAT, 3)],
        ["wave"],
        [
            helper.make_node("ReduceMean", ["mel"], ["line"], axes=[1], keepdims=1),
            node("Mul", "line scale", "soft"),
            node("Tile", "soft times", "long"),
            node("Tanh", "long", "wave"),
        ],
        {"times": np.array([1, 1, 256], np.int64), "scale": np.array([0.01], np.float32)},
    )
    text = root / "text.txt"
    text.write_text("HELLO THERE. NOBODY WANTS TO HEAR THIS. THE FERRY LEAVES AT DAWN.\n" * 20)
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(root / "bpe"), vocab_size=40, hard_vocab_limit=False, minloglevel=2
    )
    return root


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[IndexTTS2]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workers.engines.indextts2.MOST_SECONDS", (1.0, 0.02))
        loaded = IndexTTS2(folder, 1)
        loaded.warm()
        yield loaded
        loaded.close()


def test_it_speaks_from_a_recording_and_listens_to_it_once(
    engine: IndexTTS2, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: Any = []
    hear = engine._heard
    monkeypatch.setattr(engine, "_heard", lambda recorded: heard.append(recorded.key) or hear(recorded))
    for seed in (1, 2, 1):
        (chunk,) = said(engine, "Hello there.", voice(seed))
        assert chunk.samples.dtype == np.float32
        assert 0.3 < len(chunk.samples) / 22_050 < 3.0
    assert heard == ["voices/1.wav", "voices/2.wav"]
    assert capfd.readouterr().out == "", "a worker's log is not the place for each step"


def test_whose_voice_it_is_depends_on_the_recording(engine: IndexTTS2) -> None:
    sounds = []
    for seed in (1, 2, 1):
        np.random.seed(0)
        louder = voice(seed, samples=recording(seed) * (1 + seed))
        sounds.append(samples(said(engine, "Hello there.", louder)))
    np.testing.assert_array_equal(sounds[0], sounds[2])
    assert len(sounds[0]) != len(sounds[1]) or np.abs(sounds[0] - sounds[1]).max() > 1e-4


def test_it_stops_within_a_run_and_the_next_sentence_is_whole(engine: IndexTTS2) -> None:
    said(engine, "Hello.", voice(1))
    heard, seconds = stops(engine, "Nobody wants to hear this. " * 30, voice(1), after=1)
    assert heard == []
    assert len(samples(said(engine, "Hello.", voice(1))))
    assert seconds < 2.0


def test_what_it_cannot_do_is_said(
    engine: IndexTTS2, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(CannotSpeak, match="upload a recording"):
        said(engine, "Hello.", {})
    (chunk,) = said(engine, "…", voice(1))
    assert not chunk.samples.any()
    with pytest.raises(FileNotFoundError, match="Missing ONNX model"):
        IndexTTS2(tmp_path)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(engine._model, "infer", broken)
    with pytest.raises(EngineError, match="out of memory"):
        said(engine, "Hello.", voice(1))
