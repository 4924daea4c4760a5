import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.thresholds import threshold_for, threshold_for_f1

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


def test_without_reviews_nothing_is_compared_and_the_interval_rests_on_nobody():
    found = threshold_for(0.5, [0.9])
    assert found.precision.n == 0
    assert found.reviewed_precision is None
    assert not found.is_contradicted


@pytest.mark.parametrize(
    ("probabilities", "held_out", "is_correct"),
    [([1.2], [], []), ([float("nan")], [], []), ([0.5], [0.5], []), ([0.5], [-0.1], [True])],
)
def test_wrong_input_is_refused(probabilities, held_out, is_correct):
    with pytest.raises(InputError):
        threshold_for(0.9, probabilities, held_out, is_correct)


def test_the_yield_is_what_is_expected_among_the_kept():
    found = threshold_for(0.85, [0.9, 0.8, 0.3])
    assert found.kept_count == 2
    assert found.yield_count == pytest.approx(1.7)
    assert found.yield_fraction == pytest.approx(1.7 / 2.0)
    assert threshold_for(0.99, [0.5]).yield_fraction == 0


@given(chances.filter(any))
def test_no_other_threshold_expects_a_higher_f1(probabilities):
    found = threshold_for_f1(probabilities)
    expected = {
        value: 2 * sum(kept) / (len(kept) + sum(probabilities))
        for value in probabilities
        if (kept := [one for one in probabilities if one >= value])
    }
    assert expected[found.value] == pytest.approx(max(expected.values()))


def drawn(seed, reviewed_count, bias=0.0):
    """Probabilities, held-out ones with labels, and the labels of all candidates."""
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(4, 0.5, 600)
    said = rng.beta(4, 0.5, reviewed_count)
    truth = rng.random(600) < np.clip(probabilities + bias, 0, 1)
    return probabilities, said, rng.random(reviewed_count) < np.clip(said + bias, 0, 1), truth


@pytest.mark.parametrize("bias", [0.0, -0.1])
def test_the_interval_holds_what_people_would_find_even_where_predictions_are_off(bias):
    held = 0
    for seed in range(100):
        probabilities, said, labels, truth = drawn(seed, 400, bias)
        found = threshold_for(0.9, probabilities, said, labels)
        precision = truth[probabilities >= found.value].mean()
        held += found.precision.ci_low <= precision <= found.precision.ci_high
    assert held >= 90


def test_more_reviews_make_the_interval_narrower_and_are_counted():
    widths = []
    for count in (50, 500):
        probabilities, said, labels, _ = drawn(1, count)
        found = threshold_for(0.9, probabilities, said, labels).precision
        assert found.n == (said >= threshold_for(0.9, probabilities).value).sum()
        widths.append(found.ci_high - found.ci_low)
    assert widths[1] < widths[0]


def test_reviews_of_the_least_sure_alone_do_not_move_the_sure_ones():
    probabilities = [0.99] * 900 + [0.6] * 100
    found = threshold_for(0.9, probabilities, [0.99] * 20 + [0.6] * 80, [True] * 68 + [False] * 32)
    assert found.precision.value == pytest.approx(0.9 * 1.0 + 0.1 * 0.6, abs=0.01)
