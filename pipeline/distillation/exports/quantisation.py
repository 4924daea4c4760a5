"""An ONNX encoder with weights in 8 bits, and activations quantised as they come.

ONNX Runtime gives all activations of a matrix product one scale (dynamic quantisation, Wu et al.
2020, "Integer Quantization for Deep Learning Inference"). In the feed-forward layers of a BERT some
tokens are many times as large as the others (Bondarenko et al. 2021, "Understanding and Overcoming
the Challenges of Efficient Transformer Quantization"), which leaves the others a handful of steps.
So each token is divided by its largest value before such a product and multiplied back after it:
the same function in floats, and every token has all the steps. Without it, multilingual-e5-small
loses 1.8 points of precision at 1 from Turkmen to English. What the weights lose in seven bits is
made up for in `smoothing`. `benchmarks.int8_exports` prints what is lost with both.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from pipeline.distillation.exports.smoothing import Feed, measure_states, smooth
from pipeline.quiet import quiet

_AXIS = "token_scale_axis"
_LEAST = "token_scale_least"


def quantise(exact: Path, coarse: Path, feeds: Iterable[Feed] = ()) -> None:
    """Write the int8 twin of an ONNX model.

    Args:
        exact: the model in 32-bit floats.
        coarse: the file to write.
        feeds: inputs of some texts, by which weights and biases are made ready for rounding.
    """
    from onnxruntime.quantization import quantize_dynamic  # noqa: PLC0415 - slow to import

    model = smooth(onnx.load(exact), measure_states(exact, feeds))
    with quiet(""):  # it recommends a step that changes nothing for a transformer
        # seven bits for weights: on CPUs without VNNI, products of eight would overflow
        quantize_dynamic(scale_tokens(model), coarse, per_channel=True, reduce_range=True)


def scale_tokens(model: onnx.ModelProto) -> onnx.ModelProto:
    """Put a scale of each token around the products of the feed-forward layers; changes `model`.

    They are known by their weights, which are not square; those of attention are.
    """
    graph = model.graph
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    nodes: list[NodeProto] = []
    for node in graph.node:
        shape = shapes.get(node.input[1], ()) if node.op_type == "MatMul" else ()
        is_feed_forward = len(shape) == 2 and shape[0] != shape[1]  # noqa: PLR2004 - a matrix
        nodes.extend(_scaled(node) if is_feed_forward else [node])
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.append(numpy_helper.from_array(np.array([-1], np.int64), _AXIS))
    graph.initializer.append(numpy_helper.from_array(np.array(1e-9, np.float32), _LEAST))
    return model


def _scaled(node: NodeProto) -> Iterator[NodeProto]:
    """The product of a token divided by its largest absolute value, times that value."""
    states, weights = node.input
    (product,) = node.output
    highest, lowest, depth, scale, unit, small = (
        f"{product}_{name}" for name in ("highest", "lowest", "depth", "scale", "unit", "small")
    )
    yield helper.make_node("ReduceMax", [states, _AXIS], [highest], keepdims=1)
    yield helper.make_node("ReduceMin", [states, _AXIS], [lowest], keepdims=1)
    yield helper.make_node("Neg", [lowest], [depth])
    yield helper.make_node("Max", [highest, depth, _LEAST], [scale])
    yield helper.make_node("Div", [states, scale], [unit])
    yield helper.make_node("MatMul", [unit, weights], [small], name=node.name)
    yield helper.make_node("Mul", [small, scale], [product])
