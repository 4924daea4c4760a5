"""An ONNX encoder made ready to be rounded: weights and biases that fit the states they meet.

A few features of a BERT's states are far larger than the others, so that the rounding of the
weights they meet decides what a product loses. Before rounding, each feature is divided and the
weights it meets are multiplied by the same number, which balances both (Xiao et al. 2023,
"SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models",
migration strength .5); and the mean of what rounding adds to a product is taken off the bias behind
it (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction").
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

MIGRATION_STRENGTH = 0.5
LEAST = 1e-5
WEIGHT_STEPS = 64
"""On either side of zero: seven bits, see `quantisation`."""

Feed = Mapping[str, NDArray[np.int64]]


class States(NamedTuple):
    """What a matrix product is given, over the tokens of some texts; both (features,) float64."""

    largest: NDArray[np.float64]
    mean: NDArray[np.float64]


class _Product(NamedTuple):
    """A product of states with weights of its own, and its bias, if it has one."""

    node: NodeProto
    weights: TensorProto
    bias: TensorProto | None


def measure_states(exact: Path, feeds: Iterable[Feed]) -> dict[str, States]:
    """Run a model and look at what its matrix products are given.

    Args:
        exact: the model in 32-bit floats.
        feeds: its inputs, text by text; without padding, which would count as tokens.

    Returns:
        By the name of the product's input.
    """
    model = onnx.load(exact)
    names = list(dict.fromkeys(product.node.input[0] for product in _products(model)))
    if not names:  # `run` takes none for all
        return {}
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    largest: dict[str, NDArray[np.float64]] = {}
    total: dict[str, NDArray[np.float64]] = {}
    token_counts: Counter[str] = Counter()
    for feed in feeds:
        for name, states in zip(names, session.run(names, dict(feed)), strict=True):
            rows = states.reshape(-1, states.shape[-1]).astype(np.float64)
            largest[name] = np.maximum(largest.get(name, 0.0), np.abs(rows).max(axis=0))
            total[name] = total.get(name, 0.0) + rows.sum(axis=0)
            token_counts[name] += len(rows)
    return {name: States(largest[name], total[name] / token_counts[name]) for name in largest}


def smooth(model: ModelProto, measured: Mapping[str, States]) -> ModelProto:
    """Balance features with weights, and set biases against rounding; changes `model`.

    Args:
        model: in 32-bit floats. Weights that several products share are left alone.
        measured: of `measure_states`; products without are left alone.
    """
    graph = model.graph
    by_input: dict[str, list[_Product]] = {}
    for product in _products(model):
        by_input.setdefault(product.node.input[0], []).append(product)
    added: dict[int, NodeProto] = {}
    for name, products in by_input.items():
        if name in measured:
            added[id(products[0].node)] = _balance(graph, name, products, measured[name])
    nodes = [each for node in graph.node for each in (added.get(id(node)), node) if each]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _balance(
    graph: onnx.GraphProto, name: str, products: list[_Product], states: States
) -> NodeProto:
    """Scale the weights that meet these states; returns the node that scales the states."""
    weights = [numpy_helper.to_array(product.weights) for product in products]
    strongest = np.max([np.abs(matrix).max(axis=1) for matrix in weights], axis=0)
    power = MIGRATION_STRENGTH
    scale = np.maximum(states.largest, LEAST) ** power
    scale /= np.maximum(strongest, LEAST) ** (1 - power)
    for product, matrix in zip(products, weights, strict=True):
        scaled = (matrix * scale[:, None]).astype(np.float32)
        _set(product.weights, scaled)
        product.node.input[0] = f"{name}_balanced"
        if product.bias is not None:
            lost = (states.mean / scale) @ (_rounded(scaled) - scaled)
            _set(product.bias, numpy_helper.to_array(product.bias) - lost)
    inverse = numpy_helper.from_array((1 / scale).astype(np.float32), f"{name}_balance")
    graph.initializer.append(inverse)
    return helper.make_node("Mul", [name, inverse.name], [f"{name}_balanced"])


def _rounded(weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """As they will be rounded, by output."""
    step = np.maximum(np.abs(weights).max(axis=0), LEAST) / WEIGHT_STEPS
    rounded: NDArray[np.float64] = np.round(weights / step) * step
    return rounded


def _set(tensor: TensorProto, values: NDArray[np.floating]) -> None:
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))


def _products(model: ModelProto) -> list[_Product]:
    """Products with a matrix of weights that no other node reads."""
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    reader_counts = Counter(name for node in graph.node for name in node.input)
    biases = {
        name: constants[other]
        for node in graph.node
        if node.op_type == "Add"
        for name, other in (node.input, reversed(node.input))
        if other in constants and reader_counts[name] == reader_counts[other] == 1
    }
    return [
        _Product(node, constants[node.input[1]], biases.get(node.output[0]))
        for node in graph.node
        if node.op_type == "MatMul"
        and node.input[1] in constants
        and len(constants[node.input[1]].dims) == 2  # noqa: PLR2004 - a matrix
        and reader_counts[node.input[1]] == 1
    ]
