import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.gates import (
    collapse_gate,
    effective_rank,
    mean_off_diagonal_cosine,
    retention_gate,
    sample_size_gate,
    saturation_gate,
)
from pipeline.statistics import Interval


def _unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


def _spread(n=50, d=16):
    return _unit(np.random.default_rng(0).normal(size=(n, d)))


def test_nine_pairs_are_too_few_and_the_reason_says_how_many_would_do():
    verdict = sample_size_gate(9, 100)
    assert not verdict.is_passed
    assert "385" in verdict.reason


def test_enough_queries_pass_without_advice():
    verdict = sample_size_gate(100, 100)
    assert verdict.is_passed
    assert "385" not in verdict.reason


@pytest.mark.parametrize(("p_at_1", "is_passed"), [(0.989, True), (0.99, False), (1.0, False)])
def test_a_saturated_set_is_refused_with_what_to_use_instead(p_at_1, is_passed):
    verdict = saturation_gate(p_at_1, 1012)
    assert verdict.is_passed is is_passed
    assert ("distractors" in verdict.reason) is not is_passed


def test_spread_vectors_pass_and_equal_ones_are_collapsed():
    assert collapse_gate(_spread()).is_passed
    assert not collapse_gate(_unit(np.ones((50, 16)))).is_passed


def test_vectors_on_one_line_are_collapsed_although_their_mean_cosine_is_low():
    line = np.outer([1, -1] * 25, np.ones(64))
    verdict = collapse_gate(_unit(line))
    assert "mean cosine of -0.0" in verdict.reason
    assert not verdict.is_passed


def test_mean_off_diagonal_cosine_equals_the_plain_mean_over_pairs():
    vectors = _spread()
    products = vectors @ vectors.T
    expected = products[~np.eye(50, dtype=bool)].mean()
    assert mean_off_diagonal_cosine(vectors) == pytest.approx(expected, abs=1e-6)


def test_one_vector_has_no_pairs():
    with pytest.raises(InputError):
        mean_off_diagonal_cosine(_spread(1))


@given(st.integers(2, 16))
def test_effective_rank_of_equal_axes_is_their_number_less_the_mean(axes):
    assert effective_rank(np.eye(axes, dtype=np.float32)) == pytest.approx(axes - 1)


def test_effective_rank_of_equal_vectors_is_zero():
    assert effective_rank(_unit(np.ones((9, 4)))) == 0


@pytest.mark.parametrize(("value", "is_passed"), [(0.97, False), (0.98, True)])
def test_retention_is_gated_by_its_value(value, is_passed):
    measured = Interval(value, value - 0.01, value + 0.01, 500, 13)
    assert retention_gate(measured, 0.98).is_passed is is_passed
