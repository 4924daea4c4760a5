"""How an embedding space uses its room."""

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.measures.geometry import geometry


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
