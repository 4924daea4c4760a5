"""Flat texts, and a batch's vectors and gradients in every way that an engine has."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.distillation.students.student import Student
from pipeline.distillation.training.batch_encoding import BatchEncoder, Engine
from pipeline.distillation.training.flat_texts import FlatTexts, tokenised

TEXTS = ["salam", "salam kitap okadym", "kitap", "привет, книга!", "", "okadym " * 40, "kitaplar"]
lists = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=8)


def as_lists(texts):
    return [part.tolist() for part in np.split(texts.token_ids, texts.offsets[1:-1])][: len(texts)]


@given(lists, st.data())
def test_rows_taken_from_flat_texts_are_those_of_the_lists(texts, data):
    rows = data.draw(st.lists(st.sampled_from(range(len(texts))))) if texts else []
    taken = FlatTexts.of(texts).take(np.array(rows, np.int64))
    assert as_lists(taken) == [texts[row] for row in rows]


@given(lists, lists)
def test_joined_flat_texts_follow_one_another(first, second):
    joined = FlatTexts.joined([FlatTexts.of(first), FlatTexts.of(second)])
    assert as_lists(joined) == first + second
    assert joined.token_ids.dtype == np.int32


def test_tokenising_in_parts_changes_nothing(monkeypatch):
    monkeypatch.setattr("pipeline.distillation.training.flat_texts._TEXTS_AT_ONCE", 2)
    texts = tokenised(["a", "bb", "", "ccc", "d"], lambda some: [list(map(ord, x)) for x in some])
    assert as_lists(texts) == [[97], [98, 98], [], [99] * 3, [100]]
    assert len(tokenised([], lambda some: [])) == 0


def vectors_and_gradients(folder, engine):
    """Of one batch with unfrozen word embeddings."""
    student = Student(folder, is_word_embedding_frozen=False)
    texts = FlatTexts.of(student.tokenise(TEXTS, 64))
    texts = texts.take(np.argsort(-texts.lengths, kind="stable"))
    vectors = BatchEncoder(student.model, engine).embed(texts)
    wanted = torch.linspace(-1, 1, vectors.numel()).view_as(vectors)
    ((vectors - wanted) ** 2).sum().backward()
    gradients = {name: one.grad for name, one in student.trained_parameters.items()}
    return vectors.detach(), {name: one for name, one in gradients.items() if one is not None}


@pytest.fixture(scope="module")
def padded(tiny_model_folder):
    return vectors_and_gradients(tiny_model_folder, Engine(is_packed=False))


def test_packed_texts_have_the_vectors_and_gradients_of_padded_ones(padded, tiny_model_folder):
    vectors, gradients = vectors_and_gradients(tiny_model_folder, Engine(is_packed=True))
    assert torch.allclose(vectors, padded[0], atol=1e-6)
    assert gradients.keys() == padded[1].keys()
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, padded[1][name], atol=1e-4), name


def test_packed_gradients_have_the_same_bits_each_time(tiny_model_folder):
    first, again = (vectors_and_gradients(tiny_model_folder, Engine()) for _ in range(2))
    assert torch.equal(first[0], again[0])
    assert all(torch.equal(gradient, again[1][name]) for name, gradient in first[1].items())


def test_bfloat16_stays_near(padded, tiny_model_folder):
    engine = Engine(is_packed=False, is_bf16=True)
    vectors, gradients = vectors_and_gradients(tiny_model_folder, engine)
    assert (vectors * padded[0]).sum(dim=1).min() > 0.999
    assert all(gradient.dtype == torch.float32 for gradient in gradients.values())


@pytest.mark.slow
def test_a_compiled_model_stays_the_same(padded, tiny_model_folder):
    engine = Engine(is_packed=False, is_compiled=True)
    vectors, gradients = vectors_and_gradients(tiny_model_folder, engine)
    assert torch.allclose(vectors, padded[0], atol=1e-5)
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, padded[1][name], atol=1e-3), name


def test_many_texts_are_encoded_in_their_order(tiny_model_folder):
    student = Student(tiny_model_folder)
    texts = FlatTexts.of(student.tokenise(TEXTS * 30, 64))
    vectors = BatchEncoder(student.model, Engine()).encode(texts)
    assert np.allclose(vectors, Student(tiny_model_folder).encode(as_lists(texts)), atol=1e-6)
