from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.documents.resemblance import resemblance

AXES = np.eye(6, dtype=np.float32)


def alike(source, target, source_weights=None, target_weights=None):
    """Of documents given as the axes that their sentences lie on."""
    weights = [
        np.ones(len(side)) if own is None else np.array(own, float)
        for side, own in ((source, source_weights), (target, target_weights))
    ]
    return resemblance(AXES[list(source)], weights[0], AXES[list(target)], weights[1])


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ([0, 1, 2], [0, 1, 2], 1.0),
        ([0, 1, 2], [3, 4, 5], 0.0),
        ([0, 1, 2], [2, 1, 0], 1 / 3),  # one of them can stand in order
        ([0, 1, 2], [0, 3, 1, 4, 2, 5], 2 / 3),  # half of the longer one stands alone
        ([0, 0, 0], [0], 0.5),  # a sentence has one counterpart
        ([], [0], 0.0),
    ],
)
def test_resemblance_counts_what_is_said_in_the_same_order(source, target, expected):
    assert alike(source, target) == pytest.approx(expected)


def test_a_long_sentence_counts_more():
    assert alike([0, 1], [0, 2], [9, 1], [9, 1]) == pytest.approx(0.9)
    assert alike([0, 1], [0, 2], [1, 9], [1, 9]) == pytest.approx(0.1)


def test_documents_without_weight_do_not_resemble_anything():
    assert alike([0], [0], [0], [0]) == 0.0


documents = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(documents, st.integers(1, 4), st.integers(1, 4))
def test_the_chain_is_the_heaviest_of_all(generator, rows, columns):
    vectors = [generator.normal(size=(count, 3)).astype(np.float32) for count in (rows, columns)]
    source, target = (own / np.linalg.norm(own, axis=1, keepdims=True) for own in vectors)
    weights = generator.random(rows) + 0.1, generator.random(columns) + 0.1
    gains = np.maximum(source @ target.T, 0) * (weights[0][:, None] + weights[1])
    best = max(
        sum(gains[i, j] for i, j in zip(chosen, others, strict=True))
        for size in range(min(rows, columns) + 1)
        for chosen in combinations(range(rows), size)
        for others in combinations(range(columns), size)
    )
    found = resemblance(source, weights[0], target, weights[1])
    assert found == pytest.approx(best / (weights[0].sum() + weights[1].sum()), abs=1e-6)
    assert 0 <= found <= 1
    assert found == pytest.approx(resemblance(target, weights[1], source, weights[0]), abs=1e-6)
