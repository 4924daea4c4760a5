import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.distillation.training.schedule import TextLengths, plan_steps
from pipeline.parameters import DistillationParams
from pipeline.training.steps import learning_rate

NONE = np.empty(0, np.int64)
lengths = st.lists(st.integers(1, 64), min_size=2, max_size=200).map(np.array)


def plan(sources, targets=None, neighbours=NONE, shares=None, **params):
    sides = TextLengths(sources, sources if targets is None else targets, neighbours)
    return plan_steps(sides, DistillationParams(**params), shares)


@given(lengths, st.integers(1, 3), st.integers(2, 20), st.integers(16, 300), st.integers(0, 9))
def test_each_epoch_shows_every_pair_once_within_the_budget(counts, epochs, most, budget, seed):
    options = {"epochs": epochs, "batch_pairs": most, "batch_tokens": budget, "seed": seed}
    steps = plan(counts, retention_fraction=0.5, **options)
    shown = np.bincount(np.concatenate([step.pairs for step in steps]), minlength=len(counts))
    assert (shown == epochs).all()
    for step in steps:
        assert 2 <= len(step.pairs) <= max(most, 3)
        assert len(step.pairs) <= 3 or 1.5 * counts[step.pairs].sum() <= budget
        assert set(step.retained) <= set(step.pairs)


def test_a_budget_is_filled_with_many_short_texts_or_few_long_ones():
    counts = np.repeat([4, 32], 640)
    steps = plan(counts, batch_tokens=160, batch_pairs=64, epochs=1)
    sizes = {int(counts[step.pairs[0]]): len(step.pairs) for step in steps}
    assert sizes == {4: 32, 32: 4}


def test_steps_hold_pairs_of_like_length():
    counts = np.random.default_rng(0).integers(1, 64, 1600)
    spreads = [np.ptp(counts[step.pairs]) for step in plan(counts, epochs=1, batch_pairs=16)]
    assert np.median(spreads) <= 6


def test_a_plan_depends_on_its_seed_alone():
    counts = np.arange(1, 101)
    first, again, other = (
        np.concatenate([step.pairs for step in plan(counts, seed=seed)]).tolist()
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_neighbours_come_in_turn_and_none_again_before_all_came():
    steps = plan(np.full(64, 8), neighbours=np.full(10, 8), batch_pairs=16, neighbour_fraction=0.25)
    assert {len(step.neighbours) for step in steps} == {4}
    drawn = np.concatenate([step.neighbours for step in steps])
    counts = np.bincount(drawn, minlength=10)
    assert counts.max() - counts.min() <= 1


def test_without_neighbours_or_a_fraction_none_are_drawn():
    none, unwanted = (
        plan(np.full(8, 8), neighbours=texts, neighbour_fraction=fraction)
        for texts, fraction in ((NONE, 0.5), (np.full(9, 5), 0.0))
    )
    assert not any(len(step.neighbours) for step in [*none, *unwanted])


def test_shares_say_how_often_a_pair_is_shown():
    shares = np.array([2.0] * 10 + [0.5] * 20)
    steps = plan(np.full(30, 8), shares=shares, epochs=4, batch_pairs=4)
    shown = np.bincount(np.concatenate([step.pairs for step in steps]), minlength=30)
    assert (shown[:10] == 8).all()
    assert shown[10:].sum() == 40


def test_learning_rate_rises_to_its_peak_and_falls_to_nearly_zero():
    rates = [learning_rate(step, 100, 1.0, 0.1) for step in range(100)]
    assert rates[0] == 0.1
    assert max(rates) == rates[9] == 1.0
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert 0 < rates[-1] <= 0.02


def test_without_warm_up_training_starts_at_the_peak():
    assert learning_rate(0, 10, 0.5, 0) == 0.5
