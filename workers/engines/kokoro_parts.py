"""Kokoro's graph cut in three, so that the part that costs most can compute in bfloat16 and the others cannot.

* front: text to durations, pitch, features and the harmonic source. It must stay in float32: the source adds up its
  phase over the whole sentence, and in bfloat16 the pitch comes out wrong by whole semitones.
* decoder: convolutions, nine tenths of the work. In bfloat16 it stays within half a decibel of float32.
* inverse: the short-time Fourier transform back to samples, float32.

The decoder's snake activations, x + sin²(ax) / a, become polynomials: OpenVINO has no vector code for a sine, and one
value after the other they took a fifth of the decoder's time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

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
DEGREE = 5
"""Of the polynomial in r² that stands for sin²(πr), |r| ≤ ½: off by 5e-7 at most."""


def split(model: onnx.ModelProto) -> tuple[onnx.ModelProto, onnx.ModelProto, onnx.ModelProto]:
    """(front, decoder, inverse) of the int8 graph with its `duration` output, in float32 with the very same weights.

    The model given is changed. Raises ValueError where the graph is not the one this was written for.
    """
    graph = Graph(model.graph)
    dequantise(graph)
    fuse_norms(graph)
    decoder = _between(model, CUTS, [SPECTRUM])
    _polynomial_snakes(Graph(decoder.graph))
    widen_convolutions(graph)
    front = _between(model, (), ["duration", *CUTS])
    return front, decoder, _between(model, (SPECTRUM,), ["audio"])


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


def _polynomial_snakes(graph: Graph) -> None:
    """sin²(ax) as a polynomial of the distance from ax / π to the nearest whole number."""
    factors = _coefficients()
    nodes: dict[str, list[onnx.NodeProto]] = {}
    arrays: dict[str, NDArray[Any]] = {
        f"sin2_{power}": factor.reshape(1, 1, 1) for power, factor in enumerate(factors, 1)
    }
    for sine in graph.proto.node:
        if sine.op_type != "Sin":
            continue
        turned, squared = graph.before(sine.input[0], "Mul"), graph.after(sine, "Pow")
        (rate,) = (name for name in turned.input if name in graph.constants)
        (x,) = (name for name in turned.input if name != rate)
        out = squared.output[0]
        arrays[out + "_rate"] = (graph.floats(rate) / np.pi).astype(np.float32)
        steps = [
            ("Mul", [x, out + "_rate"], out + "_turns"),
            ("Round", [out + "_turns"], out + "_whole"),
            ("Sub", [out + "_turns", out + "_whole"], out + "_rest"),
            ("Mul", [out + "_rest", out + "_rest"], out + "_square"),
        ]
        value = f"sin2_{DEGREE}"
        for power in range(DEGREE - 1, 0, -1):
            steps.append(("Mul", [out + "_square", value], f"{out}_times_{power}"))
            steps.append(("Add", [f"{out}_times_{power}", f"sin2_{power}"], f"{out}_plus_{power}"))
            value = f"{out}_plus_{power}"
        steps.append(("Mul", [out + "_square", value], out))
        nodes[turned.name] = nodes[sine.name] = []
        nodes[squared.name] = [helper.make_node(kind, names, [made], made) for kind, names, made in steps]
    graph.commit(nodes, arrays)
    graph.prune()


def _coefficients() -> NDArray[np.float32]:
    """c₁ … of c₁r² + c₂r⁴ + … ≈ sin²(πr): least squares on Chebyshev's nodes, so that the error spreads evenly."""
    squares = (1 - np.cos(np.pi * (np.arange(400) + 0.5) / 400)) / 8
    powers = squares[:, None] ** np.arange(1, DEGREE + 1)
    found: NDArray[np.float64] = np.linalg.lstsq(powers, np.sin(np.pi * np.sqrt(squares)) ** 2, rcond=None)[0]
    return found.astype(np.float32)
