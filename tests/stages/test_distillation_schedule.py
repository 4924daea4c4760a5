import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.distillation.training.schedule import learning_rate, plan_steps

lengths = st.lists(st.integers(1, 64), min_size=2, max_size=200).map(np.array)


@given(lengths, st.integers(1, 3), st.integers(2, 20), st.integers(0, 9))
def test_each_epoch_shows_every_pair_once_but_for_a_lonely_last_one(counts, epochs, size, seed):
    plan = plan_steps(counts, epochs, size, seed)
    shown = np.bincount(np.concatenate(plan), minlength=len(counts))
    assert shown.max() <= epochs
    assert epochs * len(counts) - shown.sum() <= epochs * -(-len(counts) // (size * 16))
    assert all(2 <= len(batch) <= size for batch in plan)


def test_batches_hold_pairs_of_like_length():
    counts = np.random.default_rng(0).integers(1, 64, 1600)
    spreads = [np.ptp(counts[batch]) for batch in plan_steps(counts, 1, 16, seed=3)]
    assert np.median(spreads) <= 6


def test_a_plan_depends_on_its_seed_alone():
    counts = np.arange(1, 101)
    plans = [np.concatenate(plan_steps(counts, 2, 8, seed)).tolist() for seed in (1, 1, 2)]
    assert plans[0] == plans[1] != plans[2]


def test_learning_rate_rises_to_its_peak_and_falls_to_nearly_zero():
    rates = [learning_rate(step, 100, 1.0, 0.1) for step in range(100)]
    assert rates[0] == 0.1
    assert max(rates) == rates[9] == 1.0
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert 0 < rates[-1] <= 0.02


def test_without_warm_up_training_starts_at_the_peak():
    assert learning_rate(0, 10, 0.5, 0) == 0.5
