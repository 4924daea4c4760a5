import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from pipeline.distillation.students.layers import count_layers, keep_layers, outer_layers
from pipeline.encoders import load_encoder
from pipeline.errors import InputError


@given(st.integers(1, 48).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
def test_layers_to_keep_are_some_of_those_there_in_order(counts):
    layer_count, kept_count = counts
    kept = outer_layers(layer_count, kept_count)
    assert len(kept) == kept_count
    assert list(kept) == sorted({*kept} & {*range(layer_count)})


def test_two_thirds_of_the_layers_kept_are_the_lowest():
    assert outer_layers(12, 6) == (0, 1, 2, 3, 10, 11)
    assert outer_layers(12, 12) == tuple(range(12))
    assert outer_layers(12, 1) == (0,)


@pytest.mark.parametrize("kept_count", [0, 13])
def test_impossible_numbers_of_layers_are_refused(kept_count):
    with pytest.raises(InputError, match="of 12"):
        outer_layers(12, kept_count)


def test_a_layer_that_did_nothing_is_not_missed(tiny_model_folder, tmp_path):
    """The second layer is made to add zero, and its norms to repeat what the first has done."""
    idle = shutil.copytree(tiny_model_folder, tmp_path / "idle")
    weights = load_file(idle / "model.safetensors")
    for name in weights:
        if ".layer.1." in name:
            is_gain = "LayerNorm.weight" in name
            weights[name] = np.full_like(weights[name], 1.0 if is_gain else 0.0)
    save_file(weights, idle / "model.safetensors", metadata={"format": "pt"})
    keep_layers(idle, [0], tmp_path / "short")
    before, after = (
        load_encoder(str(folder)).encode(["salam", "kitap okadym"], language="tuk")
        for folder in (idle, tmp_path / "short")
    )
    assert np.abs(before - after).max() < 1e-4
    assert count_layers(tmp_path / "short") == 1


def test_the_layers_that_stay_keep_their_weights_under_new_numbers(tiny_model_folder, tmp_path):
    keep_layers(tiny_model_folder, [1], tmp_path / "short")
    before, after = (
        load_file(folder / "model.safetensors")
        for folder in (tiny_model_folder, tmp_path / "short")
    )
    name = "encoder.layer.{}.attention.self.query.weight"
    assert (after[name.format(0)] == before[name.format(1)]).all()
    assert name.format(1) not in after
    assert (after["embeddings.LayerNorm.bias"] == before["embeddings.LayerNorm.bias"]).all()


def test_settings_listed_by_layer_lose_those_of_the_layers_that_go(tiny_model_folder, tmp_path):
    start = shutil.copytree(tiny_model_folder, tmp_path / "start")
    path = start / "config.json"
    config = json.loads(path.read_text()) | {"layer_types": ["full_attention", "sliding_attention"]}
    path.write_text(json.dumps(config))
    keep_layers(start, [1], tmp_path / "short")
    written = json.loads((tmp_path / "short" / "config.json").read_text())
    assert (written["num_hidden_layers"], written["layer_types"]) == (1, ["sliding_attention"])


@pytest.mark.parametrize("kept", [[], [1, 0], [0, 2], [0, 0]])
def test_layers_that_are_not_there_or_out_of_order_are_refused(kept, tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match="no layers of 2"):
        keep_layers(tiny_model_folder, kept, tmp_path / "short")
    assert not (tmp_path / "short").exists()


def test_weights_named_in_another_way_are_refused(tiny_model_folder, tmp_path):
    start = shutil.copytree(tiny_model_folder, tmp_path / "start")
    weights = load_file(start / "model.safetensors")
    renamed = {name.replace("encoder.layer", "encoder.block"): weights[name] for name in weights}
    save_file(renamed, start / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="not named by layers"):
        keep_layers(start, [0], tmp_path / "short")
