import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.statistics import evenly_over_range


@given(arrays(np.float64, st.integers(1, 300), elements=st.floats(-1, 1)))
def test_what_is_chosen_are_ascending_places_with_the_least_and_the_greatest(values):
    chosen = evenly_over_range(values)
    assert (np.diff(chosen) > 0).all()
    assert {values.min(), values.max()} <= set(values[chosen])


def test_few_values_are_all_chosen():
    assert evenly_over_range(np.linspace(0, 1, 100)).tolist() == list(range(100))
    assert evenly_over_range(np.full(3, 0.5)).tolist() == [0, 1, 2]


def test_what_is_rare_counts_as_much_as_what_is_common():
    values = np.concatenate([np.random.default_rng(0).uniform(0, 0.09, 50_000), np.full(150, 0.99)])
    chosen = values[evenly_over_range(values)]
    assert (chosen > 0.9).sum() == 150
    assert (chosen < 0.1).sum() == 400
