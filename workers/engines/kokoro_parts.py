"""Kokoro's graph cut in three, so that the part that costs most can compute in fewer bits than the others.

* front: text to durations, pitch, features and the harmonic source. It must stay in float32: the source adds up its
  phase over the whole sentence, and in bfloat16 the pitch comes out wrong by whole semitones.
* decoder: convolutions, nine tenths of the work. The largest multiply bytes (kokoro_bytes.py), the rest bfloat16, and
  it stays within a decibel of float32. kokoro_decoder.py has what is rewritten in it.
* inverse: the short-time Fourier transform back to samples, float32.
"""

from __future__ import annotations

from typing import Any

import onnx
from onnx import helper

from .kokoro_bytes import calibrated, round_to_bytes
from .kokoro_decoder import rewrite
from .kokoro_graph import Graph, dequantise, fuse_norms, widen_convolutions

CUTS = (
    "/encoder/MatMul_1_output_0",
    "/encoder/F0_proj/Conv_output_0",
    "/encoder/N_proj/Conv_output_0",
    "/decoder/decoder/generator/Concat_3_output_0",
)
"""What the front hands to the decoder, float32: text features (1, 512, frames), F0 in Hz and loudness (1, 1,
2 · frames), harmonic source (1, 22, 120 · frames + 1). A frame is 600 samples."""
SPECTRUM = "/decoder/decoder/generator/conv_post/Conv_output_0"
"""What the decoder hands to the inverse transform: float32 (1, 22, 120 · frames + 1), log-magnitude and phase."""
SHAPES: dict[str, tuple[int, list[Any]]] = {
    "tokens": (onnx.TensorProto.INT64, [1, "tokens"]),
    "style": (onnx.TensorProto.FLOAT, [1, 256]),
    "speed": (onnx.TensorProto.FLOAT, [1]),
    "f0_scale": (onnx.TensorProto.FLOAT, [1]),
    "duration": (onnx.TensorProto.INT64, [1, "tokens"]),
    "audio": (onnx.TensorProto.FLOAT, ["samples"]),
    CUTS[0]: (onnx.TensorProto.FLOAT, [1, 512, "frames"]),
    CUTS[1]: (onnx.TensorProto.FLOAT, [1, 1, "halves"]),
    CUTS[2]: (onnx.TensorProto.FLOAT, [1, 1, "halves"]),
    CUTS[3]: (onnx.TensorProto.FLOAT, [1, 22, "hops"]),
    SPECTRUM: (onnx.TensorProto.FLOAT, [1, 22, "hops"]),
}


def split(model: onnx.ModelProto) -> tuple[onnx.ModelProto, onnx.ModelProto, onnx.ModelProto]:
    """(front, decoder, inverse) of the int8 graph with its `duration` output.

    Front and inverse are in float32 with the very same weights; the decoder's largest convolutions are rounded anew.

    The model given is changed. Raises ValueError where the graph is not the one this was written for.
    """
    decoder = float_decoder(model)
    round_to_bytes(Graph(decoder.graph), calibrated())
    widen_convolutions(Graph(model.graph))
    front = _between(model, (), ["duration", *CUTS])
    return front, decoder, _between(model, (SPECTRUM,), ["audio"])


def float_decoder(model: onnx.ModelProto) -> onnx.ModelProto:
    """The decoder in float32, rewritten; of the model given nothing but its operators' precision is changed."""
    graph = Graph(model.graph)
    dequantise(graph)
    fuse_norms(graph)
    decoder = _between(model, CUTS, [SPECTRUM])
    rewrite(decoder)
    return decoder


def _between(model: onnx.ModelProto, starts: tuple[str, ...], ends: list[str]) -> onnx.ModelProto:
    """The part of a model that makes `ends` from `starts` and those of the model's own inputs that it needs."""
    maker = {name: node for node in model.graph.node for name in node.output}
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    needed: set[str] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop()
        if name and name not in needed:
            needed.add(name)
            waiting += maker[name].input if name in maker and name not in starts else []
    inputs = [name for name in SHAPES if name in needed and (name in starts or name not in maker)]
    missing = {name for name in needed if name not in maker and name not in constants} - set(inputs)
    if missing or not needed.issuperset(starts):
        raise ValueError(
            f"Kokoro's graph is another than expected: {', '.join(sorted(missing)) or starts} not found."
        )
    made = needed.difference(starts)
    part = helper.make_graph(
        [node for node in model.graph.node if made.intersection(node.output)],
        "kokoro",
        [helper.make_tensor_value_info(name, *SHAPES[name]) for name in inputs],
        [helper.make_tensor_value_info(name, *SHAPES[name]) for name in ends],
        [constants[name] for name in constants if name in needed],
    )
    return helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
