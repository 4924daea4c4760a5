import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.distillation.lessons.sampling import draw_epoch, effective_count, epoch_shares

STRATA = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=200)
EXPONENTS = st.floats(0, 1)


def alike(strata, exponent, most_repeats):
    """Shares of whole texts that count alike."""
    ones = np.ones(len(strata))
    return epoch_shares(list(strata), ones, ones, exponent, most_repeats)


@settings(deadline=None)
@given(STRATA, EXPONENTS, st.floats(1, 10))
def test_an_epoch_is_as_long_as_there_are_lessons(strata, exponent, most):
    shares = alike(strata, exponent, most)
    assert shares.sum() == pytest.approx(len(strata))
    assert (shares > 0).all()
    assert shares.max() <= most + 1e-9


@settings(deadline=None)
@given(STRATA, EXPONENTS, st.floats(1, 10))
def test_lessons_of_a_small_stratum_are_never_seen_less_than_those_of_a_large_one(
    strata, exponent, most
):
    share = dict(zip(strata, alike(strata, exponent, most), strict=True))
    by_size = sorted(share, key=strata.count)
    assert all(share[one] >= share[other] - 1e-9 for one, other in itertools.pairwise(by_size))


@settings(deadline=None)
@given(STRATA, st.data())
def test_exponent_one_shows_lessons_by_their_amounts(strata, data):
    amount = st.floats(0.1, 1)
    amounts = data.draw(st.lists(amount, min_size=len(strata), max_size=len(strata)))
    assert epoch_shares(strata, amounts, amounts, 1, 2) == pytest.approx(amounts)


def test_exponent_zero_gives_all_strata_as_much_as_repeating_allows():
    strata = "a" * 90 + "b" * 10
    assert alike(strata, 0, 100) == pytest.approx([50 / 90] * 90 + [5.0] * 10)
    assert alike(strata, 0, 2) == pytest.approx([80 / 90] * 90 + [2.0] * 10)


def test_what_a_limited_stratum_may_not_take_goes_to_the_others_by_the_same_rule():
    strata = "a" * 64 + "b" * 16 + "c"
    by_name = dict(zip(strata, alike(strata, 0.5, 1.5), strict=True))
    assert by_name["c"] == 1.5
    assert by_name["b"] == 1.5
    assert by_name["a"] == pytest.approx((81 - 1.5 * 17) / 64)


def test_halves_of_a_text_count_as_one_text():
    halves = epoch_shares("aabb", [0.5, 0.5, 1, 1], [0.5, 0.5, 1, 1], 0.5, 10)
    whole = alike("abb", 0.5, 10)
    assert halves == pytest.approx([whole[0] / 2, whole[0] / 2, whole[1], whole[1]])


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 4), min_size=1, max_size=100), st.integers(0, 1000))
def test_a_draw_takes_each_lesson_as_often_as_its_share_rounded_up_or_down(shares, seed):
    shares = np.array(shares)
    rows = draw_epoch(shares, np.random.default_rng(seed))
    counts = np.bincount(rows, minlength=len(shares))
    assert (np.abs(counts - shares) < 1 + 1e-9).all()
    assert abs(len(rows) - shares.sum()) < 1 + 1e-9
    assert (np.diff(rows) >= 0).all()


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(0, 1000))
def test_shares_of_one_give_every_row_once(count, seed):
    rows = draw_epoch(np.ones(count), np.random.default_rng(seed))
    assert rows.tolist() == list(range(count))


def test_many_epochs_see_each_lesson_as_often_as_its_share():
    shares, rng = np.array([0.1, 0.5, 1.0, 2.4]), np.random.default_rng(1)
    counts = sum(np.bincount(draw_epoch(shares, rng), minlength=4) for _ in range(4000))
    assert counts / 4000 == pytest.approx(shares, abs=0.03)


def test_two_epochs_of_one_generator_differ():
    shares, rng = np.full(100, 0.5), np.random.default_rng(3)
    assert draw_epoch(shares, rng).tolist() != draw_epoch(shares, rng).tolist()


def test_the_effective_count_is_that_of_equal_strata_and_one_for_a_single_one():
    assert effective_count("aabb", np.ones(4)) == pytest.approx(2)
    assert effective_count("aaaa", np.ones(4)) == 1
    assert effective_count([], []) == 1
    assert 1 < effective_count("aaab", np.ones(4)) < 2
