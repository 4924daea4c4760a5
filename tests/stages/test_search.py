import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from pipeline import search
from pipeline.errors import InputError
from pipeline.search import nearest, nearest_both_ways

# small whole numbers have exact products, so equal cosines are truly equal
sides = st.tuples(st.integers(0, 12), st.integers(0, 12)).flatmap(
    lambda sizes: st.tuples(
        *(
            st_numpy.arrays(np.float32, (size, 3), elements=st.integers(-2, 2).map(float))
            for size in sizes
        )
    )
)


def brute_force(queries, base, k):
    cosines = queries @ base.T
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(cosines, rows, axis=1), rows


@pytest.fixture
def vectors():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(300, 16)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@given(sides, st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
def test_both_ways_are_exact_and_ties_go_to_the_lower_row(pair, k, query_tile, base_tile):
    left, right = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_QUERY_TILE", query_tile)
        patch.setattr(search, "_BASE_TILE", base_tile)
        onward, back = nearest_both_ways(left, right, k)
        alone = nearest(left, right, k)
    for found, queries, base in ((onward, left, right), (back, right, left), (alone, left, right)):
        cosine, row = brute_force(queries, base, k)
        assert np.array_equal(found.cosine, cosine)
        assert np.array_equal(found.row, row)


def test_a_vector_is_nearest_to_itself(vectors):
    found = nearest(vectors, vectors, 1)
    assert found.row[:, 0].tolist() == list(range(300))
    assert np.allclose(found.cosine, 1)
    assert (found.cosine.dtype, found.row.dtype) == (np.float32, np.int64)


def test_k_is_clipped_to_the_base(vectors):
    assert nearest(vectors, vectors[:3], 10).row.shape == (300, 3)


def test_results_do_not_depend_on_tiles(vectors, monkeypatch):
    whole = nearest(vectors, vectors, 7)
    monkeypatch.setattr(search, "_QUERY_TILE", 50)
    monkeypatch.setattr(search, "_BASE_TILE", 64)
    assert np.array_equal(nearest(vectors, vectors, 7).row, whole.row)


@pytest.mark.parametrize("base_shape", [(4, 5), (16,)])
def test_vectors_of_another_width_are_refused(vectors, base_shape):
    with pytest.raises(InputError, match="one model"):
        nearest(vectors, np.zeros(base_shape, np.float32), 1)


def test_fewer_than_one_neighbour_is_refused(vectors):
    with pytest.raises(InputError, match="at least 1"):
        nearest_both_ways(vectors, vectors, 0)
