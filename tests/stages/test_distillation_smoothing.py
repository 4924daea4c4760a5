import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from pipeline.distillation.exports.quantisation import quantise
from pipeline.distillation.exports.smoothing import measure_states, smooth

WIDTH, TOKENS = 48, 64
LARGE = 7


def graph(*, is_shared=False):
    """Two products of the same states, the second with a bias."""
    rng = np.random.default_rng(3)
    names = ["one", "one"] if is_shared else ["one", "two"]
    arrays = {name: rng.normal(size=(WIDTH, WIDTH)) for name in names}
    arrays["bias"] = rng.normal(size=WIDTH)
    nodes = [
        helper.make_node("MatMul", ["x", names[0]], ["y"], name="first"),
        helper.make_node("MatMul", ["x", names[1]], ["z"], name="second"),
        helper.make_node("Add", ["bias", "z"], ["biased"]),
    ]
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["tokens", WIDTH])
        for name in ("x", "y", "biased")
    }
    initializers = [
        numpy_helper.from_array(array.astype(np.float32), name) for name, array in arrays.items()
    ]
    built = helper.make_graph(
        nodes, "layer", [values["x"]], [values["y"], values["biased"]], initializers
    )
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.fixture
def states():
    """One feature is fifty times as large as the others, and nearly the same in all tokens."""
    states = np.random.default_rng(5).normal(size=(TOKENS, WIDTH)).astype(np.float32)
    states[:, LARGE] += 50
    return states


def run(model, states):
    content = str(model) if hasattr(model, "exists") else model.SerializeToString()
    return onnxruntime.InferenceSession(content).run(None, {"x": states})


def test_states_are_measured_over_all_texts(states, tmp_path):
    onnx.save(graph(), tmp_path / "exact.onnx")
    halves = [{"x": states[: TOKENS // 4]}, {"x": states[TOKENS // 4 :]}]
    (name,) = found = measure_states(tmp_path / "exact.onnx", halves)
    assert name == "x"
    np.testing.assert_allclose(found["x"].largest, np.abs(states).max(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found["x"].mean, states.mean(axis=0), rtol=1e-4, atol=1e-5)


def test_balancing_changes_nothing_in_floats_but_the_bias(states, tmp_path):
    onnx.save(graph(), tmp_path / "exact.onnx")
    measured = measure_states(tmp_path / "exact.onnx", [{"x": states}])
    before, after = run(graph(), states), run(smooth(graph(), measured), states)
    np.testing.assert_allclose(after[0], before[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(after[1] - before[1], (after[1] - before[1])[:1].repeat(TOKENS, 0),
                               atol=1e-3)  # fmt: skip


def test_weights_that_two_products_share_are_left_alone(states, tmp_path):
    onnx.save(graph(is_shared=True), tmp_path / "exact.onnx")
    measured = measure_states(tmp_path / "exact.onnx", [{"x": states}])
    assert measured == {}
    assert smooth(graph(is_shared=True), measured) == graph(is_shared=True)


def test_a_large_feature_no_longer_spoils_what_is_rounded(states, tmp_path):
    onnx.save(graph(), tmp_path / "exact.onnx")
    quantise(tmp_path / "exact.onnx", tmp_path / "plain.onnx")
    quantise(tmp_path / "exact.onnx", tmp_path / "ours.onnx", [{"x": states}])
    exact = run(tmp_path / "exact.onnx", states)
    plain, ours = (
        [
            np.abs(product - wanted).mean()
            for product, wanted in zip(run(tmp_path / name, states), exact, strict=True)
        ]
        for name in ("plain.onnx", "ours.onnx")
    )
    assert ours[0] < plain[0] / 2
    assert ours[1] < plain[1] / 3  # its bias makes up for what is lost on average
