"""Texts end to end against the same texts padded, for models of several builds."""

import json
import shutil

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from pipeline.encoders.transformer import TransformerModel

TEXTS = ["salam", "salam kitap okadym", "kitap", "привет, книга!", "", "okadym " * 40, "kitaplar"]


@pytest.fixture
def variant(tiny_model_folder, tmp_path):
    """Write a copy of the tiny model with other configuration."""

    def write(config=None, pooling=None):
        folder = shutil.copytree(tiny_model_folder, tmp_path / "variant")
        for name, changes in {"config.json": config, "1_Pooling/config.json": pooling}.items():
            content = json.loads((folder / name).read_text())
            (folder / name).write_text(json.dumps(content | (changes or {})))
        return folder

    return write


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"config": {"model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"]}},
        {"pooling": {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}},
        {"pooling": {"include_prompt": False}},
    ],
    ids=["mean", "xlm-roberta", "first token", "prompt left out"],
)
def test_vectors_are_those_of_a_padded_batch(variant, changes):
    folder = variant(**changes)
    ours = TransformerModel(folder).embed(TEXTS, "query")
    theirs = SentenceTransformer(str(folder)).encode(TEXTS, prompt_name="query")
    assert np.einsum("ij,ij->i", ours, theirs / np.linalg.norm(theirs, axis=1)[:, None]).min() > (
        1 - 1e-5
    )


def test_a_batch_gives_the_same_bytes_each_time_and_in_another_model_object(tiny_model_folder):
    first, second = TransformerModel(tiny_model_folder), TransformerModel(tiny_model_folder)
    vectors = first.embed(TEXTS, "query")
    assert first.embed(TEXTS, "query").tobytes() == vectors.tobytes()
    assert second.embed(TEXTS, "query").tobytes() == vectors.tobytes()


def test_a_text_does_not_see_its_neighbours(tiny_model_folder):
    model = TransformerModel(tiny_model_folder)
    alone = model.embed(["salam kitap"], "query")[0]
    among = model.embed(["okadym salam", "salam kitap", "kitap kitap"], "query")[1]
    assert np.allclose(alone, among, atol=1e-6)
