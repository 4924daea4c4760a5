import shutil
import subprocess
import sys

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from pipeline import settings
from pipeline.alignment.mining import flat_index
from pipeline.alignment.mining.flat_index import neighbours_both_ways
from pipeline.alignment.mining.margin import mine
from pipeline.encoders import load_encoder

LAW = hypothesis.settings(max_examples=30, deadline=None)

# small whole numbers have exact products, so equal cosines are truly equal
exact_sides = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda sizes: st.tuples(
        *(
            st_numpy.arrays(np.float32, (size, 3), elements=st.integers(-2, 2).map(float))
            for size in sizes
        )
    )
)
seeds = st.integers(0, 10_000)


def unit(matrix):
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def random_sides(seed, sizes=(20, 25)):
    """Vectors in a cone, as encoders give them; ten rows have a counterpart."""
    rng = np.random.default_rng(seed)
    left, right = (unit(rng.normal(size=(size, 8)) + 0.7) for size in sizes)
    right[5:15] = unit(left[3:13] + rng.normal(scale=0.1, size=(10, 8)))
    return left, right


def margins_by_hand(left, right, k):
    cosines = left.astype(np.float64) @ right.T.astype(np.float64)
    onward = np.maximum(-np.sort(-cosines, axis=1)[:, :k], 0).mean(axis=1)
    back = np.maximum(-np.sort(-cosines.T, axis=1)[:, :k], 0).mean(axis=1)
    return cosines / ((onward[:, None] + back[None, :]) / 2)


@LAW
@given(exact_sides, st.integers(1, 5))
def test_neighbours_are_exact_and_ties_go_to_the_lower_row(sides, k):
    left, right = sides
    onward, back = neighbours_both_ways(left, right, k)
    for found, queries, base in ((onward, left, right), (back, right, left)):
        cosines = queries @ base.T
        rows = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
        assert np.array_equal(found.row, rows)
        assert np.array_equal(found.cosine, np.take_along_axis(cosines, rows, axis=1))


def test_beside_torch_on_macos_another_search_finds_the_same(monkeypatch):
    sides = random_sides(1)
    expected = neighbours_both_ways(*sides, 4)
    monkeypatch.setattr(flat_index.sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "torch", object())
    monkeypatch.setattr(flat_index, "_search", None)
    for found, wanted in zip(neighbours_both_ways(*sides, 4), expected, strict=True):
        assert np.array_equal(found.row, wanted.row)
        np.testing.assert_allclose(found.cosine, wanted.cosine, atol=1e-6)


@LAW
@given(seeds, st.integers(1, 30))
def test_margins_are_those_of_the_definition(seed, k):
    left, right = random_sides(seed)
    pairs = mine(left, right, k, 0.0)
    expected = margins_by_hand(left, right, k)
    for source, target, cosine, margin in pairs:
        assert cosine == pytest.approx(float(left[source] @ right[target]), abs=1e-5)
        assert margin == pytest.approx(expected[source, target], abs=1e-5)
    assert [pair.margin for pair in pairs] == sorted((pair.margin for pair in pairs), reverse=True)


@LAW
@given(exact_sides, st.integers(1, 5), st.sampled_from([0.0, 0.9, 1.0, 1.2]))
def test_mine_returns_each_source_and_each_target_at_most_once(sides, k, min_margin):
    pairs = mine(*sides, k, min_margin)
    assert len({pair.source for pair in pairs}) == len(pairs)
    assert len({pair.target for pair in pairs}) == len(pairs)
    assert all(pair.cosine > 0 and min_margin <= pair.margin <= 2 * k + 1e-9 for pair in pairs)
    assert pairs == sorted(pairs, key=lambda pair: (-pair.margin, pair.source, pair.target))


@LAW
@given(seeds, st.integers(2, 6), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_decide_who_is_paired(seed, k, random):
    left, right = random_sides(seed)
    orders = [random.sample(range(len(side)), len(side)) for side in (left, right)]
    shuffled = mine(left[orders[0]], right[orders[1]], k, 0.0)
    found = [(orders[0][pair.source], orders[1][pair.target]) for pair in shuffled]
    assert sorted(found) == sorted(pair[:2] for pair in mine(left, right, k, 0.0))


@LAW
@given(seeds, st.integers(2, 6))  # with one neighbour the margin of mutual ones is always 1
def test_the_margin_is_symmetric(seed, k):
    left, right = random_sides(seed)
    onward, back = mine(left, right, k, 0.0), mine(right, left, k, 0.0)
    assert [pair[:2] for pair in onward] == [(pair.target, pair.source) for pair in back]
    margins = [[pair.margin for pair in pairs] for pairs in (onward, back)]
    np.testing.assert_allclose(*margins, atol=1e-5)


def test_planted_pairs_are_found_and_strangers_are_not():
    rng = np.random.default_rng(5)
    left, right = (unit(rng.normal(size=(300, 64)) + 0.5) for _ in range(2))
    planted = list(zip(rng.permutation(300)[:100], rng.permutation(300)[:100], strict=True))
    for source, target in planted:
        right[target] = unit((left[source] + rng.normal(scale=0.05, size=64))[None])[0]
    pairs = mine(left, right, 4, 1.2)
    assert {pair[:2] for pair in pairs} == set(planted)


def test_the_margin_passes_over_a_hub_that_the_cosine_prefers():
    sources = unit(np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]))
    hub = [1, 0, 0, 0]
    targets = unit(np.array([hub, [-0.2, 1, 0, 0], [-0.2, 0, 1, 0], [-0.2, 0, 0, 1]]))
    assert (sources @ targets.T).argmax(axis=1).tolist() == [0, 0, 0]
    assert sorted(pair[:2] for pair in mine(sources, targets, 2, 0.0)) == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (0, 0)])
def test_an_empty_side_gives_no_pairs(sizes):
    assert mine(*(np.ones((size, 4), np.float32) for size in sizes), 4, 0.0) == []


@pytest.fixture(scope="module")
def flores(tmp_path_factory):
    """Reads a language of the development set."""
    packed = settings.test_data() / "flores200" / "flores200_dev.tar.zst"
    if not packed.exists() or shutil.which("zstd") is None:
        pytest.skip(f"needs {packed} and zstd")
    folder = tmp_path_factory.mktemp("flores")
    subprocess.run(["tar", "--zstd", "-xf", packed, "-C", folder], check=True)

    def lines(code):
        (path,) = folder.rglob(f"{code}.dev")
        return path.read_text(encoding="utf-8").splitlines()

    return lines


@pytest.mark.slow
def test_translations_are_found_among_as_many_strangers(flores, e5_folder):
    encoder = load_encoder(str(e5_folder))
    turkmen = encoder.encode(flores("tuk_Latn")[:400], language="tuk_Latn")
    russian = encoder.encode(flores("rus_Cyrl")[200:600], language="rus_Cyrl")
    pairs = mine(turkmen, russian, 4, 1.0)
    right = [pair for pair in pairs if pair.source == pair.target + 200]
    assert len(right) >= 0.8 * 200
    assert len(right) >= 0.78 * len(pairs)
    sure = [pair for pair in pairs if pair.margin >= 1.02]
    assert len(set(sure) & set(right)) >= 0.95 * len(sure) > 100
