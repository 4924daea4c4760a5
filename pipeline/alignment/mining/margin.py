"""Pairs of rows that are closer than their neighbourhoods: margins, and who chooses whom.

Pure and deterministic. Margins are those of Artetxe & Schwenk (2019): a pair's cosine over, or
less, the mean cosine of both to their nearest neighbours on the other side. They forgive vectors
that are close to everything, which a threshold on the cosine would prefer.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.alignment.sentences.sides import FloatArray
from pipeline.parameters import CandidateMode, Margin
from pipeline.search import Neighbours, Positions, nearest_both_ways

Direction = Literal["forward", "backward", "both"]
"""Whose best counterpart it is: the source's, the target's, or each the other's."""


class MinedPair(NamedTuple):
    """Two rows of which one at least chose the other."""

    source: int
    target: int
    cosine: float
    margin: float  # the ratio, in [0, 2 k]; about 1 for strangers
    direction: Direction


class _Candidates(NamedTuple):
    """Every row with each of its neighbours, each pair once."""

    source: Positions
    target: Positions
    cosine: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]  # of both neighbourhoods
    is_forward: npt.NDArray[np.bool_]  # the target is a neighbour of the source
    is_backward: npt.NDArray[np.bool_]  # and the other way round


def mine(
    source_vectors: FloatArray, target_vectors: FloatArray, neighbours: int, min_margin: float
) -> list[MinedPair]:
    """Pair rows of two matrices by their ratio margin, exactly, each row once; see `choose_pairs`.

    Args:
        source_vectors: (n, d) float32, unit rows.
        target_vectors: (m, d) likewise, of the same encoder.
        neighbours: k of the margin, at least 1; clipped to the rows of the other side.
        min_margin: candidates below are no pairs.
    """
    onward, back = nearest_both_ways(source_vectors, target_vectors, neighbours)
    return choose_pairs(onward, back, "ratio", "union", min_margin)


def choose_pairs(
    onward: Neighbours, back: Neighbours, margin: Margin, mode: CandidateMode, min_margin: float
) -> list[MinedPair]:
    """Let every row choose its best counterpart among its neighbours.

    Args:
        onward: neighbours of each source row.
        back: neighbours of each target row, as many.
        margin: what is best: the widest ratio, the widest difference, or the highest cosine.
        mode: `forward` are the choices of sources, `backward` those of targets, `intersection` what
            both chose. `union` is all of them, the best first, and each row once.
        min_margin: pairs of a lower ratio margin are left out, whatever `margin` is, and so are
            those with a cosine of 0 or less.

    Returns:
        Pairs from the best down; of equal ones that of the lower source row is first, then that of
        the lower target row. With a union or an intersection no row is in two pairs, and neither
        order nor choice depends on which side is the source, ties apart.
    """
    candidates = _candidates(onward, back)
    ratio = _ratio(candidates)
    score = {
        "ratio": ratio,
        "distance": candidates.cosine - candidates.mean,
        "cosine": candidates.cosine,
    }[margin]
    order = np.lexsort((candidates.target, candidates.source, -score))
    chose = (
        _first_of_each(candidates.source, order[candidates.is_forward[order]]),
        _first_of_each(candidates.target, order[candidates.is_backward[order]]),
    )
    pairs = _in_order(candidates, ratio, order, chose, mode)
    good = (pair for pair in pairs if pair.cosine > 0 and pair.margin >= min_margin)
    return list(_each_once(good) if mode == "union" else good)


def _candidates(onward: Neighbours, back: Neighbours) -> _Candidates:
    """Pairs by source and target; a place without a neighbour is none."""
    sources = np.repeat(np.arange(len(onward.row)), onward.row.shape[1])
    targets = np.repeat(np.arange(len(back.row)), back.row.shape[1])
    source = np.concatenate([sources, back.row.ravel()])
    target = np.concatenate([onward.row.ravel(), targets])
    cosine = np.concatenate([onward.cosine.ravel(), back.cosine.ravel()])
    is_found = np.isfinite(cosine)
    place = (source * max(len(back.row), 1) + target)[is_found]
    _, first, which = np.unique(place, return_index=True, return_inverse=True)
    is_onward = (np.arange(len(source)) < len(sources))[is_found]
    source, target, cosine = (each[is_found][first] for each in (source, target, cosine))
    return _Candidates(
        source,
        target,
        cosine.astype(np.float64),
        (_neighbourhood(onward)[source] + _neighbourhood(back)[target]) / 2,
        np.bincount(which[is_onward], minlength=len(first)) > 0,
        np.bincount(which[~is_onward], minlength=len(first)) > 0,
    )


def _neighbourhood(found: Neighbours) -> npt.NDArray[np.float64]:
    """Mean cosine to the neighbours; those beyond a right angle count as at one.

    So a pair's mean is at least its cosine over 2 k, and no margin explodes. Where fewer than k
    were found, the mean is theirs.
    """
    count = np.maximum(np.isfinite(found.cosine).sum(axis=1), 1)
    return np.asarray(np.maximum(found.cosine, 0).sum(axis=1, dtype=np.float64) / count)


def _ratio(candidates: _Candidates) -> npt.NDArray[np.float64]:
    ratio = np.zeros_like(candidates.cosine)
    np.divide(candidates.cosine, candidates.mean, out=ratio, where=candidates.cosine > 0)
    return ratio


def _first_of_each(key: Positions, order: Positions) -> npt.NDArray[np.bool_]:
    """Which entries are the first ones in this order with their key."""
    is_first = np.zeros(len(key), np.bool_)
    is_first[order[np.unique(key[order], return_index=True)[1]]] = True
    return is_first


def _in_order(
    candidates: _Candidates,
    ratio: npt.NDArray[np.float64],
    order: Positions,
    chose: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    mode: CandidateMode,
) -> Iterator[MinedPair]:
    """The pairs that a mode wants."""
    forward, backward = chose
    wanted = {
        "forward": forward,
        "backward": backward,
        "intersection": forward & backward,
        "union": forward | backward,
    }[mode]
    directions: tuple[Direction, ...] = ("forward", "backward", "both")
    for at in order[wanted[order]].tolist():
        direction = directions[int(forward[at]) + 2 * int(backward[at]) - 1]
        yield MinedPair(
            int(candidates.source[at]),
            int(candidates.target[at]),
            float(candidates.cosine[at]),
            float(ratio[at]),
            direction,
        )


def _each_once(pairs: Iterator[MinedPair]) -> Iterator[MinedPair]:
    """Each row in the first of its pairs only."""
    used_sources: set[int] = set()
    used_targets: set[int] = set()
    for pair in pairs:
        if pair.source not in used_sources and pair.target not in used_targets:
            yield pair
            used_sources.add(pair.source)
            used_targets.add(pair.target)
