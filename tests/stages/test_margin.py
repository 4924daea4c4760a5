import shutil
import subprocess

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from pipeline import settings
from pipeline.alignment.mining.margin import choose_pairs, mine
from pipeline.encoders import load_encoder
from pipeline.search import Neighbours, nearest_both_ways

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
@given(seeds, st.integers(1, 30))
def test_margins_are_those_of_the_definition(seed, k):
    left, right = random_sides(seed)
    pairs = mine(left, right, k, 0.0)
    expected = margins_by_hand(left, right, k)
    for source, target, cosine, margin, _ in pairs:
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


def chosen(sides, mode, margin="ratio", k=3):
    return choose_pairs(*nearest_both_ways(*sides, k), margin, mode, 0.0)


@LAW
@given(seeds)
def test_every_source_chooses_forward_and_every_target_backward(seed):
    left, right = random_sides(seed)
    margins = margins_by_hand(left, right, 3)
    cosines = left @ right.T
    near = np.argsort(-cosines, axis=1)[:, :3], np.argsort(-cosines.T, axis=1)[:, :3]
    forward = {(row, int(max(near[0][row], key=lambda y: margins[row, y]))) for row in range(20)}
    backward = {(int(max(near[1][y], key=lambda x: margins[x, y])), y) for y in range(25)}
    found = {mode: chosen((left, right), mode) for mode in ("forward", "backward", "intersection")}
    assert {pair[:2] for pair in found["forward"]} == forward
    assert {pair[:2] for pair in found["backward"]} == backward
    assert {pair[:2] for pair in found["intersection"]} == forward & backward
    assert {pair.direction for pair in found["intersection"]} <= {"both"}
    assert {pair[:2] for pair in found["forward"] if pair.direction == "both"} == (
        forward & backward
    )


@LAW
@given(seeds, st.sampled_from(["ratio", "distance", "cosine"]))
def test_a_union_takes_the_best_first_and_each_row_once(seed, margin):
    sides = random_sides(seed)
    wanted = chosen(sides, "forward", margin) + chosen(sides, "backward", margin)
    union = chosen(sides, "union", margin)
    assert {pair[:2] for pair in union} <= {pair[:2] for pair in wanted}
    taken = {pair.source for pair in union}, {pair.target for pair in union}
    left_out = {pair[:2] for pair in wanted} - {pair[:2] for pair in union}
    assert all(source in taken[0] or target in taken[1] for source, target in left_out)


@LAW
@given(seeds)
def test_the_margin_decides_who_is_chosen(seed):
    left, right = random_sides(seed)
    cosines = (left @ right.T).astype(np.float64)
    ratio = margins_by_hand(left, right, 3)
    score = {"ratio": ratio, "distance": cosines - cosines / ratio, "cosine": cosines}
    near = np.argsort(-cosines, axis=1)[:, :3]
    for margin, values in score.items():
        best = {(row, int(max(near[row], key=lambda y: values[row, y]))) for row in range(20)}
        pairs = chosen((left, right), "forward", margin)
        assert {pair[:2] for pair in pairs} == best
        assert [values[pair[:2]] for pair in pairs] == pytest.approx(
            sorted((values[at] for at in best), reverse=True), abs=1e-5
        )
        assert all(pair.margin == pytest.approx(ratio[pair[:2]], abs=1e-5) for pair in pairs)


def test_a_place_without_a_neighbour_is_no_candidate():
    found = Neighbours(np.array([[0.9, -np.inf]], np.float32), np.array([[1, 0]]))
    back = Neighbours(
        np.array([[-np.inf, -np.inf], [0.9, -np.inf]], np.float32), np.zeros((2, 2), np.int64)
    )
    (pair,) = choose_pairs(found, back, "ratio", "union", 0.0)
    assert pair[:2] == (0, 1)
    assert pair.margin == pytest.approx(1)


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
