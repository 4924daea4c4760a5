"""Exact nearest neighbours by FAISS, in both directions. Pure.

FAISS brings an OpenMP runtime of its own. On macOS a process that has also loaded PyTorch's would
be ended by one of them, so there the plain matrix product of `pipeline.search` answers instead,
with the same neighbours; elsewhere the two live together. FAISS is imported at first use. It never
takes more threads than OpenMP grants the process (`OMP_NUM_THREADS`), nor more than a few.
"""

import sys
from typing import Any

import numpy as np

from pipeline.alignment.sentences.sides import FloatArray
from pipeline.search import Neighbours, nearest, nearest_both_ways

_MOST_THREADS = 16


def neighbours_both_ways(
    left: FloatArray, right: FloatArray, k: int
) -> tuple[Neighbours, Neighbours]:
    """Find the k rows of `right` closest to each row of `left`, and the other way round.

    Args:
        left: (n, d) unit rows.
        right: (m, d) unit rows.
        k: at least 1; clipped to the rows there are.

    Returns:
        Neighbours as `pipeline.search.nearest` defines them: cosines descend, and of equal cosines
        the lower row stands first, also where only some of the equals are among the k.
    """
    if sys.platform == "darwin" and "torch" in sys.modules:
        return nearest_both_ways(left, right, k)
    return _search(left, right, k), _search(right, left, k)


def _search(queries: FloatArray, base: FloatArray, k: int) -> Neighbours:
    """Search one neighbour more than wanted: a tie with it is one that FAISS settled by chance."""
    index = _flat_index(base.shape[1])
    index.add(np.ascontiguousarray(base))
    k = min(k, len(base))
    cosine, row = index.search(np.ascontiguousarray(queries), min(k + 1, len(base)))
    order = np.lexsort((row, -cosine))
    found = Neighbours(
        np.take_along_axis(cosine, order, axis=1)[:, :k],
        np.take_along_axis(row, order, axis=1)[:, :k],
    )
    if len(base) > k:
        tied = np.flatnonzero(found.cosine[:, -1] == cosine.min(axis=1))
        found.cosine[tied], found.row[tied] = nearest(queries[tied], base, k)
    return found


def _flat_index(dimension: int) -> Any:  # noqa: ANN401 - FAISS has no types
    import faiss  # noqa: PLC0415 - see the module's docstring

    faiss.omp_set_num_threads(min(faiss.omp_get_max_threads(), _MOST_THREADS))
    return faiss.IndexFlatIP(dimension)
