import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from pipeline import best, search
from pipeline.best import Best
from pipeline.errors import InputError
from pipeline.search import nearest, nearest_both_ways

LAW = hypothesis.settings(max_examples=100, deadline=None)


def exact_sides(most_rows):
    """Small whole numbers have exact products, so equal cosines are truly equal."""
    sizes = st.integers(0, most_rows)
    return st.tuples(sizes, sizes).flatmap(
        lambda counts: st.tuples(
            *(
                st_numpy.arrays(np.float32, (count, 3), elements=st.integers(-2, 2).map(float))
                for count in counts
            )
        )
    )


def brute_force(queries, base, k):
    cosines = queries @ base.T
    rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(cosines, rows, axis=1), rows


def unit_rows(count, dimension, seed):
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def vectors():
    return unit_rows(300, 16, 1)


@LAW
@given(exact_sides(40), st.integers(1, 18), st.integers(1, 50), st.integers(1, 50))
def test_both_ways_are_exact_and_ties_go_to_the_lower_row(pair, k, row_tile, column_tile):
    left, right = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_ROW_TILE", row_tile)
        patch.setattr(search, "_COLUMN_TILE", column_tile)
        onward, back = nearest_both_ways(left, right, k)
        alone = nearest(left, right, k)
    for found, queries, base in ((onward, left, right), (back, right, left), (alone, left, right)):
        cosine, row = brute_force(queries, base, k)
        assert np.array_equal(found.cosine, cosine)
        assert np.array_equal(found.row, row)


@LAW
@given(st.integers(0, 1000), st.integers(1, 6), st.integers(5, 90), st.integers(20, 90))
def test_any_tiling_gives_the_same_bytes(seed, k, row_tile, column_tile):
    sides = unit_rows(80, 24, seed), unit_rows(90, 24, seed + 1)
    whole = nearest_both_ways(*sides, k)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_ROW_TILE", row_tile)
        patch.setattr(search, "_COLUMN_TILE", column_tile)
        tiled = nearest_both_ways(*sides, k)
    for one, other in zip(whole, tiled, strict=True):
        assert one.cosine.tobytes() == other.cosine.tobytes()
        assert one.row.tobytes() == other.row.tobytes()


@LAW
@given(exact_sides(30), st.integers(1, 5))
def test_swapped_sides_find_the_same(pair, k):
    left, right = pair
    for one, other in zip(
        nearest_both_ways(left, right, k), nearest_both_ways(right, left, k)[::-1], strict=True
    ):
        assert np.array_equal(one.row, other.row)
        assert np.array_equal(one.cosine, other.cosine)


def test_where_all_are_alike_the_first_rows_are_the_neighbours(monkeypatch):
    monkeypatch.setattr(best, "_MOST_GROUPS", 16)
    alike = np.ones((200, 4), np.float32)
    for found in nearest_both_ways(alike, alike[:150], 3):
        assert (found.row == [0, 1, 2]).all()


def test_a_crowded_tile_is_halved_and_nothing_is_lost(vectors, monkeypatch):
    whole = nearest(vectors, vectors, 4)
    monkeypatch.setattr(best, "_MOST_GROUPS", 0)
    assert np.array_equal(nearest(vectors, vectors, 4).row, whole.row)


def test_what_is_minus_infinity_is_never_found():
    found = Best(2, 2)
    values = np.array([[-np.inf, 0.5, -np.inf], [-np.inf] * 3], np.float32)
    found.see(np.arange(2), values, np.array([4, 7, 9]))
    assert found.found.row[0, 0] == 7
    assert np.isneginf(found.found.cosine).tolist() == [[False, True], [True, True]]


def test_tiles_of_scattered_rows_and_columns_are_told_apart():
    values = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)
    queries, others = np.array([9, 2, 5, 0, 7, 3]), np.sort(np.arange(40) * 7 % 41)
    best_of = Best(10, 3)
    for at in (slice(0, 17), slice(17, 40)):
        best_of.see(queries, values[:, at], others[at])
    order = np.argsort(-values, axis=1)[:, :3]
    assert np.array_equal(best_of.found.row[queries], others[order])
    assert np.isneginf(best_of.found.cosine[[1, 4, 6, 8]]).all()


def test_a_vector_is_nearest_to_itself(vectors):
    found = nearest(vectors, vectors, 1)
    assert found.row[:, 0].tolist() == list(range(300))
    assert np.allclose(found.cosine, 1)
    assert (found.cosine.dtype, found.row.dtype) == (np.float32, np.int64)


def test_k_is_clipped_to_the_base(vectors):
    assert nearest(vectors, vectors[:3], 10).row.shape == (300, 3)


@pytest.mark.parametrize("base_shape", [(4, 5), (16,)])
def test_vectors_of_another_width_are_refused(vectors, base_shape):
    with pytest.raises(InputError, match="one model"):
        nearest(vectors, np.zeros(base_shape, np.float32), 1)


def test_fewer_than_one_neighbour_is_refused(vectors):
    with pytest.raises(InputError, match="at least 1"):
        nearest_both_ways(vectors, vectors, 0)
