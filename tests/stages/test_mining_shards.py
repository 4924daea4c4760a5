import os
import signal
import subprocess
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.mining.cells import make_cells
from pipeline.alignment.mining.margin import choose_pairs
from pipeline.alignment.mining.neighbours import find_neighbours
from pipeline.alignment.mining.shards import ShardSearch, Workshop, search_both_ways
from pipeline.errors import InputError
from pipeline.parameters import MiningParams
from pipeline.search import nearest_both_ways
from pipeline.storage import FolderMemo

LAW = hypothesis.settings(max_examples=25, deadline=None)
EXACT = MiningParams()
APPROXIMATE = MiningParams(exact_rows=1)


def unit(matrix):
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(np.float32)


def clustered(count, seed=0, shift=0.0):
    """Rows of `right` are noisy copies of rows of `left`, shuffled and shifted by a language."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.normal(size=(count // 20, 32)))
    left = unit(
        centres[rng.integers(0, len(centres), count)] + 0.8 * unit(rng.normal(size=(count, 32)))
    )
    partner = rng.permutation(count)
    copies = left[partner] + 0.5 * unit(rng.normal(size=(count, 32)))
    return left, unit(copies + shift * unit(rng.normal(size=(1, 32)))), partner


def as_bytes(found):
    return [array.tobytes() for side in found for array in side]


@LAW
@given(
    st.integers(0, 100),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
    st.integers(1, 5),
    st.integers(1, 2000),
)
def test_any_shards_find_what_one_sweep_finds(seed, sizes, k, shard_pairs):
    rng = np.random.default_rng(seed)
    left, right = (rng.integers(-2, 3, (size, 3)).astype(np.float32) for size in sizes)
    found = search_both_ways(left, right, k, None, Workshop(shard_pairs=shard_pairs))
    assert as_bytes(found) == as_bytes(nearest_both_ways(left, right, k))


@LAW
@given(st.integers(0, 20), st.integers(1, 100_000))
def test_any_shards_of_cells_find_the_same(seed, shard_pairs):
    left, right, _ = clustered(300, seed)
    cells, _ = make_cells(left, right, 0.9, seed)
    whole = search_both_ways(left, right, 4, cells, Workshop())
    parts = search_both_ways(left, right, 4, cells, Workshop(shard_pairs=shard_pairs))
    assert as_bytes(parts) == as_bytes(whole)


def test_shards_cover_every_row_once():
    left, right, _ = clustered(300)
    for cells, shard_pairs in ((None, 20_000), (make_cells(left, right, 0.9, 0)[0], 5_000)):
        search = ShardSearch(left, right, 2, cells)
        shards = search.shards(shard_pairs)
        assert len(shards) > 3
        rows = np.concatenate([search(shard).rows for shard in shards])
        assert sorted(rows.tolist()) == list(range(300))


class Counting:
    """Counts the items it was asked for, and dies after some."""

    def __init__(self, most=10**9):
        self.done = 0
        self.most = most

    def map(self, function, items):
        for item in items:
            if self.done == self.most:
                raise KeyboardInterrupt
            self.done += 1
            yield function(item)


@pytest.mark.parametrize(("params", "shard_pairs"), [(EXACT, 30_000), (APPROXIMATE, 5_000)])
def test_a_search_killed_at_any_shard_goes_on_with_the_next(tmp_path, params, shard_pairs):
    left, right, _ = clustered(400)
    whole = Counting()
    expected = find_neighbours(
        left, right, params, Workshop(executor=whole, shard_pairs=shard_pairs)
    )
    assert whole.done >= 4
    for killed_at in range(whole.done):
        memo = FolderMemo(tmp_path / str(killed_at))
        with pytest.raises(KeyboardInterrupt):
            find_neighbours(
                left, right, params, Workshop(Counting(killed_at), memo, shard_pairs=shard_pairs)
            )
        rest = Counting()
        resumed = find_neighbours(
            left, right, params, Workshop(rest, memo, shard_pairs=shard_pairs)
        )
        assert rest.done == whole.done - killed_at
        assert as_bytes(resumed[:2]) == as_bytes(expected[:2])
        assert resumed.facts == expected.facts


def test_other_vectors_or_settings_do_not_meet_old_shards(tmp_path):
    left, right, _ = clustered(60)
    memo = FolderMemo(tmp_path)
    find_neighbours(left, right, EXACT, Workshop(memo=memo))
    for sides, params in (
        ((left[::-1], right), EXACT),
        ((left, right), EXACT.model_copy(update={"neighbours": 3})),
    ):
        counting = Counting()
        find_neighbours(*sides, params, Workshop(counting, memo))
        assert counting.done == 1


def test_a_torn_shard_is_done_again(tmp_path):
    left, right, _ = clustered(60)
    workshop = Workshop(memo=FolderMemo(tmp_path))
    expected = find_neighbours(left, right, EXACT, workshop)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-9])
    assert as_bytes(find_neighbours(left, right, EXACT, workshop)[:2]) == as_bytes(expected[:2])


MINES = """
import sys
from pathlib import Path
import numpy as np
from pipeline.alignment.mining.neighbours import find_neighbours
from pipeline.alignment.mining.shards import Workshop
from pipeline.parameters import MiningParams
from pipeline.storage import FolderMemo
folder = Path(sys.argv[1])
rng = np.random.default_rng(3)
left, right = (rng.normal(size=(n, 16)).astype(np.float32) for n in (3000, 2000))
def tell(done, total, message):
    print(done, flush=True)
