"""How an embedding space uses its room."""

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.measures.geometry import geometry, geometry_intervals


def test_a_space_where_all_texts_are_one_has_all_its_cosines_at_one():
    same = np.tile(np.array([[0.6, 0.8]], np.float32), (5, 1))
    found = geometry(same, same)
    assert found == pytest.approx((1.0, 0.0, 0.0), abs=1e-6)


def test_orthogonal_texts_have_no_direction_in_common():
    found = geometry(np.eye(4, dtype=np.float32), -np.eye(4, dtype=np.float32))
    assert found == pytest.approx((0.0, 4.0, -4.0), abs=1e-6)


def test_geometry_equals_its_definition_on_random_vectors():
    rng = np.random.default_rng(5)
    one, other = (rng.normal(size=(20, 6)).astype(np.float32) for _ in range(2))
    one, other = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, other))
    found = geometry(one, other)
    pairs = [(i, j) for i in range(20) for j in range(i)]
    assert found.anisotropy == pytest.approx(np.mean([one[i] @ one[j] for i, j in pairs]), abs=1e-6)
    distances = [np.sum((one[i] - one[j]) ** 2) for i, j in pairs]
    assert found.uniformity == pytest.approx(np.log(np.mean(np.exp(-2 * np.array(distances)))))
    assert found.alignment == pytest.approx(np.mean(np.sum((one - other) ** 2, axis=1)))


def test_one_pair_has_no_geometry():
    with pytest.raises(InputError, match="two pairs"):
        geometry(np.eye(1, 3, dtype=np.float32), np.eye(1, 3, dtype=np.float32))


def spread(count, seed, dimension=6):
    rows = np.random.default_rng(seed).normal(0.4, 1, (count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_intervals_stand_around_the_figures_and_narrow_with_more_pairs():
    few, many = (
        geometry_intervals(spread(count, 1), spread(count, 2), count=500, seed=3)
        for count in (50, 800)
    )
    one = geometry(spread(800, 1), spread(800, 2))
    for name, interval in many.items():
        assert interval.value == getattr(one, name)
        assert interval.ci_low < interval.value < interval.ci_high
        assert interval.n == 800
        width = interval.ci_high - interval.ci_low
        assert width < (few[name].ci_high - few[name].ci_low) / 2


def test_a_resample_equals_the_figure_of_the_pairs_that_were_drawn():
    """Every resample of two pairs holds both once, or one alone, which has no figure."""
    first, second = spread(2, 4), spread(2, 5)
    found = geometry_intervals(first, second, count=100, seed=6)["anisotropy"]
    cosine = float(first[0] @ first[1])
    assert (found.ci_low, found.ci_high) == pytest.approx((cosine, cosine), abs=1e-6)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = geometry(spread(3000, 99), spread(3000, 98))
    held = dict.fromkeys(truth._fields, 0)
    for seed in range(100):
        found = geometry_intervals(
            spread(60, 2 * seed + 1000), spread(60, 2 * seed + 1001), count=200, seed=seed
        )
        for name, interval in found.items():
            held[name] += interval.ci_low <= getattr(truth, name) <= interval.ci_high
    assert min(held.values()) >= 88, held
