"""Kokoro's decoder rewritten to cost OpenVINO less: the same sums in fewer and better shaped operators.

* Snakes, x + sin²(ax) / a, become squares of squares: OpenVINO has no vector code for a sine, and a chain of squares it
  runs in one pass. The norm before a snake gives ax / π at once, and the convolution after it undoes the scale.
* Transposed convolutions become convolutions to as many channels as a step has samples, then laid out in time.
* All signals get a height of 1: for four dimensions its norms take the layout of the convolutions, for three they do
  not, and everything is turned round before and after each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from .kokoro_graph import Graph

Nodes = dict[str, list[onnx.NodeProto]]
Arrays = dict[str, NDArray[Any]]

_HEIGHT = "height_axis"


def rewrite(model: onnx.ModelProto) -> None:
    """Rewrite the decoder (kokoro_parts.py) in place: inputs and outputs stay as they are.

    Raises ValueError where the graph is not the one this was written for.
    """
    graph = Graph(model.graph)
    square_snakes(graph)
    convolve_upsampling(graph)
    widen(graph)


def square_snakes(graph: Graph) -> None:
    """With t = ax / π and r its distance from the nearest whole number: (x + sin²(ax) / a) · a / π = t + sin²(πr) / π.

    sin²(πr) = 1 - (2D² - 1)² of D = cos(πr / 2), which is c(r² - d)² + e to 1e-5.
    """
    curve, centre, height = _cosine()
    nodes: Nodes = {}
    arrays: Arrays = {
        f"snake_{name}": np.array(value, np.float32)
        for name, value in (
            ("power", 2),
            ("centre", -centre),
            ("curve", curve),
            ("height", height),
            ("two", 2),
            ("one", -1),
            ("minus", -1 / np.pi),
            ("plus", 1 / np.pi),
        )
    }
    for sine in graph.proto.node:
        if sine.op_type != "Sin":
            continue
        turned, squared = graph.before(sine.input[0], "Mul"), graph.after(sine, "Pow")
        added = graph.after(graph.after(squared, "Mul"), "Add")
        conv = graph.after(added, "Conv")
        (rate,) = (name for name in turned.input if name in graph.constants)
        (x,) = (name for name in turned.input if name != rate)
        norm = graph.before(x, "InstanceNormalization")
        if {user.name for user in graph.users[x]} != {turned.name, added.name}:
            raise ValueError(f"Kokoro's graph is another than expected: {x} has other uses.")
        out = added.output[0]
        scale = (graph.floats(rate) / np.pi).astype(np.float32).reshape(-1)
        arrays[out + "_rate"] = scale
        arrays[conv.input[1] + "_unscaled"] = graph.floats(conv.input[1]) / scale[None, :, None]
        conv.input[1] += "_unscaled"
        turns = out + "_turns"
        scaled = [
            helper.make_node("Mul", [name, out + "_rate"], [f"{out}_{what}"], f"{out}_{what}")
            for what, name in zip(("gain", "shift"), norm.input[1:], strict=True)
        ]
        turning = helper.make_node(
            "InstanceNormalization",
            [norm.input[0], out + "_gain", out + "_shift"],
            [turns],
            norm.name,
            epsilon=helper.get_attribute_value(norm.attribute[0]),
        )
        steps = [
            ("Round", turns, None, "whole"),
            ("Sub", turns, "whole", "rest"),
            ("Pow", "rest", "snake_power", "square"),
            ("Add", "square", "snake_centre", "centred"),
            ("Pow", "centred", "snake_power", "fourth"),
            ("Mul", "fourth", "snake_curve", "curved"),
            ("Add", "curved", "snake_height", "half_cosine"),
            ("Pow", "half_cosine", "snake_power", "half_squared"),
            ("Mul", "half_squared", "snake_two", "doubled"),
            ("Add", "doubled", "snake_one", "cosine"),
            ("Pow", "cosine", "snake_power", "cosine_squared"),
            ("Mul", "cosine_squared", "snake_minus", "negative"),
            ("Add", "negative", "snake_plus", "sine_squared"),
            ("Add", "sine_squared", turns, ""),
        ]
        own = {made for *_, made in steps}
        nodes[norm.name] = [*scaled, turning]
        nodes[turned.name] = nodes[sine.name] = nodes[squared.name] = []
        nodes[graph.after(squared, "Mul").name] = []
        nodes[added.name] = [
            helper.make_node(
                kind,
                [f"{out}_{name}" if name in own else name for name in (first, second) if name],
                [f"{out}_{made}" if made else out],
                f"{out}_{made or 'snake'}",
            )
            for kind, first, second, made in steps
        ]
    graph.commit(nodes, arrays)
    graph.prune()
    graph.commit({}, {})


def _cosine() -> tuple[float, float, float]:
    """(c, d, e) with c(r² - d)² + e ≈ cos(πr / 2), |r| ≤ ½: least squares on Chebyshev's nodes in r²."""
    squares = (1 - np.cos(np.pi * (np.arange(400) + 0.5) / 400)) / 8
    powers = squares[:, None] ** np.arange(3)
    flat, slope, curve = np.linalg.lstsq(powers, np.cos(np.pi * np.sqrt(squares) / 2), rcond=None)[0]
    return float(curve), float(-slope / (2 * curve)), float(flat - slope**2 / (4 * curve))