found = find_neighbours(left, right, MiningParams(), Workshop(
    memo=FolderMemo(folder / "memo"), progress=tell, shard_pairs=200_000))
np.savez(folder / "found.npz", *found.onward, *found.back)
"""


def mining(folder):
    command = [sys.executable, "-c", MINES, str(folder)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)


def test_a_process_killed_without_warning_leaves_its_finished_shards(tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    with mining(tmp_path / "whole") as process:
        assert process.wait() == 0
    with mining(tmp_path / "killed") as process:
        for _ in range(7):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "killed" / "found.npz").exists()
    assert len([*(tmp_path / "killed" / "memo").rglob("*")]) >= 7
    with mining(tmp_path / "killed") as process:
        assert process.wait() == 0
    files = [np.load(tmp_path / name / "found.npz") for name in ("whole", "killed")]
    assert all(np.array_equal(files[0][key], files[1][key]) for key in files[0].files)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_of_clustered_rows_nearly_all_translations_are_mined_among_few_pairs(shift):
    left, right, partner = clustered(4000, shift=shift)
    exact = find_neighbours(left, right, EXACT, Workshop())
    searched = find_neighbours(left, right, APPROXIMATE, Workshop())
    assert searched.facts["method"] == "approximate"
    assert searched.facts["compared_fraction"] < 0.15
    assert searched.facts["recall_fraction"] >= 0.992

    def translations(found):
        pairs = choose_pairs(found.onward, found.back, "ratio", "union", 0.9)
        return {pair[:2] for pair in pairs if partner[pair.target] == pair.source}

    assert len(translations(searched)) >= 0.985 * len(translations(exact)) > 3000


def test_cells_are_the_same_every_time():
    left, right, _ = clustered(500)
    one, other = (make_cells(left, right, 0.99, 7) for _ in range(2))
    assert [array.tobytes() for array in one[0]] == [array.tobytes() for array in other[0]]
    assert one[1] == other[1]


def test_where_vectors_have_no_order_the_search_is_exact():
    rng = np.random.default_rng(0)
    left, right = (unit(rng.normal(size=(600, 64))) for _ in range(2))
    searched = find_neighbours(left, right, APPROXIMATE, Workshop())
    assert searched.facts == {"method": "exact"}
    assert as_bytes(searched[:2]) == as_bytes(nearest_both_ways(left, right, 4))


def test_all_duplicates_are_searched_approximately_all_the_same():
    alike = np.ones((200, 4), np.float32) / 2
    searched = find_neighbours(alike, alike[:100], APPROXIMATE, Workshop())
    assert (searched.onward.row[:, 0] == 0).all()
    assert (searched.back.row[:, 0] == 0).all()


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (0, 0)])
def test_empty_sides_have_no_neighbours(sizes):
    sides = [np.ones((size, 4), np.float32) for size in sizes]
    searched = find_neighbours(*sides, APPROXIMATE, Workshop())
    assert [found.row.shape for found in searched[:2]] == [
        (sizes[0], min(4, sizes[1])),
        (sizes[1], min(4, sizes[0])),
    ]


def test_sides_of_two_models_are_refused():
    with pytest.raises(InputError, match="one model"):
        find_neighbours(np.ones((2, 3)), np.ones((2, 4)), EXACT, Workshop())


def test_progress_counts_shards():
    left, right, _ = clustered(100)
    told = []
    find_neighbours(
        left,
        right,
        EXACT,
        Workshop(progress=lambda *each: told.append(each[:2]), shard_pairs=2500),
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
