"""Exports of models laid out as the hub has them, and of others that can or cannot be exported."""

import json
import shutil

import numpy as np
import onnx
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import LSTM, Pooling, StaticEmbedding
from tokenizers import Tokenizer

from pipeline.distillation.exports import onnx_graph, student_export
from pipeline.distillation.exports.onnx_graph import write_graph
from pipeline.distillation.exports.student_export import (
    LEAST_INT8_MEAN_COSINE,
    ExportTexts,
    export_student,
    export_verdict,
)
from pipeline.encoders.onnx import load_onnx_encoder
from pipeline.encoders.opening import open_folder
from pipeline.errors import InputError
from tests.stages.hub_layouts import LAYOUTS, WIDTH, write_hub_model

TEXTS = ["salam kitap", "kitap", "salam salam salam kitap kitaplar", "привет", "a b c"]
BOTH = ExportTexts(TEXTS, ["salam", "kitap lar"])
SEVERAL_POOLINGS = ("max", "weightedmean", "lasttoken", "mean_sqrt_len_tokens")


@pytest.fixture(scope="module", params=[*LAYOUTS, "several poolings"])
def model(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "model"
    layout = LAYOUTS.get(request.param, LAYOUTS["bge-m3"])
    write_hub_model(folder, layout)
    if request.param not in LAYOUTS:
        set_pooling(folder, embedding_dimension=WIDTH, pooling_mode=SEVERAL_POOLINGS)
    return folder, layout


@pytest.fixture(scope="module")
def export(model, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # without the wait for another process, which has its own tests
        patch.setattr(student_export, "run_capped", lambda function, all_, **_: function(*all_))
        return export_student(model[0], tmp_path_factory.mktemp("exports") / "onnx", BOTH)


def set_pooling(folder, **config):
    path = folder / "1_Pooling" / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")


def test_the_exports_give_the_vectors_of_sentence_transformers(model, export):
    expected = SentenceTransformer(str(model[0])).encode(TEXTS, normalize_embeddings=True)
    exact, coarse = (
        load_onnx_encoder(export.folder, precision).encode(TEXTS, language="und")
        for precision in ("fp32", "int8")
    )
    np.testing.assert_allclose(exact, expected, atol=1e-5)
    assert (expected * coarse).sum(axis=1).mean() > LEAST_INT8_MEAN_COSINE
    assert export_verdict(export.facts).is_passed


def test_a_dense_layer_is_in_the_graph_with_its_activation(model, export):
    weights = (export.folder / "model.onnx").read_bytes()
    operations = {node.op_type for node in onnx.load_from_string(weights).graph.node}
    has_dense = model[1].dense_width is not None
    assert ("Tanh" in operations) == has_dense
    if has_dense:
        dense = open_folder(model[0])[2].linear
        assert dense.bias.detach().numpy().tobytes() in weights


def test_description_and_readme_say_how_the_model_pools(model, export):
    folder, layout = model
    description = json.loads((export.folder / "onnx.json").read_text(encoding="utf-8"))
    expected = layout.pooling or "mean"
    if layout.dense_width:
        expected += f", Dense ({WIDTH} to {layout.dense_width}, Tanh)"
    if "max" in open_folder(folder)[1].pooling_mode:
        expected = " and ".join(SEVERAL_POOLINGS)
    assert description["pooling"] == expected
    assert f"Pooling ({expected})" in (export.folder / "README.md").read_text(encoding="utf-8")


def refusal(folder, tmp_path):
    with pytest.raises(InputError) as caught:
        write_graph(folder, tmp_path / "model.onnx", TEXTS)
    assert not (tmp_path / "model.onnx").exists()
    return str(caught.value)


def test_pooling_without_the_prompt_is_refused_where_there_is_a_prompt(tiny_model_folder, tmp_path):
    folder = shutil.copytree(tiny_model_folder, tmp_path / "model")
    set_pooling(folder, embedding_dimension=32, pooling_mode="mean", include_prompt=False)
    assert "leaves out the prompt" in refusal(folder, tmp_path)


def test_a_model_without_a_transformer_is_refused(tiny_model_folder, tmp_path):
    tokenizer = Tokenizer.from_file(str(tiny_model_folder / "tokenizer.json"))
    static = StaticEmbedding(tokenizer, embedding_dim=8)
    SentenceTransformer(modules=[static]).save(str(tmp_path / "model"))
    assert "begins with StaticEmbedding" in refusal(tmp_path / "model", tmp_path)


def test_a_model_too_large_for_one_file_is_refused_with_a_way_out(
    tiny_model_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(onnx_graph, "_MOST_BYTES", 10_000)
    assert "prune its vocabulary" in refusal(tiny_model_folder, tmp_path)


def test_a_module_that_onnx_cannot_express_is_named(tiny_model_folder, tmp_path):
    transformer, *_ = open_folder(tiny_model_folder)
    modules = [transformer, LSTM(32, 8), Pooling(16)]
    SentenceTransformer(modules=modules).save(str(tmp_path / "model"))
    assert "LSTM" in refusal(tmp_path / "model", tmp_path)
