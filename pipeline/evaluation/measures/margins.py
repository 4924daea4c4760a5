"""The ratio margin (Artetxe & Schwenk 2019), over similarities of any kind. Pure.

A pair's similarity over the mean similarity of both to their k nearest on the other side: it
forgives texts that are close to everything.
"""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.measures.similarities import Positions, Similarities
from pipeline.evaluation.measures.sweeps import BestOfColumns, tiles
from pipeline.search import Neighbours

NEIGHBOUR_COUNT = 4
"""k, as LASER's xSIM and the BUCC task have it."""
_CANDIDATE_TILE = 1 << 16
_TIE = 1e-6

Margins = npt.NDArray[np.float64]


def ratio_margins(onward: Neighbours, crowding: Margins) -> Margins:
    """The margin of every query and each of its neighbours.

    Args:
        onward: the k nearest candidates of each query.
        crowding: (n, k), mean similarity of each of them with the queries it is nearest to.

    Returns:
        (n, k) float64; 0 where the mean is not positive, as for texts that share no word.
    """
    means = (onward.cosine.mean(axis=1, keepdims=True, dtype=np.float64) + crowding) / 2
    margins = np.divide(onward.cosine, means, out=np.zeros_like(means), where=means > 0)
    return np.asarray(margins)


def margin_errors(
    similarities: Similarities, onward: Neighbours, right: Sequence[Collection[int]]
) -> npt.NDArray[np.bool_]:
    """Whether the candidate with the widest margin is wrong: the errors that xSIM counts.

    As in LASER's xSIM, only the k nearest candidates of a query are looked at. A wrong candidate
    within 1e-6 of the best right one counts as before it.

    Args:
        similarities: of n queries and m candidates.
        onward: the k nearest candidates of each query.
        right: for each query the positions of its right candidates.

    Returns:
        bool (n,).
    """
    margins = ratio_margins(onward, _crowding(similarities, onward.row))
    pairs = zip(onward.row.tolist(), right, strict=True)
    is_right = np.array([[row in answers for row in rows] for rows, answers in pairs])
    best_right = np.where(is_right, margins, -np.inf).max(axis=1)
    best_wrong = np.where(is_right, -np.inf, margins).max(axis=1)
    return np.asarray(best_right <= best_wrong + _TIE)


def _crowding(similarities: Similarities, rows: Positions) -> Margins:
    """Mean similarity of candidates with the queries they are nearest to, in the shape of `rows`.

    Only neighbours of queries are asked about: of a pool of a million, these are few.
    """
    candidates, places = np.unique(rows, return_inverse=True)
    means = np.empty(len(candidates))
    for start in range(0, len(candidates), _CANDIDATE_TILE):
        part = slice(start, start + _CANDIDATE_TILE)
        chosen = similarities.among(candidates[part])
        best = BestOfColumns(chosen.shape, NEIGHBOUR_COUNT)
        for tile in tiles(chosen):
            best.see(tile)
        means[part] = best.values.mean(axis=1, dtype=np.float64)
    return means[places.reshape(rows.shape)]
