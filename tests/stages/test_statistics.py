import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks.interval_coverage import FIGURES, SIZES, coverage, wilson_coverage
from pipeline.errors import InputError
from pipeline.statistics import (
    Interval,
    bootstrap,
    gained_share,
    mean,
    paired_bootstrap,
    pearson,
    percentile_interval,
    ratio,
    resampling,
    sample_size,
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
    monkeypatch.setattr(resampling, "_RESAMPLE_CELLS", 100)
    sizes = []

    def watching(values):
        sizes.append(values.size)
        return mean(values)

    bootstrap(np.arange(30.0), statistic=watching, count=10, seed=0)
    assert max(sizes) <= 100
    assert sum(sizes) == 10 * 30 + 30 + 30 * 29  # resamples, the sample, one left out of each


@pytest.mark.parametrize("n", [2, 199, 200, 201, 399, 1000])
def test_the_jackknife_leaves_every_unit_out_once_in_at_most_200_groups(n):
    blocks = list(resampling._leave_outs(n))
    left_out = [set(range(n)).difference(row) for block in blocks for row in block.tolist()]
    size = n - blocks[0].shape[1]
    assert len(left_out) <= 200
    assert sum(map(len, left_out)) == len(set().union(*left_out)) > n - size


@pytest.mark.parametrize("n", [60, 400])
def test_bootstrap_equals_the_bca_of_scipy_but_for_the_widening(n, monkeypatch):
    z = stats.norm.ppf(0.975)
    monkeypatch.setattr(resampling, "_reach", lambda _n, _level: np.array([-z, z]))
    values = np.random.default_rng(n).exponential(1, n)
    ours = bootstrap(values, count=20_000, seed=0)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20_000, rng=1).confidence_interval
    width = ours.ci_high - ours.ci_low
    assert ours.ci_low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.ci_high == pytest.approx(theirs.high, abs=0.03 * width)
    assert ours.ci_high - ours.value > ours.value - ours.ci_low  # as the values are skewed


def test_acceleration_of_a_mean_is_a_sixth_of_its_skewness():
    values = np.random.default_rng(0).exponential(1, 5000)
    expected = stats.skew(values) / 6 / 5000**0.5
    whole, grouped = (resampling._acceleration([part], mean) for part in (values[:200], values))
    assert whole == pytest.approx(stats.skew(values[:200]) / 6 / 200**0.5)
    assert grouped == pytest.approx(expected, abs=0.003)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.integers(0, 99))
def test_a_bootstrap_interval_holds_its_value_and_stays_within_the_data(values, seed):
    interval = bootstrap(values, count=100, seed=seed)
    assert min(values) - 1e-9 <= interval.ci_low <= interval.value + 1e-9
    assert interval.value - 1e-9 <= interval.ci_high <= max(values) + 1e-9


def test_values_that_are_all_equal_give_an_interval_of_no_width():
    assert bootstrap([0.1] * 30, seed=0) == Interval(*[pytest.approx(0.1)] * 3, n=30, seed=0)


def test_draws_on_which_a_statistic_is_undefined_are_left_out():
    interval = bootstrap([1.0, 0, 0], [1.0, 0, 0], statistic=ratio, seed=0)
    assert (interval.ci_low, interval.ci_high) == (1, 1)


def test_percentiles_are_wider_the_fewer_units_there_are():
    draws = np.random.default_rng(0).normal(size=10_000)
    widths = [
        one.ci_high - one.ci_low for one in (percentile_interval(0, draws, n, 0) for n in (5, 5000))
    ]
    assert widths[0] > 1.4 * widths[1]
    assert widths[1] == pytest.approx(2 * 1.96, abs=0.1)


@pytest.mark.parametrize("figure", ["Pearson", "macro-F1", "mining F1"])
def test_bootstrap_intervals_of_50_units_cover_the_truth_nearly_as_often_as_they_say(figure):
    held, above, _ = coverage(figure, 50, 200)
    assert 0.90 <= held.value <= 0.985
    assert above.value <= 0.07


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("figure", sorted(FIGURES.keys() - {"P@1 gain"}))
def test_intervals_cover_the_truth_of_93_to_97_in_100_seeds(figure, n):
    assert 0.93 <= coverage(figure, n, 1000)[0].value <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
def test_intervals_of_gained_shares_cover_the_truth_of_93_in_100_seeds_or_more(n):
    held, above, _ = coverage("P@1 gain", n, 1000)
    assert 0.93 <= held.value < 0.99  # where hardly a unit changes they are cautious
    assert above.value <= 0.03


@pytest.mark.parametrize(("n", "worst"), [(50, 0.89), (200, 0.93), (1000, 0.94)])
def test_wilsons_interval_covers_95_in_100_over_a_spread_of_shares(n, worst):
    covered = wilson_coverage(n)
    assert covered.mean() == pytest.approx(0.95, abs=0.003)
    assert worst <= covered.min() < 0.95


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


@pytest.mark.parametrize("columns", [([],), ([1.0, float("nan")],), ([1.0], [1.0, 2.0])])
def test_bootstrap_refuses_empty_ragged_and_non_finite_values(columns):
    with pytest.raises(InputError):
        bootstrap(*columns, seed=0)


def test_gained_share_is_certain_of_nothing_where_no_unit_changed():
    interval = gained_share([True, False] * 20, [True, False] * 20)
    assert interval.value == 0
    assert interval.ci_high == -interval.ci_low == pytest.approx(1.96 * 2**0.5 / 42, abs=1e-4)


def test_gained_share_equals_the_normal_theory_for_many_units():
    before = np.zeros(40_000)
    after = np.r_[np.ones(4000), np.zeros(36_000)]
    before[-1200:] = 1
    half_width = 1.96 * ((0.13 - 0.07**2) / 40_000) ** 0.5
    interval = gained_share(before, after)
    assert interval.value == pytest.approx(0.07)
    assert interval.ci_low == pytest.approx(0.07 - half_width, abs=1e-4)
    assert interval.ci_high == pytest.approx(0.07 + half_width, abs=1e-4)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_gained_share_holds_its_value_and_turns_with_its_sides(pairs):
    before, after = zip(*pairs, strict=True)
    gain, loss = gained_share(before, after), gained_share(after, before)
    assert -1 <= gain.ci_low <= gain.value <= gain.ci_high <= 1
    assert (gain.ci_low, gain.ci_high) == pytest.approx((-loss.ci_high, -loss.ci_low))
