"""Perth's published checkpoint taken apart, so that marking needs numpy alone and finding a mark onnxruntime.

The networks (resemble-perth 1.0.1, MIT, `perth_net_implicit/model`) see a magnitude spectrogram in normalised decibels
(0 at -180 dB, 1 at 15 dB), of which only the lowest 128 of 1025 bins, 0 to 2 kHz. Two things about the published
weights, measured on speech of many voices and on noise, make them cheap to run:

* What the encoder adds to a spectrogram does not depend on it: each bin is raised or lowered by its own 1.7 dB (2.9 dB
  at the lowest), the same in every frame to within 0.1 dB. So the mark is a pattern of 128 numbers.
* Of the decoder's three branches "slow" and "fast" answer with a constant whatever they hear. "normal" is the detector.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

BANDS = 128
"""Bins of the spectrogram that the mark lies in."""

SPAN_DB = 195.0
"""Decibels that one unit of the normalised level stands for."""

_LAYERS = 7
_LEAK = 0.01
_FRAMES, _EDGE = 600, 50
_OPSET = 17


def write_pattern(checkpoint: Path, path: Path) -> None:
    """The mark in decibels, float32 (128,): the mean of what the encoder adds to the spectrogram of noise.

    Rounded to 0.01 dB, so that every machine writes the same file. Raises ImportError without torch, KeyError where
    the checkpoint is of another network.
    """
    import torch
    from torch.nn import functional

    tensors = _tensors(checkpoint)
    noise = np.random.default_rng(0).normal(0.65, 0.03, (1, BANDS, _FRAMES)).astype(np.float32)
    with torch.inference_mode():
        value = torch.from_numpy(noise)
        for layer in range(_LAYERS):
            kernel, bias = (
                torch.from_numpy(tensors[f"encoder.layers.{layer}.conv.{part}"])
                for part in ("weight", "bias")
            )
            value = functional.conv1d(value, kernel, bias, padding=kernel.shape[-1] // 2)
            if layer < _LAYERS - 1:
                value = functional.leaky_relu(value, _LEAK)
    change = value[0, :, _EDGE:-_EDGE].mean(dim=1).numpy() * SPAN_DB
    np.save(path, np.round(change.astype(np.float64), 2).astype(np.float32))


def write_detector(checkpoint: Path, path: Path) -> None:
    """The decoder's "normal" branch: `levels` float32 (1, 128, 1, frames) -> `evidence` (1, 2, 1, frames).

    The second row is the mark that each frame shows (the first only weighed the branches). 1-D convolutions become
    2-D ones of height 1, for which onnxruntime has the faster kernels. The same bytes each time. Raises as
    `write_pattern` does.
    """
    tensors = _tensors(checkpoint)
    nodes, weights, value = [], [], "levels"
    for layer in range(_LAYERS):
        kernel = tensors[f"decoder.normal_layers.{layer}.conv.weight"][:, :, None, :]
        bias = tensors[f"decoder.normal_layers.{layer}.conv.bias"]
        names = [f"kernel_{layer}", f"bias_{layer}"]
        weights.append(numpy_helper.from_array(np.ascontiguousarray(kernel), names[0]))
        weights.append(numpy_helper.from_array(bias, names[1]))
        last = layer == _LAYERS - 1
        made, width = "evidence" if last else f"conv_{layer}", kernel.shape[-1]
        pads = [0, width // 2, 0, width // 2]
        nodes.append(helper.make_node("Conv", [value, *names], [made], kernel_shape=[1, width], pads=pads))
        if not last:
            value = f"relu_{layer}"
            nodes.append(helper.make_node("LeakyRelu", [made], [value], alpha=_LEAK))
    inputs = [helper.make_tensor_value_info("levels", TensorProto.FLOAT, [1, BANDS, 1, "frames"])]
    outputs = [helper.make_tensor_value_info("evidence", TensorProto.FLOAT, [1, 2, 1, "frames"])]
    graph = helper.make_graph(nodes, "perth-detector", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _tensors(checkpoint: Path) -> dict[str, NDArray[Any]]:
    import torch

    # Tensors only: no code that a pickle might hold is run.
    loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)["model"]
    return {name: tensor.numpy() for name, tensor in loaded.items()}
