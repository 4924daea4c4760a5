import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.documents.document_vectors import blocks, document_vector

SIZE = 6


def sentences(count, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, SIZE)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def lengths(*values):
    return np.array(values, dtype=np.float32)


def test_a_document_vector_has_a_part_for_each_window_and_unit_length():
    vector = document_vector(sentences(9), lengths(*range(1, 10)), 4)
    assert vector.shape == (4 * SIZE,)
    assert np.linalg.norm(vector) == pytest.approx(1.0)


def test_with_one_window_order_plays_little_part_and_with_more_it_does():
    vectors, weights = sentences(8), np.ones(8, np.float32)
    likeness = [
        float(document_vector(vectors, weights, w) @ document_vector(vectors[::-1], weights, w))
        for w in (1, 8)
    ]
    assert likeness[0] > 0.99
    assert likeness[1] < 0.7


def test_one_sentence_looks_the_same_through_every_window():
    (vector,) = sentences(1)
    parts = document_vector(vector[None], lengths(5), 3).reshape(3, SIZE)
    assert np.allclose(parts * np.sqrt(3), vector, atol=1e-6)


def test_the_first_window_tells_the_first_sentence_best():
    vectors = sentences(10)
    first = document_vector(vectors, np.ones(10, np.float32), 10)[:SIZE]
    assert (vectors @ first).argmax() == 0


def test_what_weighs_nothing_does_not_tell():
    vectors = sentences(3)
    padded = document_vector(vectors, lengths(1, 0, 2), 4)
    assert np.allclose(padded, document_vector(vectors[[0, 2]], lengths(1, 2), 4), atol=1e-6)


def test_no_sentences_or_no_weight_give_zeros():
    assert not document_vector(sentences(0), lengths(), 2).any()
    assert not document_vector(sentences(2), lengths(0, 0), 2).any()


def test_a_short_document_keeps_its_sentences():
    vectors, weights = sentences(5), lengths(1, 2, 3, 4, 5)
    parts, shares = blocks(vectors, weights, 5)
    assert np.array_equal(parts, vectors)
    assert shares.tolist() == [1, 2, 3, 4, 5]


def test_neighbours_share_a_part():
    vectors = np.eye(4, SIZE, dtype=np.float32)
    parts, shares = blocks(vectors, np.ones(4, np.float32), 2)
    assert shares.tolist() == [2, 2]
    root = np.sqrt(0.5)
    assert np.allclose(parts, [[root, root, 0, 0, 0, 0], [0, 0, root, root, 0, 0]])


@given(
    st.lists(st.floats(0, 500, width=32), min_size=1, max_size=60).filter(any),
    st.integers(1, 20),
)
def test_parts_are_few_keep_all_weight_and_are_of_unit_length(weights, most):
    parts, shares = blocks(sentences(len(weights)), lengths(*weights), most)
    assert len(parts) == len(shares) <= max(most, min(len(weights), most))
    assert shares.sum() == pytest.approx(sum(weights), rel=1e-4)
    norms = np.linalg.norm(parts[shares > 1e-3], axis=1)
    assert np.allclose(norms, 1, atol=1e-3)
