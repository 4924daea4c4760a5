import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from pipeline.distillation.students.from_scratch import (
    train_vocabulary,
    write_student_from_scratch,
)
from pipeline.encoders import load_encoder
from pipeline.encoders.folders import hash_model_folder
from pipeline.errors import InputError
from pipeline.student_kind import BodySize

TEXTS = [f"{who} {what}" for who in ("men", "sen", "ol", "я", "мы") for what in ("kitap", "читал")]
SMALL = BodySize(hidden=16, layers=2, heads=2, feed_forward=32, pieces=100)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """A folder with a small student from scratch."""
    folder = tmp_path_factory.mktemp("scratch") / "student"
    write_student_from_scratch(SMALL, TEXTS, folder, seed=5)
    return folder


def test_the_default_sizes_are_those_of_distilbert():
    size = BodySize()
    layer = 4 * size.hidden * (size.hidden + 1) + 2 * size.hidden * size.feed_forward
    layer += size.feed_forward + size.hidden + 4 * size.hidden
    tables = (30_522 + 512) * size.hidden + 2 * size.hidden
    # what transformers counts in distilbert-base-uncased
    assert size.layers * layer + tables == 66_362_880


def test_it_encodes_into_unit_vectors_without_a_prompt(student):
    vectors = load_encoder(str(student)).encode(TEXTS, language="mul")
    assert vectors.shape == (len(TEXTS), 16)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    config = json.loads((student / "config_sentence_transformers.json").read_text())
    assert config["prompts"] == {}


def test_its_tokenizer_knows_the_corpus_and_little_else(student):
    tokenizer = Tokenizer.from_file(str(student / "tokenizer.json"))
    assert tokenizer.get_vocab_size() <= SMALL.pieces
    for text in TEXTS:
        assert tokenizer.token_to_id("<unk>") not in tokenizer.encode(text).ids
    assert tokenizer.encode("мы читал").tokens == ["<s>", "▁", "м", "ы", "▁читал", "</s>"]
    assert tokenizer.token_to_id("<unk>") in tokenizer.encode("ক").ids
    assert [tokenizer.id_to_token(number) for number in range(4)] == [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
    ]


def test_its_weights_are_random_and_of_the_size_asked_for(student):
    weights = load_file(student / "model.safetensors")
    inner = weights["encoder.layer.1.intermediate.dense.weight"]
    assert inner.shape == (32, 16)
    assert inner.std() == pytest.approx(0.02, rel=0.2)
    assert (weights["encoder.layer.1.output.LayerNorm.weight"] == 1).all()
    assert (weights["encoder.layer.1.output.dense.bias"] == 0).all()
    assert (inner != weights["encoder.layer.0.intermediate.dense.weight"]).any()


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(student, tmp_path):
    for name, seed in (("same", 5), ("other", 6)):
        write_student_from_scratch(SMALL, TEXTS, tmp_path / name, seed=seed)
    assert hash_model_folder(tmp_path / "same") == hash_model_folder(student)
    assert hash_model_folder(tmp_path / "other") != hash_model_folder(student)


def test_nothing_to_learn_pieces_from_is_refused():
    with pytest.raises(InputError, match="no texts"):
        train_vocabulary(["", " "], 100)


def test_more_letters_than_places_are_refused():
    with pytest.raises(InputError, match="of 10 pieces"):
        train_vocabulary(["abcdefghijklmnopqrstuvwxyz"], 10)
