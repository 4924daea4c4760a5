"""What mining is measured against: FAISS's indexes and the recipes that are built on them.

Each does what its users do today, both directions by a search of its own. FAISS takes as many
threads as OpenMP grants.
"""

import faiss
import numpy as np
import numpy.typing as npt

from pipeline.alignment.mining.margin import MinedPair, choose_pairs
from pipeline.search import Neighbours

Vectors = npt.NDArray[np.float32]


def product(queries: Vectors, base: Vectors) -> None:
    """All cosines, tile by tile, and nothing else: what no exact search can be faster than."""
    room = np.empty((1024, 8192), np.float32)
    for row in range(0, len(queries), 1024):
        for column in range(0, len(base), 8192):
            sides = queries[row : row + 1024], base[column : column + 8192]
            np.matmul(sides[0], sides[1].T, out=room[: len(sides[0]), : len(sides[1])])


def flat_search(queries: Vectors, base: Vectors, k: int) -> Neighbours:
    """FAISS's exact search."""
    index = faiss.IndexFlatIP(base.shape[1])
    index.add(base)
    return Neighbours(*index.search(queries, k))


def inverted_index(base: Vectors, cell_count: int) -> faiss.IndexIVFFlat:
    """FAISS's inverted file over whole vectors, trained and filled; its seed is fixed."""
    dimension = base.shape[1]
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(dimension), dimension, cell_count, faiss.METRIC_INNER_PRODUCT
    )
    index.train(base)
    index.add(base)
    return index


def least_probes(index: faiss.IndexIVFFlat, queries: Vectors, right: npt.NDArray[np.int64]) -> int:
    """The least power of two of probes that finds .99 of the right answers."""
    probes = 1
    while probes < index.nlist:
        index.nprobe = probes
        if (index.search(queries, 1)[1][:, 0] == right).mean() >= 0.99:  # noqa: PLR2004 - the bar
            break
        probes *= 2
    return probes


def laser_pairs(left: Vectors, right: Vectors, k: int) -> list[MinedPair]:
    """LASER's mining: two exact searches, ratio margin, best first."""
    onward, back = flat_search(left, right, k), flat_search(right, left, k)
    return choose_pairs(onward, back, "ratio", "union", 0.0)


def recipe_pairs(left: Vectors, right: Vectors, k: int) -> set[tuple[int, int]]:
    """The mining example of sentence-transformers, as its settings scale to these sizes.

    One approximate search a direction, in rows / 1000 cells of which three are probed, then a
    margin for every candidate, one after the other.
    """
    found = []
    for queries, base in ((left, right), (right, left)):
        index = inverted_index(base, max(len(base) // 1000, 1))
        index.nprobe = 3
        found.append(Neighbours(*index.search(queries, k)))
    scored = [*_scored(left, right, found[0], found[1])]
    scored += [(score, y, x) for score, x, y in _scored(right, left, found[1], found[0])]
    scored.sort(reverse=True)
    sources: set[int] = set()
    targets: set[int] = set()
    pairs = set()
    for _, x, y in scored:
        if x not in sources and y not in targets:
            pairs.add((x, y))
            sources.add(x)
            targets.add(y)
    return pairs


def _scored(
    queries: Vectors, base: Vectors, onward: Neighbours, back: Neighbours
) -> list[tuple[float, int, int]]:
    """Each query's candidate of the widest margin, found in a plain loop."""
    means = onward.cosine.mean(axis=1), back.cosine.mean(axis=1)
    best = []
    for x, candidates in enumerate(onward.row):
        scores = []
        for y in candidates:
            mean = (means[0][x] + means[1][y]) / 2
            scores.append(queries[x].dot(base[y]) / mean)
        at = int(np.argmax(scores))
        best.append((float(scores[at]), x, int(candidates[at])))
    return best
