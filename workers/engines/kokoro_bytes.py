"""Products of bytes in Kokoro's decoder: its largest convolutions take what they are given rounded to int8.

The published int8 file does that as well, with one step for all channels of a signal, found anew in every run, and
sounds like it. Here each channel has a step of its own, found once on real speech (`python -m tools.kokoro_steps`),
which leaves the rounding 31 to 43 dB below the signal. Steps are worked into the weights, so the products need none:

    sum over c of weight[c] · x[c]  =  sum over c of (weight[c] · step[c]) · round(x[c] / step[c])
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from .kokoro_graph import Graph

TABLE = Path(__file__).with_name("kokoro_steps.npz")
_LARGEST = 127

Steps = Mapping[str, NDArray[np.float32]]
"""By the name of a convolution: the step of each of its input channels, float32 (channels,)."""


def calibrated() -> Steps:
    """The steps that were found for the published weights."""
    with np.load(TABLE) as table:
        return {name: table[name].astype(np.float32) for name in table.files}


def round_to_bytes(graph: Graph, steps: Steps) -> None:
    """Let the convolutions named in `steps` multiply int8 by int8.

    Raises ValueError where one of them is missing or has another number of channels.
    """
    nodes: dict[str, list[onnx.NodeProto]] = {}
    arrays: dict[str, NDArray[Any]] = {
        "byte_zero": np.zeros((), np.int8),
        "byte_one": np.ones((), np.float32),
    }
    there = {node.name: node for node in graph.proto.node if node.op_type == "Conv"}
    for name, step in steps.items():
        conv = there.get(name)
        if conv is None or graph.constants[conv.input[1]].dims[1] != len(step):
            raise ValueError(f"Kokoro's graph is another than expected: {name} is not as the steps have it.")
        weights = graph.floats(conv.input[1])
        each = [-1] + [1] * (weights.ndim - 1)
        weights = weights * step.reshape([1, *each[:-1]])
        scale = np.maximum(np.abs(weights).reshape(len(weights), -1).max(1), 1e-8) / _LARGEST
        arrays |= {
            f"{name}_step": step,
            f"{name}_zeros": np.zeros(len(step), np.int8),
            f"{name}_weights": np.round(weights / scale.reshape(each)).astype(np.int8),
            f"{name}_scale": scale.astype(np.float32),
        }
        product = onnx.NodeProto()
        product.CopyFrom(conv)
        product.input[:] = [f"{name}_bytes", f"{name}_kernel", *conv.input[2:]]
        nodes[name] = [
            _node(
                "QuantizeLinear", [conv.input[0], f"{name}_step", f"{name}_zeros"], f"{name}_rounded", axis=1
            ),
            _node("DequantizeLinear", [f"{name}_rounded", "byte_one", "byte_zero"], f"{name}_bytes"),
            _node("DequantizeLinear", [f"{name}_weights", f"{name}_scale"], f"{name}_kernel", axis=0),
            product,
        ]
    graph.commit(nodes, arrays)
    graph.prune()
    graph.commit({}, {})


def _node(kind: str, inputs: list[str], output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [output], output, **attributes)
