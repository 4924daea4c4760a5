import json

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from pipeline.encoders.onnx import OnnxDescription
from pipeline.errors import InputError
from pipeline.evaluation.cost.passes import (
    Pass,
    Request,
    Speed,
    measure_speed,
    peak_memory_bytes,
    time_passes,
)
from pipeline.evaluation.cost.rows import (
    SIZE_METRICS,
    SPEED_METRICS,
    cost_rows,
    gemm_share,
    median_interval,
    model_fingerprint,
    model_size,
    size_rows,
    speed_rows,
)
from pipeline.evaluation.cost.size import ModelSize, folder_size
from pipeline.measurements import Measurement
from pipeline.tables import SCORES, as_table

SIZE = ModelSize(1000, 600, 300, 4096, 32, 64)
MEASURED = Measurement("cost", "", "hash", "start", "print", 13)
SPEED = Speed(10, 200, 1, [Pass(2.0, 120_000.0), Pass(1.0, 120_000.0), Pass(4.0, 60_000.0)], 5000)


def test_a_berts_weights_are_counted_by_what_is_done_with_them(tiny_model_folder):
    size = folder_size(tiny_model_folder)
    layer = 4 * 32 * 32 + 2 * 32 * 64
    biases = 5 * 32 + 64 + 4 * 32  # of the layers' matrices and norms
    vocabulary = json.loads((tiny_model_folder / "config.json").read_text())["vocab_size"]
    tables = (vocabulary + 96 + 2) * 32
    assert size.linear_weight_count == 2 * layer
    assert size.table_parameter_count == tables
    assert size.parameter_count == tables + 2 * (layer + biases) + 2 * 32
    assert (size.dimension, size.max_tokens) == (32, 512)


def test_disk_is_what_must_be_copied_to_run_the_model(tiny_model_folder):
    files = [path for path in tiny_model_folder.rglob("*") if path.is_file()]
    assert folder_size(tiny_model_folder).disk_bytes == sum(path.stat().st_size for path in files)


@pytest.fixture
def small_folder(tmp_path):
    """A transformer with a pooler, positions as integers, and a layer behind the pooling."""
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "onnx").mkdir()
    (tmp_path / "config.json").write_text('{"d_model": 8}')
    tensors = {
        "embeddings.word_embeddings.weight": np.ones((10, 8), np.float32),
        "embeddings.position_ids": np.ones((1, 512), np.int64),
        "encoder.layer.0.output.dense.weight": np.ones((8, 8), np.float16),
        "encoder.layer.0.output.dense.bias": np.ones(8, np.float16),
        "pooler.dense.weight": np.ones((8, 8), np.float32),
    }
    save_file(tensors, tmp_path / "model.safetensors")
    dense = {"linear.weight": np.ones((4, 8), np.float32)}
    save_file(dense, tmp_path / "2_Dense" / "model.safetensors")
    return tmp_path


def test_what_is_not_multiplied_with_every_token_is_not_linear(small_folder):
    size = folder_size(small_folder)
    assert size.linear_weight_count == 8 * 8
    assert size.table_parameter_count == 10 * 8
    assert size.parameter_count == 10 * 8 + 8 * 8 + 8 + 8 * 8 + 4 * 8
    assert (size.dimension, size.max_tokens) == (8, None)


def test_prose_and_exports_beside_the_model_take_no_disk(small_folder):
    before = folder_size(small_folder)
    (small_folder / "README.md").write_text("long")
    (small_folder / ".gitattributes").write_text("long")
    (small_folder / "onnx" / "tokenizer.json").write_text("long")
    (small_folder / "model.onnx").write_text("long")
    assert folder_size(small_folder) == before


@pytest.mark.parametrize("content", [None, b"", b"\x05\0\0\0\0\0\0\0torn"])
def test_a_folder_without_readable_weights_is_refused(tmp_path, content):
    (tmp_path / "config.json").write_text('{"hidden_size": 8}')
    if content is not None:
        (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=tmp_path.name):
        folder_size(tmp_path)


@pytest.fixture
def onnx_file(tmp_path):
    """A graph that looks words up, multiplies and adds."""
    constants = {
        "table": np.ones((10, 8), np.float32),
        "weight": np.ones((8, 4), np.float32),
        "bias": np.ones(4, np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
    ]
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])
    out = helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["n", 4])
    initializers = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    onnx.save(
        helper.make_model(helper.make_graph(nodes, "g", [ids], [out], initializers)),
        tmp_path / "model.onnx",
    )
    description = OnnxDescription(
        files={"fp32": "model.onnx"},
        dimension=4,
        max_tokens=16,
        pad_token_id=0,
        pooling="mean",
        prompts={},
    )
    (tmp_path / "onnx.json").write_text(description.model_dump_json())
    (tmp_path / "tokenizer.json").write_text("{}")
    return tmp_path / "model.onnx"


