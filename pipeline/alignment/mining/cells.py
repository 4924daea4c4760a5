"""Which rows are worth comparing when there are too many: cells around common centres.

Both sides share one set of centres. A row of the left side belongs to the cell of its nearest
centre; a row of the right side is compared with the cells of its `probes` nearest ones. So a pair
is compared once, for both directions, and what is left of the search are matrix products, cell by
cell. It is an inverted file (Sivic & Zisserman 2003; Jegou et al. 2011) that serves either side.

How many probes are needed is not guessed. A pair is found if the left row's centre is among the
nearest of the right row, so its rank there is the number of probes it needs. Ranks of pairs that an
exact search finds for a sample of rows give the least number that reaches a recall.

FAISS finds the centres. Vectors are compared with centres less their side's mean, for the language
of a text shifts its vector. Deterministic for a seed. Pure.
"""

import sys
from typing import NamedTuple

import numpy as np

from pipeline.alignment.sentences.sides import FloatArray, normalised
from pipeline.search import Block, Positions, nearest

_CENTRES_PER_ROOT = 3  # centres over the square root of a side's rows
_SAMPLED_PER_CENTRE = 32
_ROUND_COUNT = 6  # of k-means
_TRIED_ROWS = 4000  # a thousand would be off by a third of a point now and then
_MOST_PROBED_FRACTION = 0.125  # of all cells
_TILE = 16_384
_MOST_THREADS = 16


class Cells(NamedTuple):
    """Which rows are compared.

    Attributes:
        left: (n,) rows of the left side, cell after cell, ascending within each.
        left_starts: (cells + 1,) where each cell's rows begin.
        right: (m * probes,) rows of the right side that are compared with each cell.
        right_starts: (cells + 1,) likewise.
    """

    left: Positions
    left_starts: Positions
    right: Positions
    right_starts: Positions

    @property
    def cell_count(self) -> int:
        """How many cells there are."""
        return len(self.left_starts) - 1

    def block(self, cell: int) -> Block:
        """Left rows of a cell and the right rows that are compared with them."""
        return (
            self.left[self.left_starts[cell] : self.left_starts[cell + 1]],
            self.right[self.right_starts[cell] : self.right_starts[cell + 1]],
        )

    def pair_count(self) -> int:
        """How many pairs are compared."""
        return int(np.diff(self.left_starts) @ np.diff(self.right_starts))


class Recall(NamedTuple):
    """How many of the sampled pairs are compared."""

    probes: int
    found: int
    tried: int


def can_make_cells() -> bool:
    """Whether FAISS can be used in this process.

    It brings an OpenMP runtime of its own; on macOS a process that has also loaded PyTorch's would
    be ended by one of them.
    """
    return not (sys.platform == "darwin" and "torch" in sys.modules)


def make_cells(
    left: FloatArray, right: FloatArray, recall_fraction: float, seed: int
) -> tuple[Cells, Recall] | None:
    """Choose centres and the number of probes, and sort the rows.

    None where so many probes are needed that comparing everything is hardly dearer, as among
    vectors without any order.

    Args:
        left: (n, d) unit rows, n > 0.
        right: (m, d) likewise.
        recall_fraction: of the sampled pairs that are to be compared, see `measure_recall`.
        seed: of the samples.
    """
    generator = np.random.default_rng(seed)
    means = left.mean(axis=0), right.mean(axis=0)
    centres = _centres((left, right), means, generator)
    own = _nearest_centres(left, means[0], centres, 1)[:, 0]
    recall = measure_recall(left, right, own, means[1], centres, recall_fraction, generator)
    if recall.probes > _MOST_PROBED_FRACTION * len(centres):
        return None
    probed = _nearest_centres(right, means[1], centres, recall.probes)
    left_rows, left_starts = _sorted_by_cell(own[:, None], len(centres))
    right_rows, right_starts = _sorted_by_cell(probed, len(centres))
    return Cells(left_rows, left_starts, right_rows, right_starts), recall


def measure_recall(  # noqa: PLR0913, PLR0917 - two sides, and what is known of their cells
    left: FloatArray,
    right: FloatArray,
    own: Positions,
    right_mean: FloatArray,
    centres: FloatArray,
    recall_fraction: float,
    generator: np.random.Generator,
) -> Recall:
    """Find the least number of probes that compares enough of the sampled pairs.

    Sampled are rows of the left side that are the nearest of their nearest row, by exact search:
    rows without a translation have a nearest row as well, and nobody misses it. Without any such
    pair every sampled row counts.
    """
    sample = np.sort(generator.choice(len(left), min(_TRIED_ROWS, len(left)), replace=False))
    partner = nearest(left[sample], right, 1).row[:, 0]
    is_mutual = nearest(right[partner], left, 1).row[:, 0] == sample
    if is_mutual.any():
        sample, partner = sample[is_mutual], partner[is_mutual]
    likeness = _centred(right[partner], right_mean) @ centres.T
    to_own = likeness[np.arange(len(sample)), own[sample]]
    ranks = np.sort((likeness > to_own[:, None]).sum(axis=1)) + 1
    wanted = int(np.ceil(recall_fraction * len(ranks)))
    probes = int(ranks[max(wanted, 1) - 1])
    return Recall(probes, int((ranks <= probes).sum()), len(ranks))


def _centres(
    sides: tuple[FloatArray, FloatArray],
    means: tuple[FloatArray, FloatArray],
    generator: np.random.Generator,
) -> FloatArray:
    """Centres of a spherical k-means over a sample of both sides, by FAISS."""
    rows = max(len(side) for side in sides)
    count = min(max(1, round(_CENTRES_PER_ROOT * rows**0.5)), sum(map(len, sides)))
    sample = np.concatenate(
        [
            _centred(side[_drawn(len(side), count * _SAMPLED_PER_CENTRE // 2, generator)], mean)
            for side, mean in zip(sides, means, strict=True)
        ]
    )
    seed = int(generator.integers(2**31))
    return _k_means(np.ascontiguousarray(sample), count, seed)


def _k_means(sample: FloatArray, count: int, seed: int) -> FloatArray:
    import faiss  # noqa: PLC0415 - see `can_make_cells`

    faiss.omp_set_num_threads(min(faiss.omp_get_max_threads(), _MOST_THREADS))
    k_means = faiss.Kmeans(
        sample.shape[1],
        count,
        niter=_ROUND_COUNT,
        seed=seed,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=len(sample),  # all of them: the sample was drawn already
    )
    k_means.train(sample)
    return np.asarray(k_means.centroids, dtype=np.float32)


def _drawn(count: int, wanted: int, generator: np.random.Generator) -> Positions:
    return np.sort(generator.choice(count, min(max(wanted, 1), count), replace=False))


def _nearest_centres(
    vectors: FloatArray, mean: FloatArray, centres: FloatArray, k: int
) -> Positions:
    """The k nearest centres of every row, (n, k), nearest first."""
    tiles = range(0, len(vectors), _TILE)
    found = [nearest(_centred(vectors[at : at + _TILE], mean), centres, k).row for at in tiles]
    return np.concatenate(found)


def _sorted_by_cell(cells: Positions, count: int) -> tuple[Positions, Positions]:
    """Rows of each cell, ascending, and where each cell begins; `cells` are those of each row."""
    order = np.argsort(cells.ravel(), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells.ravel(), minlength=count))])
    return order // cells.shape[1], starts


def _centred(vectors: FloatArray, mean: FloatArray) -> FloatArray:
    return normalised(vectors - mean)
