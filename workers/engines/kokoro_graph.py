"""Kokoro's published int8 graph rewritten to compute in float32, with the very same weights.

In the int8 graph every convolution, matrix product and LSTM rounds its *activations* to 8 bits as it runs, which costs
most of the fidelity. Here each becomes its float operator with dequantised weights. Two more changes keep the values
(to rounding) and save time in onnxruntime:

* An adaptive instance norm, nine operators, becomes one InstanceNormalization.
* 1-D convolutions become 2-D ones of height 1: for those onnxruntime has direct kernels in a blocked layout, for 1-D
  ones it copies every window before the product.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_BLOCK = 8
"""Channels must be multiples of this for the blocked layout (AVX2; 16 with AVX-512, where others stay as they are)."""


PITCH = "/encoder/F0_proj/Conv_output_0"
"""F0 in Hz as predicted, float32 (1, 1, 2 · frames), below 10 where unvoiced."""


def scale_pitch(model: onnx.ModelProto) -> None:
    """Give the graph one more input in place: `f0_scale` float32 (1,), by which F0 is multiplied before it is used.

    1.0 leaves every sample as it was. Raises ValueError where the graph is not the one this was written for.
    """
    maker = next((node for node in model.graph.node if PITCH in node.output), None)
    if maker is None or any(value.name == "f0_scale" for value in model.graph.input):
        raise ValueError(f"Kokoro's graph is another than expected: {PITCH} not found, or scaled already.")
    own = PITCH + "_own"
    maker.output[:] = [own if name == PITCH else name for name in maker.output]
    place = list(model.graph.node).index(maker) + 1
    model.graph.node.insert(place, helper.make_node("Mul", [own, "f0_scale"], [PITCH], "f0_scaling"))
    model.graph.input.append(helper.make_tensor_value_info("f0_scale", onnx.TensorProto.FLOAT, [1]))


def as_float(model: onnx.ModelProto, tuned: bool = True) -> None:
    """Rewrite the int8 graph in place. Inputs and outputs keep their names, types and shapes.

    `tuned` False leaves all but the quantised operators as they were: the plain form that tests compare with.
    Raises ValueError where the graph is not the one this was written for.
    """
    graph = Graph(model.graph)
    dequantise(graph)
    if tuned:
        fuse_norms(graph)
        widen_convolutions(graph)
    graph.prune()


class Graph:
    """A graph with its tensors by name, and replacements of nodes that are put in together by `commit`."""

    def __init__(self, proto: onnx.GraphProto) -> None:
        self.proto = proto
        self.commit({}, {})

    def commit(self, nodes: dict[str, list[onnx.NodeProto]], arrays: dict[str, NDArray[Any]]) -> None:
        """Put lists of nodes in the place of named ones, and new constants into the graph."""
        kept = [new for node in self.proto.node for new in nodes.get(node.name, [node])]
        del self.proto.node[:]
        self.proto.node.extend(kept)
        self.proto.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
        self.constants = {tensor.name: tensor for tensor in self.proto.initializer}
        self.maker = {name: node for node in self.proto.node for name in node.output}
        self.users: dict[str, list[onnx.NodeProto]] = {}
        for node in self.proto.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def array(self, name: str) -> NDArray[Any]:
        return numpy_helper.to_array(self.constants[name])

    def floats(self, name: str) -> NDArray[np.float32]:
        return self.array(name).astype(np.float32)

    def after(self, node: onnx.NodeProto, kind: str) -> onnx.NodeProto:
        """The only user of a node's output, which must be of that kind."""
        users = self.users.get(node.output[0], [])
        if len(users) != 1 or users[0].op_type != kind:
            raise ValueError(f"Kokoro's graph is another than expected: no {kind} after {node.name}.")
        return users[0]

    def before(self, name: str, kinds: str) -> onnx.NodeProto:
        """Go upstream from a tensor through nodes of these kinds (their first inputs); the last of them."""
        found: onnx.NodeProto | None = None
        for kind in kinds.split():
            found = self.maker.get(name)
            if found is None or found.op_type != kind:
                raise ValueError(f"Kokoro's graph is another than expected: {name} comes from no {kind}.")
            name = found.input[0]
        assert found is not None
        return found

    def prune(self) -> None:
        """Drop nodes and constants that no output needs."""
        needed, waiting = set(), [output.name for output in self.proto.output]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += self.maker[name].input if name in self.maker else []
        nodes = [node for node in self.proto.node if needed.intersection(node.output)]
        constants = [tensor for tensor in self.proto.initializer if tensor.name in needed]
        del self.proto.node[:], self.proto.initializer[:], self.proto.value_info[:]
        self.proto.node.extend(nodes)
        self.proto.initializer.extend(constants)


