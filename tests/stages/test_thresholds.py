import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.thresholds import threshold_for

chances = st.lists(st.integers(0, 100).map(lambda n: n / 100), max_size=40)


@given(st.floats(0, 1), chances)
def test_the_threshold_reaches_the_target_and_no_smaller_one_does(target, probabilities):
    found = threshold_for(target, probabilities)
    kept = [one for one in probabilities if one >= found.value]
    assert found.kept_count == len(kept)
    if kept:
        assert found.expected_precision == pytest.approx(np.mean(kept))
        assert found.expected_precision >= target - 2e-6
    for smaller in {one for one in probabilities if one < found.value}:
        assert np.mean([one for one in probabilities if one >= smaller]) < target


@given(chances, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_never_keeps_more(probabilities, one, other):
    low, high = sorted((one, other))
    assert (
        threshold_for(high, probabilities).kept_count
        <= threshold_for(low, probabilities).kept_count
    )


def test_a_target_out_of_reach_keeps_nothing():
    found = threshold_for(0.95, [0.5, 0.9])
    assert (found.value, found.kept_count) == (1.0, 0)
    assert np.isnan(found.expected_precision)


def test_rounding_does_not_lose_pairs_that_are_just_good_enough():
    assert threshold_for(0.95, np.full(1000, 0.95, np.float32)).kept_count == 1000


def test_reviews_are_compared_with_what_was_predicted_for_the_same_pairs():
    held_out = [0.9] * 40 + [0.1] * 10
    found = threshold_for(0.85, [0.9] * 100 + [0.1] * 100, held_out, [True] * 36 + [False] * 14)
    assert found.value == 0.9
    assert found.held_out_precision == pytest.approx(0.9)
    assert found.reviewed_precision.value == pytest.approx(0.9)
    assert found.reviewed_precision.n == 40
    assert not found.is_contradicted


def test_reviews_that_find_far_fewer_correct_contradict():
    found = threshold_for(0.85, [0.9] * 100, [0.9] * 40, [True] * 20 + [False] * 20)
    assert found.is_contradicted


def test_without_reviews_nothing_is_compared():
    found = threshold_for(0.5, [0.9])
    assert found.reviewed_precision is None
    assert not found.is_contradicted


@pytest.mark.parametrize(
    ("probabilities", "held_out", "is_correct"),
    [([1.2], [], []), ([float("nan")], [], []), ([0.5], [0.5], []), ([0.5], [-0.1], [True])],
)
def test_wrong_input_is_refused(probabilities, held_out, is_correct):
    with pytest.raises(InputError):
        threshold_for(0.9, probabilities, held_out, is_correct)