def test_an_onnx_graph_tells_tables_from_linear_weights(onnx_file):
    size = model_size(str(onnx_file))
    assert (size.parameter_count, size.table_parameter_count) == (80 + 32 + 4, 80)
    assert (size.linear_weight_count, size.dimension, size.max_tokens) == (32, 4, 16)
    assert size.disk_bytes == sum(path.stat().st_size for path in onnx_file.parent.iterdir())


def test_an_onnx_file_without_its_description_is_refused(onnx_file):
    (onnx_file.parent / "onnx.json").unlink()
    with pytest.raises(InputError, match=r"model\.onnx"):
        model_size(str(onnx_file))


def test_an_export_is_told_from_another_by_its_files(onnx_file):
    before = model_fingerprint(str(onnx_file))
    (onnx_file.parent / "tokenizer.json").write_text('{"version": 1}')
    assert model_fingerprint(str(onnx_file)) != before
    with pytest.raises(InputError, match="does not name it"):
        model_fingerprint(str(onnx_file.with_name("other.onnx")))


def test_the_share_of_the_gemm_follows_its_formula():
    # 2 * 300 weights * 200 tokens in 2 s, of 120,000 in one second
    assert gemm_share(SIZE, 200, Pass(2.0, 120_000.0)) == pytest.approx(0.5)


@given(st.lists(st.floats(0.1, 1e6), min_size=2, max_size=20))
def test_the_median_of_repeats_lies_in_their_range(values):
    interval = median_interval(values)
    assert min(values) == interval.ci_low <= interval.value <= interval.ci_high == max(values)
    assert interval.n == len(values)


def test_the_range_of_repeats_holds_the_true_median_as_often_as_it_says():
    draws = np.random.default_rng(5).exponential(size=(20_000, 5))
    holds = (draws.min(axis=1) <= np.log(2)) & (np.log(2) <= draws.max(axis=1))
    assert holds.mean() == pytest.approx(
        median_interval(draws[0].tolist()).level_fraction, abs=0.006
    )


def test_one_pass_has_no_interval():
    with pytest.raises(InputError, match="two repeats"):
        median_interval([1.0])


def test_size_rows_are_rows_of_the_scores_table():
    table = as_table(size_rows(MEASURED, SIZE), SCORES)
    assert table["metric"].to_pylist() == list(SIZE_METRICS)
    assert table["value"].to_pylist() == [1000, 4096]
    assert "400 outside the embedding tables" in table["note"][0].as_py()


def test_speed_rows_are_medians_over_passes():
    rows = as_table(speed_rows(MEASURED, SIZE, SPEED), SCORES).to_pylist()
    found = {row["metric"]: (row["value"], row["ci_low"], row["ci_high"], row["n"]) for row in rows}
    assert tuple(found) == SPEED_METRICS
    assert found["sentences_per_second"] == (5.0, 2.5, 10.0, 3)
    assert found["tokens_per_second"] == (100.0, 50.0, 200.0, 3)
    assert found["gemm_share"] == pytest.approx((0.5, 0.5, 1.0, 3))
    assert found["peak_memory_bytes"] == (5000, 5000, 5000, 1)


def test_every_pass_lies_between_two_looks_at_the_machine():
    clock = iter([0.0, 3.0, 10.0, 11.0])
    speeds = iter([5.0, 7.0, 6.0])
    heard = []
    passes = time_passes(
        lambda: None,
        lambda: next(speeds),
        2,
        lambda: next(clock),
        lambda done, total, _: heard.append((done, total)),
    )
    assert passes == [Pass(3.0, 7.0), Pass(1.0, 7.0)]
    assert heard == [(1, 2), (2, 2)]


def test_the_peak_of_a_process_is_its_high_water_mark():
    assert peak_memory_bytes("Name: x\nVmPeak:\t 9 kB\nVmHWM:\t    1234 kB\n") == 1234 * 1024
    assert peak_memory_bytes(None) > 10_000_000


@pytest.mark.parametrize("texts", [(), ("salam", "salam")])
def test_texts_to_be_timed_are_given_once(texts):
    with pytest.raises(InputError, match="each given once"):
        measure_speed(Request("embedded:minilm", texts))


def test_a_model_that_cannot_be_run_is_refused_with_the_reason(tmp_path):
    with pytest.raises(InputError, match=r"onnx\.json beside"):
        measure_speed(Request(str(tmp_path / "none.onnx"), ["salam"]))


@pytest.mark.slow
def test_a_model_is_timed_in_a_process_of_its_own(tiny_model_folder):
    heard = []
    request = Request(str(tiny_model_folder), ["salam", "kitap okadym"], pass_count=3)
    rows = as_table(cost_rows(request, lambda done, *_: heard.append(done)), SCORES).to_pylist()
    assert tuple(row["metric"] for row in rows) == (*SIZE_METRICS, *SPEED_METRICS)
    assert {row["model_fingerprint"] for row in rows} == {model_fingerprint(request.model)}
    assert all(row["value"] > 0 for row in rows)
    assert rows[-1]["value"] > 50_000_000
    assert heard == [1, 2, 3]
