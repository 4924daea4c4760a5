import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from pipeline.errors import InputError
from pipeline.evaluation.measures import sweeps
from pipeline.evaluation.measures.similarities import (
    DenseSimilarities,
    LengthSimilarities,
    SparseSimilarities,
)
from pipeline.evaluation.measures.sweeps import BestOfColumns, Nearest, Tile, tiles


def _matrix(n, d, seed):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def _sparse(n, seed):
    return sparse.random_array((n, 30), density=0.2, rng=np.random.default_rng(seed), format="csr")


KINDS = {
    "dense": lambda n, m: DenseSimilarities(_matrix(n, 6, 1), _matrix(m, 6, 2)),
    "half precision": lambda n, m: DenseSimilarities(
        _matrix(n, 6, 1), _matrix(m, 6, 2).astype(np.float16)
    ),
    "sparse": lambda n, m: SparseSimilarities(_sparse(n, 1), _sparse(m, 2)),
    "length": lambda n, m: LengthSimilarities(
        np.arange(1, n + 1, dtype=np.float32), np.arange(3, m + 3, dtype=np.float32)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_tiles_and_parts_of_the_pool_agree(kind):
    similarities = KINDS[kind](13, 29)
    assert similarities.shape == (13, 29)
    whole = similarities.tile(slice(0, 13), slice(0, 29))
    assert whole.dtype == np.float32
    rows, columns = np.array([0, 12, 5, 5]), np.array([28, 0, 7, 7])
    assert similarities.paired(rows, columns) == pytest.approx(whole[rows, columns], abs=1e-6)
    assert similarities.tile(slice(3, 5), slice(20, 29)) == pytest.approx(whole[3:5, 20:], abs=1e-6)
    some = similarities.among(np.array([7, 2, 2]))
    assert some.tile(slice(0, 13), slice(0, 3)) == pytest.approx(whole[:, [7, 2, 2]], abs=1e-6)


def test_a_memory_mapped_pool_is_read_as_it_stands(tmp_path):
    pool = _matrix(50, 6, 2)
    np.save(tmp_path / "pool.npy", pool)
    mapped = DenseSimilarities(_matrix(4, 6, 1), np.load(tmp_path / "pool.npy", mmap_mode="r"))
    expected = _matrix(4, 6, 1) @ pool.T
    assert mapped.tile(slice(0, 4), slice(0, 50)) == pytest.approx(expected)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_vectors_that_are_not_finite_are_refused(broken):
    vectors = _matrix(5, 4, 0)
    vectors[2, 1] = broken
    for sides in ((vectors, _matrix(3, 4, 1)), (_matrix(3, 4, 1), vectors)):
        with pytest.raises(InputError, match="finite"):
            DenseSimilarities(*sides)


def test_vectors_of_two_widths_are_refused():
    with pytest.raises(InputError, match="do not fit"):
        DenseSimilarities(_matrix(2, 3, 0), _matrix(2, 4, 0))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5), st.integers(0, 1000))
def test_the_best_of_rows_and_columns_are_those_of_the_sorted_matrix(n, m, k, seed):
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 4, (n, m)).astype(np.float32)  # many ties
    similarities = DenseSimilarities(values, np.eye(m, dtype=np.float32))
    onward, back = Nearest((n, m), k), Nearest((m, n), k)
    columns = BestOfColumns((n, m), k)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeps, "_QUERY_TILE", 3)
        patch.setattr(sweeps, "_POOL_TILE", 4)
        for tile in tiles(similarities):
            onward.see(tile)
            back.see(Tile(tile.columns, tile.rows, tile.values.T))
            columns.see(tile)
    by_row = np.argsort(-values, axis=1, kind="stable")[:, :k]
    assert onward.found.row.tolist() == by_row.tolist()
    by_column = np.argsort(-values.T, axis=1, kind="stable")[:, :k]
    assert back.found.row.tolist() == by_column.tolist()
    assert columns.values.tolist() == back.found.cosine.tolist()
