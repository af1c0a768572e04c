"""SenseVoice's loader on a graph of a few nodes, for its weights come in no package: it says the same whatever it hears."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workers.engines.base import EngineError
from workers.engines.kinds import HeardWord, Hearing
from workers.engines.sensevoice import SenseVoice, words_of

TOKENS = ["<blank>", "<|en|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>", "▁good", "▁mor", "ning"]
FRAMES = [1, 2, 3, 4, 5, 0, 6, 7]
"""What the graph says first; in a real one, too, the first four are language, mood, event and form."""


def small_model(folder: Path) -> None:
    """The graph: scores that name FRAMES in turn, as many as there are frames of sound, silence after that."""
    count = 400
    scores = np.zeros((1, count, len(TOKENS)), np.float32)
    scores[0, :, 0] = 1.0
    for place, token in enumerate(FRAMES):
        scores[0, place, token] = 5.0
    said = numpy_helper.from_array(scores, "said")
    zero = numpy_helper.from_array(np.zeros(1, np.float32), "zero")
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["said", "nothing"], ["logits"]),
        helper.make_node("Cast", ["x_length"], ["used1"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["language"], ["used2"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["text_norm"], ["used3"], to=TensorProto.FLOAT),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, None, 560])]
    inputs += [
        helper.make_tensor_value_info(name, TensorProto.INT32, [1])
        for name in ("x_length", "language", "text_norm")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, None, len(TOKENS)])]
    graph = helper.make_graph(nodes, "small", inputs, outputs, [said, zero])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    numbers = ",".join(["0"] * 560)
    for key, value in {
        "lfr_window_size": "7",
        "lfr_window_shift": "6",
        "normalize_samples": "0",
        "with_itn": "14",
        "without_itn": "15",
        "lang_auto": "0",
        "lang_zh": "3",
        "lang_en": "4",
        "lang_yue": "7",
        "lang_ja": "11",
        "lang_ko": "12",
        "vocab_size": str(len(TOKENS)),
        "neg_mean": numbers,
        "inv_stddev": numbers.replace("0", "1"),
    }.items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(folder / "model.int8.onnx"))
    (folder / "tokens.txt").write_text("".join(f"{token} {n}\n" for n, token in enumerate(TOKENS)))


@pytest.fixture(scope="module")
def sensevoice(tmp_path_factory: pytest.TempPathFactory) -> SenseVoice:
    folder = tmp_path_factory.mktemp("sensevoice")
    small_model(folder)
    model = SenseVoice(folder)
    model.warm()
    return model


def test_it_loads_and_hears(sensevoice: SenseVoice) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 3).astype(np.float32)
    assert sensevoice.language_of(noise) == ("en", 1.0)
    (segment,) = sensevoice.hear(noise, Hearing(words=True), lambda: False)
    assert segment.text == " good morning"
    assert [word.text for word in segment.words] == ["good", "morning"]
    assert 0 <= segment.start < segment.end <= 3


def test_half_a_minute_at_a_time_until_nobody_wants_more(sensevoice: SenseVoice) -> None:
    minute = np.random.default_rng(0).normal(0, 0.1, 16_000 * 70).astype(np.float32)
    found = list(sensevoice.hear(minute, Hearing(language="en"), lambda: False))
    assert [each.start >= 30 * number for number, each in enumerate(found)] == [True] * 3
    assert list(sensevoice.hear(minute, Hearing(), lambda: True)) == []


def test_it_does_not_translate(sensevoice: SenseVoice) -> None:
    with pytest.raises(EngineError):
        list(sensevoice.hear(np.zeros(16_000, np.float32), Hearing(translate=True), lambda: False))


def test_tokens_become_words() -> None:
    words = words_of(
        ["▁he", "llo", ",", "▁you", "你", "好", "。"], [0.0, 0.2, 0.4, 0.5, 0.8, 1.0, 1.2], 2.0, 10.0
    )
    assert words == (
        HeardWord("hello,", 10.0, 10.5),
        HeardWord("you", 10.5, 10.8),
        HeardWord("你", 10.8, 11.0),
        HeardWord("好。", 11.0, 11.45),
    )
    assert words_of([], [], 1.0) == ()
