"""The GE2E speaker encoder's published checkpoint as an ONNX graph, so that embedding a voice needs no torch.

The network (resemblyzer 0.1.4, Apache-2.0; Wan et al. 2018, "Generalized end-to-end loss for speaker verification"):
three LSTMs of 256 over 40 mel bands; the last one's last state through a linear layer, cut at 0, made of length 1.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS = 3
BANDS, WIDTH = 40, 256
_OPSET = 17


def write_encoder(checkpoint: Path, path: Path) -> None:
    """`mels` float32 (windows, frames, 40) -> `embeddings` float32 (windows, 256), each of length 1.

    The same bytes each time. Raises ImportError without torch, KeyError where the checkpoint is of another network.
    """
    import torch

    # Tensors and plain values only: no code that a pickle might hold is run.
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["model_state"]
    nodes = [helper.make_node("Transpose", ["mels"], ["layer_0"], perm=[1, 0, 2])]
    weights = []
    for layer in range(LAYERS):
        arrays = {
            f"w_{layer}": _gates(state[f"lstm.weight_ih_l{layer}"].numpy())[None],
            f"r_{layer}": _gates(state[f"lstm.weight_hh_l{layer}"].numpy())[None],
            f"b_{layer}": np.concatenate(
                [_gates(state[f"lstm.bias_{side}_l{layer}"].numpy()) for side in ("ih", "hh")]
            )[None],
        }
        weights += [numpy_helper.from_array(array, name) for name, array in arrays.items()]
        nodes.append(
            helper.make_node(
                "LSTM", [f"layer_{layer}", *arrays], [f"all_{layer}", f"last_{layer}"], hidden_size=WIDTH
            )
        )
        if layer < LAYERS - 1:
            nodes.append(helper.make_node("Squeeze", [f"all_{layer}", "direction"], [f"layer_{layer + 1}"]))
    nodes += [
        helper.make_node("Squeeze", [f"last_{LAYERS - 1}", "first"], ["state"]),
        helper.make_node("Gemm", ["state", "linear", "bias"], ["raw"], transB=1),
        helper.make_node("Relu", ["raw"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["embeddings"], axis=1, p=2),
    ]
    weights += [
        numpy_helper.from_array(state["linear.weight"].numpy(), "linear"),
        numpy_helper.from_array(state["linear.bias"].numpy(), "bias"),
        numpy_helper.from_array(np.array([1], np.int64), "direction"),
        numpy_helper.from_array(np.array([0], np.int64), "first"),
    ]
    inputs = [helper.make_tensor_value_info("mels", TensorProto.FLOAT, ["windows", "frames", BANDS])]
    outputs = [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["windows", WIDTH])]
    graph = helper.make_graph(nodes, "ge2e", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _gates(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """torch keeps an LSTM's gates as input, forget, cell, output; ONNX as input, output, forget, cell."""
    enter, forget, cell, leave = np.split(array, 4)
    return np.ascontiguousarray(np.concatenate([enter, leave, forget, cell]))
