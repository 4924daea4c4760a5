"""The ratio margin: rows of two matrices that are closer than their neighbourhoods.

Pure and deterministic. The score is that of Artetxe & Schwenk (2019): a pair's cosine over the mean
cosine of both to their nearest neighbours on the other side. It forgives vectors that are close to
everything, which a threshold on the cosine would prefer.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.alignment.mining.flat_index import neighbours_both_ways
from pipeline.alignment.sentences.sides import FloatArray
from pipeline.search import Neighbours

Indices = npt.NDArray[np.int64]


class MinedPair(NamedTuple):
    """Two rows that found one another."""

    source: int
    target: int
    cosine: float
    margin: float  # in [0, 2 k]; about 1 for strangers


def mine(
    source_vectors: FloatArray, target_vectors: FloatArray, neighbours: int, min_margin: float
) -> list[MinedPair]:
    """Pair rows of two matrices by their ratio margin.

    Candidates are each row's best counterpart among its nearest neighbours, in both directions.
    The best candidate is taken first, and each row once.

    Args:
        source_vectors: (n, d) float32, unit rows.
        target_vectors: (m, d) likewise, of the same encoder.
        neighbours: k of the margin, at least 1; clipped to the rows of the other side.
        min_margin: candidates below are no pairs, nor are those with a cosine of 0 or less.

    Returns:
        Pairs by descending margin; of equal margins that of the lower source row is first, then
        that of the lower target row. Neither order nor choice depends on which side is the source,
        ties apart. Nothing when a side is empty.
    """
    if not len(source_vectors) or not len(target_vectors):
        return []
    onward, back = neighbours_both_ways(source_vectors, target_vectors, neighbours)
    used_sources: set[int] = set()
    used_targets: set[int] = set()
    pairs = []
    for pair in _candidates(onward, back, min_margin):
        if pair.source not in used_sources and pair.target not in used_targets:
            pairs.append(pair)
            used_sources.add(pair.source)
            used_targets.add(pair.target)
    return pairs


def _candidates(onward: Neighbours, back: Neighbours, min_margin: float) -> Iterator[MinedPair]:
    """Best counterparts in both directions, by descending margin, then by rows."""
    sources = np.arange(len(onward.row)), np.arange(len(back.row))
    source = np.concatenate([np.repeat(sources[0], onward.row.shape[1]), back.row.ravel()])
    target = np.concatenate([onward.row.ravel(), np.repeat(sources[1], back.row.shape[1])])
    cosine = np.concatenate([onward.cosine.ravel(), back.cosine.ravel()]).astype(np.float64)
    means = (_neighbourhood(onward)[source] + _neighbourhood(back)[target]) / 2
    margin = np.divide(cosine, means, out=np.zeros_like(cosine), where=cosine > 0)
    order = np.lexsort((target, source, -margin))
    is_onward = order < onward.row.size
    chosen = np.union1d(
        _first_of_each(source, order[is_onward]), _first_of_each(target, order[~is_onward])
    )
    for at in order[np.isin(order, chosen)]:
        if cosine[at] > 0 and margin[at] >= min_margin:
            yield MinedPair(int(source[at]), int(target[at]), float(cosine[at]), float(margin[at]))


def _neighbourhood(found: Neighbours) -> npt.NDArray[np.float64]:
    """Mean cosine to the neighbours; those beyond a right angle count as at one.

    So a pair's mean is at least its cosine over 2 k, and no margin explodes.
    """
    return np.asarray(np.maximum(found.cosine, 0).mean(axis=1, dtype=np.float64))


def _first_of_each(key: Indices, order: Indices) -> Indices:
    """Of the entries in this order, the first one with each key."""
    return np.asarray(order[np.unique(key[order], return_index=True)[1]])
