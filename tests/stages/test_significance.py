import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.measures.significance import with_adjusted_p
from pipeline.measurements import Measurement
from pipeline.statistics import (
    Interval,
    holm,
    mean,
    pearson,
    randomisation_test,
    sign_test,
    significance,
)
from pipeline.tables import SCORES, as_table

INTERVAL = Interval(0.1, 0.0, 0.2, 100)


def difference(metric, p_value, part="", suite="one"):
    measured = Measurement(suite, "", "hash", "difference", "", 0, slice=part)
    return measured.score(metric, INTERVAL, "student minus start", p_value)


def adjusted(*rows):
    return with_adjusted_p(as_table(list(rows), SCORES)).to_pylist()


def test_whole_suites_of_a_metric_are_a_family_and_its_slices_another():
    rows = adjusted(
        difference("p_at_1", 0.01),
        difference("p_at_1", 0.02, suite="two"),
        difference("p_at_1", 0.03, "length: short"),
        difference("mrr", 0.04),
    )
    assert [row["p_adjusted"] for row in rows] == [*holm([0.01, 0.02]), 0.03, 0.04]
    assert [row["note"] for row in rows] == [
        "student minus start; Holm over 2 comparisons",
        "student minus start; Holm over 2 comparisons",
        "student minus start; Holm over 1 comparison",
        "student minus start; Holm over 1 comparison",
    ]


def test_rows_without_a_p_value_stay_as_they_are():
    model = Measurement("one", "", "hash", "start", "", 0).score("p_at_1", INTERVAL, "a note")
    rows = adjusted(model, difference("p_at_1", None), difference("p_at_1", 0.5))
    assert rows[0] == model
    assert [row["p_adjusted"] for row in rows] == [None, None, pytest.approx(0.5)]
    assert rows[1]["note"] == "student minus start"


def test_adjusting_a_joined_table_takes_the_place_of_what_was_there():
    first, second = ([difference("p_at_1", p)] for p in (0.01, 0.04))
    parts = [with_adjusted_p(as_table(rows, SCORES)) for rows in (first, second)]
    joined = with_adjusted_p(pa.concat_tables(parts))
    assert joined.to_pylist() == adjusted(*first, *second)
    assert with_adjusted_p(joined) == joined


def test_a_table_without_rows_stays_empty():
    assert with_adjusted_p(SCORES.empty_table()) == SCORES.empty_table()


def test_sign_test_leaves_out_what_did_not_change():
    before = [0] * 5 + [1] * 95
    assert sign_test(before, [1] * 100) == pytest.approx(2 * 0.5**5)
    assert sign_test(before, before) == 1.0


def _all_swaps(before, after, *gold, statistic):
    """The randomisation test's p-value by looking at every one of the 2^n swaps."""
    found = abs(statistic(after, *gold) - statistic(before, *gold))
    swaps = (np.arange(1 << len(before))[:, None] >> np.arange(len(before))) % 2 == 1
    shared = [np.broadcast_to(column, swaps.shape) for column in gold]
    one, other = np.where(swaps, before, after), np.where(swaps, after, before)
    apart = np.abs(statistic(one, *shared) - statistic(other, *shared))
    return (apart >= found - 1e-9).mean()


@pytest.mark.parametrize("statistic", [mean, pearson])
def test_randomisation_comes_near_the_share_of_all_swaps(statistic):
    gold, before, noise = np.random.default_rng(3).normal(size=(3, 12))
    after = before + 0.4 * gold + noise + 0.3
    shared = (gold,) if statistic is pearson else ()
    exact = _all_swaps(before, after, *shared, statistic=statistic)
    drawn = randomisation_test(before, after, *shared, statistic=statistic, count=20_000, seed=0)
    assert 0.01 < exact < 0.9
    assert drawn == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5)


def test_randomisation_of_hits_agrees_with_the_sign_test():
    before = np.zeros(200)
    after = np.r_[np.ones(15), -np.ones(5), np.zeros(180)]
    drawn = randomisation_test(before, after, count=20_000, seed=0)
    assert drawn == pytest.approx(sign_test(before, after), abs=0.006)


def test_randomisation_is_at_its_least_where_no_swap_comes_near_and_one_for_the_same_outcomes():
    values = np.arange(100.0)
    assert randomisation_test(values, values + 1, count=999, seed=0) == 1 / (20 * 999 + 1)
    assert randomisation_test(values, values, count=999, seed=0) == 1


def test_randomisation_repeats_for_a_seed_and_draws_in_blocks(monkeypatch):
    before, after = np.random.default_rng(0).normal(size=(2, 30))
    monkeypatch.setattr(significance, "_CELLS", 100)
    sizes = []

    def watching(values):
        sizes.append(values.size)
        return mean(values)

    first, second = (
        randomisation_test(before, after, statistic=watching, count=10, seed=3) for _ in range(2)
    )
    assert first == second
    assert max(sizes) <= 100


@pytest.mark.slow
def test_models_that_are_alike_have_a_p_value_under_5_percent_in_5_of_100_seeds():
    small = 0
    for seed in range(1000):
        before, after = np.random.default_rng([seed, 8]).exponential(1, (2, 50))
        small += randomisation_test(before, after, count=199, seed=seed) <= 0.05
    assert 0.035 <= small / 1000 <= 0.065


def test_holm_multiplies_the_smallest_by_all_and_never_turns_the_order():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.6, 0.7]) == pytest.approx([1, 1])
    assert holm([]).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_lies_between_no_correction_and_bonferronis(p_values):
    given_p, adjusted = np.array(p_values), holm(p_values)
    assert (adjusted >= given_p).all()
    assert (adjusted <= np.minimum(len(given_p) * given_p, 1)).all()
    assert (np.diff(adjusted[np.argsort(given_p, kind="stable")]) >= 0).all()
    assert adjusted.min() == min(1, len(given_p) * given_p.min())
