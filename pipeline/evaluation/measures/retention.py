"""Retention: does the student still order the pivot language's sentences as the start model did?

Pure functions of two sets of vectors. Measured as Spearman's correlation between the two models'
pairwise similarities over the same held-out sentences (representational similarity analysis,
Kriegeskorte et al. 2008): 1 when the geometry is kept, 0 when it is forgotten. Nearly all pairs of
random sentences are unrelated, and their order is noise to every model; so pairs are chosen that
stand evenly over the start model's similarities.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.statistics import Array, Interval, evenly_over_range, percentile_interval

Vectors = npt.NDArray[np.float32]

_LEAST_SENTENCES = 3  # fewer have no two pairs to order


@dataclass(frozen=True)
class _Ranked:
    """Similarities of sentence pairs, as the number of their group of equals, ascending."""

    groups: npt.NDArray[np.int64]
    group_count: int


def retention(start: Vectors, student: Vectors, *, count: int, seed: int) -> Interval:
    """Spearman between the models' similarities of pairs of distinct sentences.

    Which pairs is told in `pipeline.statistics.evenly_over_range`, of the start's similarities.

    Sentences, not pairs, are resampled, for pairs that share a sentence are not independent. A
    sentence drawn twice gives its pairs twice; it is never paired with its own copy, which would
    be alike in every model.

    Args:
        start: unit vectors (n, d) of the held-out sentences by the start model.
        student: unit vectors (n, e) of the same sentences by the student; e may differ from d.
        count: resamples.
        seed: of the draw.

    Returns:
        The correlation with its interval; `n` counts sentences. Memory is O(n^2).

    Raises:
        InputError: different numbers of sentences, fewer than three, or similarities of a model
            that are all equal.
    """
    n = len(start)
    if n != len(student) or n < _LEAST_SENTENCES:
        raise InputError(
            f"retention needs 3 or more sentences seen by both, not {n}, {len(student)}"
        )
    upper = np.triu_indices(n, k=1)
    chosen = evenly_over_range(_similarities(start, upper))
    pairs = upper[0][chosen], upper[1][chosen]
    before, after = (_ranked(_similarities(vectors, pairs)) for vectors in (start, student))
    generator = np.random.default_rng(seed)
    draws = np.empty(count)
    for number in range(count):
        times = np.bincount(generator.integers(0, n, n), minlength=n).astype(np.float64)
        draws[number] = _weighted_spearman(before, after, times[pairs[0]] * times[pairs[1]])
    value = _weighted_spearman(before, after, np.ones(len(chosen)))
    return percentile_interval(value, draws, n, seed)


def _similarities(vectors: Vectors, pairs: tuple[npt.NDArray[np.int64], ...]) -> Array:
    exact = vectors.astype(np.float64)
    return np.asarray(np.round((exact @ exact.T)[pairs], 7))  # what float32 can tell apart


def _ranked(similarities: Array) -> _Ranked:
    values, groups = np.unique(similarities, return_inverse=True)
    return _Ranked(groups, len(values))


def _weighted_spearman(before: _Ranked, after: _Ranked, weights: Array) -> float:
    """Pearson's correlation of mid-ranks in the sample that holds each pair `weights` times."""
    x, y = _mid_ranks(before, weights), _mid_ranks(after, weights)
    total = weights.sum()
    if total == 0:
        return float("nan")
    x = x - _weighted_sum(weights, x) / total
    y = y - _weighted_sum(weights, y) / total
    norm = (_weighted_sum(weights, x * x) * _weighted_sum(weights, y * y)) ** 0.5
    return _weighted_sum(weights, x * y) / norm if norm > 0 else float("nan")


def _weighted_sum(weights: Array, values: Array) -> float:
    """A dot product on one thread: with thousands of draws, waking the others costs more."""
    return float(np.einsum("i,i->", weights, values))


def _mid_ranks(ranked: _Ranked, weights: Array) -> Array:
    sizes = np.bincount(ranked.groups, weights, ranked.group_count)
    return np.asarray((np.cumsum(sizes) - sizes / 2)[ranked.groups])
