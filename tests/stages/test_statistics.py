import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline import statistics
from pipeline.errors import InputError
from pipeline.statistics import (
    bootstrap,
    paired_bootstrap,
    pearson,
    ratio,
    sample_size,
    sign_test,
    spearman,
    wilson,
)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy_and_holds_its_estimate(case):
    successes, n = case
    interval = wilson(successes, n)
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert interval.ci_low == pytest.approx(expected.low, abs=1e-12)
    assert interval.ci_high == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= interval.ci_low <= interval.value <= interval.ci_high <= 1


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(successes, n):
    with pytest.raises(InputError, match="successes"):
        wilson(successes, n)


def test_nine_of_nine_is_no_proof_of_perfection():
    assert wilson(9, 9).ci_low == pytest.approx(0.70, abs=0.005)


def test_sample_size_gives_the_textbook_385():
    assert sample_size(0.05) == 385


def test_bootstrap_mean_agrees_with_the_normal_theory():
    values = np.random.default_rng(0).normal(3, 2, 400)
    interval = bootstrap(values, seed=1)
    half_width = 1.96 * values.std(ddof=1) / 20
    assert interval.value == pytest.approx(values.mean())
    assert interval.ci_low == pytest.approx(values.mean() - half_width, abs=0.03)
    assert interval.ci_high == pytest.approx(values.mean() + half_width, abs=0.03)


def test_bootstrap_repeats_for_a_seed_and_differs_for_another():
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap(values, seed=4) == bootstrap(values, seed=4)
    assert bootstrap(values, seed=4).ci_low != bootstrap(values, seed=5).ci_low


def test_bootstrap_draws_in_blocks_of_bounded_size(monkeypatch):
    monkeypatch.setattr(statistics, "_RESAMPLE_CELLS", 100)
    sizes = []

    def watching(values):
        sizes.append(values.size)
        return statistics.mean(values)

    bootstrap(np.arange(30.0), statistic=watching, count=10, seed=0)
    assert max(sizes) <= 100
    assert sum(sizes) == 10 * 30 + 30  # every resample once, and the sample itself


def _coverage(samples, count):
    hits = 0
    for seed in range(samples):
        values = np.random.default_rng([seed, 1]).exponential(1.0, 120)
        interval = bootstrap(values, count=count, seed=seed)
        hits += interval.ci_low <= 1.0 <= interval.ci_high
    return hits / samples


def test_bootstrap_interval_covers_the_truth_nearly_as_often_as_it_says():
    assert 0.89 <= _coverage(200, 500) <= 0.99


@pytest.mark.slow
def test_bootstrap_interval_covers_the_truth_over_a_thousand_seeds():
    assert 0.92 <= _coverage(1000, 2000) <= 0.97


def test_wilson_interval_covers_the_truth_over_a_thousand_samples():
    successes = np.random.default_rng(7).binomial(100, 0.7, 1000)
    covered = [wilson(int(s), 100).ci_low <= 0.7 <= wilson(int(s), 100).ci_high for s in successes]
    assert 0.93 <= np.mean(covered) <= 0.97


@given(st.integers(0, 1000))
def test_correlations_equal_scipy_also_with_ties(seed):
    generator = np.random.default_rng(seed)
    x, y = generator.integers(0, 6, (2, 40)).astype(float)
    assert float(pearson(x, y)) == pytest.approx(stats.pearsonr(x, y).statistic)
    assert float(spearman(x, y)) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_bootstrap_keeps_pairs_together():
    x = np.random.default_rng(0).normal(size=80)
    interval = bootstrap(x, 2 * x + 1, statistic=pearson, seed=0)
    assert interval.ci_low == pytest.approx(1.0)


def test_a_correlation_with_a_constant_is_refused():
    with pytest.raises(InputError, match="do not vary"):
        bootstrap(np.arange(9.0), np.ones(9), statistic=spearman, seed=0)


def test_ratio_weighs_units_by_their_size():
    assert bootstrap([1, 0], [10, 90], statistic=ratio, seed=0).value == pytest.approx(0.01)


def test_paired_bootstrap_is_narrower_than_the_difference_of_unpaired_means():
    generator = np.random.default_rng(3)
    before = generator.normal(0, 5, 200)
    after = before + 0.5 + generator.normal(0, 0.2, 200)
    interval = paired_bootstrap(before, after, seed=0)
    assert interval.ci_low > 0.4
    assert interval.ci_high < 0.6


def test_sign_test_leaves_out_what_did_not_change():
    before = [0] * 5 + [1] * 95
    assert sign_test(before, [1] * 100) == pytest.approx(2 * 0.5**5)
    assert sign_test(before, before) == 1.0


@pytest.mark.parametrize("columns", [([],), ([1.0, float("nan")],), ([1.0], [1.0, 2.0])])
def test_bootstrap_refuses_empty_ragged_and_non_finite_values(columns):
    with pytest.raises(InputError):
        bootstrap(*columns, seed=0)
