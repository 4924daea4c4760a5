import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

from pipeline.distillation.exports.quantisation import quantise, scale_tokens

WIDTH, INNER, TOKENS = 32, 64, 12


def graph():
    """A feed-forward product behind a square one."""
    rng = np.random.default_rng(3)
    weights = {"square": (WIDTH, WIDTH), "wide": (WIDTH, INNER)}
    nodes = [
        helper.make_node("MatMul", ["x", "square"], ["y"], name="attention"),
        helper.make_node("MatMul", ["y", "wide"], ["z"], name="feed_forward"),
    ]
    shapes = {"x": ["tokens", WIDTH], "z": ["tokens", INNER]}
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    }
    initializers = [
        numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)
        for name, shape in weights.items()
    ]
    built = helper.make_graph(nodes, "layers", [values["x"]], [values["z"]], initializers)
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.fixture
def states():
    """One token is two hundred times as large as the others, and one is nothing."""
    states = np.random.default_rng(5).normal(size=(TOKENS, WIDTH)).astype(np.float32)
    states[0] *= 200
    states[1] = 0
    return states


def run(model, states):
    content = str(model) if hasattr(model, "exists") else model.SerializeToString()
    return onnxruntime.InferenceSession(content).run(None, {"x": states})[0]


def test_scaling_tokens_changes_nothing_in_floats(states):
    expected = run(graph(), states)
    np.testing.assert_allclose(run(scale_tokens(graph()), states), expected, rtol=1e-4, atol=1e-4)


def test_only_products_of_weights_that_are_not_square_are_scaled():
    nodes = scale_tokens(graph()).graph.node
    (feed_forward,) = (node for node in nodes if node.name == "feed_forward")
    (attention,) = (node for node in nodes if node.name == "attention")
    assert attention.input[0] == "x"
    assert feed_forward.input[0] != "y"


def test_tokens_beside_a_large_one_keep_their_steps(states, tmp_path):
    model = graph()
    model.graph.node[0].op_type = "Mul"  # no other product than the one under test
    model.graph.node[0].input[1] = "one"
    model.graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), "one"))
    onnx.save(model, tmp_path / "exact.onnx")
    quantise(tmp_path / "exact.onnx", tmp_path / "ours.onnx")
    quantize_dynamic(
        tmp_path / "exact.onnx", tmp_path / "plain.onnx", per_channel=True, reduce_range=True
    )
    exact = run(tmp_path / "exact.onnx", states)[2:]
    errors = [
        np.abs(run(tmp_path / f"{name}.onnx", states)[2:] - exact).mean()
        for name in ("ours", "plain")
    ]
    assert errors[0] < errors[1] / 10