def convolve_upsampling(graph: Graph) -> None:
    """A transposed convolution of step s -> a convolution to s times the channels, and those laid out in time."""
    nodes: Nodes = {}
    arrays: Arrays = {}
    for node in graph.proto.node:
        had = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type != "ConvTranspose" or had["group"] != 1:
            continue
        (step,), (size,), (left, right) = had["strides"], had["kernel_shape"], had["pads"]
        if size - step != left + right:
            raise ValueError(f"Kokoro's graph is another than expected: {node.name} has another length.")
        weights = graph.floats(node.input[1])
        # Sample `step · m + place` is the sum over `back` of x[m - back] · weights[step · back + place + left].
        taps = [
            (place, back, step * back + place + left)
            for place in range(step)
            for back in range(-size, size)
            if 0 <= step * back + place + left < size
        ]
        last, first = max(back for _, back, _ in taps), min(back for _, back, _ in taps)
        kernel = np.zeros((step, weights.shape[1], weights.shape[0], last - first + 1), np.float32)
        for place, back, tap in taps:
            kernel[place, :, :, last - back] = weights[:, :, tap].T
        out, channels = node.output[0], weights.shape[1]
        arrays[out + "_kernel"] = kernel.reshape(step * channels, weights.shape[0], -1)
        arrays[out + "_bias"] = np.tile(graph.floats(node.input[2]), step)
        arrays[out + "_apart"] = np.array([1, step, channels, -1], np.int64)
        arrays[out + "_together"] = np.array([1, channels, 1, -1], np.int64)
        nodes[node.name] = [
            helper.make_node(
                "Conv",
                [node.input[0], out + "_kernel", out + "_bias"],
                [out + "_steps"],
                node.name,
                kernel_shape=[last - first + 1],
                pads=[last, -first],
                strides=[1],
                dilations=[1],
                group=1,
            ),
            helper.make_node("Reshape", [out + "_steps", out + "_apart"], [out + "_placed"], out + "_placed"),
            helper.make_node(
                "Transpose", [out + "_placed"], [out + "_turned"], out + "_turned", perm=[0, 2, 3, 1]
            ),
            helper.make_node("Reshape", [out + "_turned", out + "_together"], [out], out + "_together"),
        ]
    graph.commit(nodes, arrays)
    graph.prune()
    graph.commit({}, {})


def widen(graph: Graph) -> None:
    """Signals (1, channels, time) -> (1, channels, 1, time), between the graph's inputs and its output."""
    inputs = [value.name for value in graph.proto.input if value.name != "style"]
    output = graph.proto.output[0].name
    nodes: Nodes = {}
    arrays: Arrays = {_HEIGHT: np.array([2], np.int64)}
    signals = set(inputs)
    # Pitch and loudness are squeezed and unsqueezed on their way: the same signals by other names.
    same = {name: name + "_wide" for name in inputs}
    for node in graph.proto.node:
        if not signals.intersection(node.input):
            continue
        signals.update(node.output)
        if node.op_type in {"Squeeze", "Unsqueeze"} or (
            node.op_type == "Reshape" and node.input[0] in same and node.name.startswith("/encoder/")
        ):
            same[node.output[0]] = same[node.input[0]]
            nodes[node.name] = []
            continue
        node.input[:] = [same.get(name, name) for name in node.input]
        if node.op_type in {"Conv", "ConvTranspose"}:
            arrays[node.input[1] + "_wide"] = graph.floats(node.input[1])[:, :, None, :]
            node.input[1] += "_wide"
            _widen_attributes(node)
        elif node.op_type == "Resize":
            arrays[node.name + "_scales"] = np.insert(graph.floats(node.input[2]), 2, 1)
            node.input[2] = node.name + "_scales"
        elif node.op_type == "Pad":
            arrays[node.name + "_pads"] = np.insert(graph.array(node.input[1]), [2, 5], 0)
            node.input[1] = node.name + "_pads"
        node.output[:] = [output + "_wide" if name == output else name for name in node.output]
    graph.commit(nodes, arrays)
    for name in inputs:
        graph.proto.node.insert(
            0, helper.make_node("Unsqueeze", [name, _HEIGHT], [name + "_wide"], name + "_wide")
        )
    graph.proto.node.append(helper.make_node("Squeeze", [output + "_wide", _HEIGHT], [output], "narrow"))
    graph.commit({}, {})
    graph.prune()
    graph.commit({}, {})


def _widen_attributes(node: onnx.NodeProto) -> None:
    had = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    left, right = had.pop("pads")
    wide: dict[str, Any] = {name: [1, *had[name]] for name in ("kernel_shape", "strides", "dilations")}
    if "output_padding" in had:
        wide["output_padding"] = [0, *had["output_padding"]]
    made = helper.make_node("Conv", [], [], pads=[0, left, 0, right], group=had["group"], **wide)
    del node.attribute[:]
    node.attribute.extend(made.attribute)