def dequantise(graph: Graph) -> None:
    nodes: dict[str, list[onnx.NodeProto]] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for node in graph.proto.node:
        if node.op_type == "DynamicQuantizeLSTM":
            x, w, r, *rest, w_scale, w_zero, r_scale, r_zero = node.input
            # The quantised operator keeps its weights as (directions, inputs, 4 · hidden), the float one turned.
            arrays[w + "_float"] = _lstm_weights(graph, w, w_scale, w_zero)
            arrays[r + "_float"] = _lstm_weights(graph, r, r_scale, r_zero)
            lstm = helper.make_node(
                "LSTM", [x, w + "_float", r + "_float", *rest], list(node.output), node.name
            )
            lstm.attribute.extend(node.attribute)
            nodes[node.name] = [lstm]
        elif node.op_type in {"ConvInteger", "MatMulInteger"}:
            x, w, _, zero = node.input
            inputs = [graph.before(x, "DynamicQuantizeLinear").input[0], w + "_float"]
            last = node
            if any(user.op_type == "Add" for user in graph.users[node.output[0]]):
                last = graph.after(node, "Add")
                # Its bias was rounded to the products' scale at run time; the float one is still there.
                bias = next(name for name in last.input if name != node.output[0])
                inputs.append(graph.before(bias, "Reshape Cast Floor Div").input[0])
            cast = graph.after(last, "Cast")
            last = graph.after(cast, "Mul")
            scales = graph.before(next(name for name in last.input if name != cast.output[0]), "Mul").input
            (scale,) = (name for name in scales if name in graph.constants)
            arrays[w + "_float"] = (graph.floats(w) - graph.floats(zero)) * graph.floats(scale)
            kind = node.op_type.removesuffix("Integer")
            product = helper.make_node(kind, inputs, list(last.output), node.name.removesuffix("_quant"))
            product.attribute.extend(node.attribute)
            nodes[last.name] = [product]
            nodes[node.name] = []
    graph.commit(nodes, arrays)
    graph.prune()
    graph.commit({}, {})


def _lstm_weights(graph: Graph, name: str, scale: str, zero: str) -> NDArray[np.float32]:
    steps, offset = (graph.floats(each).reshape(2, 1, -1) for each in (scale, zero))
    return np.ascontiguousarray(((graph.floats(name) - offset) * steps).transpose(0, 2, 1))


def fuse_norms(graph: Graph) -> None:
    """(x - mean) / sqrt(variance + e) · gain + shift, gain and shift from the style, in one operator each."""
    nodes: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.proto.node:
        if node.op_type != "Div":
            continue
        centred, root = (graph.maker.get(name) for name in node.input)
        if not (centred and root and centred.op_type == "Sub" and root.op_type == "Sqrt"):
            continue
        epsilon = next(name for name in graph.before(root.input[0], "Add").input if name in graph.constants)
        # The division is shared where several norms see the same signal.
        for scaled in graph.users[node.output[0]]:
            shifted = graph.after(scaled, "Add")
            out = shifted.output[0]
            gain = next(name for name in scaled.input if name != node.output[0])
            shift = next(name for name in shifted.input if name != scaled.output[0])
            nodes[shifted.name] = [
                helper.make_node("Reshape", [gain, "flat"], [out + "_gain"], out + "_gain"),
                helper.make_node("Reshape", [shift, "flat"], [out + "_shift"], out + "_shift"),
                helper.make_node(
                    "InstanceNormalization",
                    [centred.input[0], out + "_gain", out + "_shift"],
                    [out],
                    out + "_norm",
                    epsilon=float(graph.array(epsilon).reshape(-1)[0]),
                ),
            ]
    graph.commit(nodes, {"flat": np.array([-1], np.int64)})


def widen_convolutions(graph: Graph) -> None:
    nodes: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.proto.node:
        weights = graph.constants.get(node.input[1]) if node.op_type == "Conv" else None
        if weights is None or weights.dims[0] % _BLOCK or weights.dims[1] % _BLOCK:
            continue
        if len(weights.dims) == 3:
            weights.dims[:] = [*weights.dims[:2], 1, weights.dims[2]]
        had = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if had["group"] != 1:
            raise ValueError(f"Kokoro's graph is another than expected: {node.name} has groups.")
        out = node.output[0]
        nodes[node.name] = [
            helper.make_node("Unsqueeze", [node.input[0], "height"], [out + "_in"], out + "_in"),
            helper.make_node(
                "Conv",
                [out + "_in", *node.input[1:]],
                [out + "_out"],
                node.name,
                kernel_shape=[1, *had["kernel_shape"]],
                dilations=[1, *had["dilations"]],
                strides=[1, *had["strides"]],
                pads=[0, had["pads"][0], 0, had["pads"][1]],
            ),
            helper.make_node("Squeeze", [out + "_out", "height"], [out], out + "_squeezed"),
        ]
    graph.commit(nodes, {"height": np.array([2], np.int64)})
