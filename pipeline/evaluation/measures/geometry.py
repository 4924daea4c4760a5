"""How an embedding space uses its room: anisotropy, alignment, uniformity. Pure.

Alignment and uniformity are those of Wang and Isola (2020, "Understanding Contrastive
Representation Learning through Alignment and Uniformity on the Hypersphere"); anisotropy is the
mean cosine of different texts (Ethayarajh 2019).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.statistics import Array, Interval, percentile_interval

Vectors = npt.NDArray[np.float32]

_BLOCK = 256  # resamples that are multiplied with the cosines at once


class Geometry(NamedTuple):
    """Of the vectors of n pairs of texts that mean the same."""

    anisotropy: float  # mean cosine of different texts, [-1, 1]; 0 is a space without a direction
    alignment: float  # mean squared distance of the two texts of a pair, [0, 4]; less is better
    uniformity: float  # log of the mean of exp(-2 squared distance), at most 0; less is better


def geometry(first: Vectors, second: Vectors) -> Geometry:
    """Measure a space on pairs; anisotropy and uniformity are of the first texts.

    Args:
        first: (n, d) unit rows, n at least 2, of different texts.
        second: (n, d) unit rows, the counterparts.

    Raises:
        InputError: the shapes differ, or there are fewer than two pairs.
    """
    if first.shape != second.shape or len(first) < 2:  # noqa: PLR2004 - a pair of texts
        raise InputError(f"{first.shape} and {second.shape}: wants two pairs or more, row for row")
    one, other = first.astype(np.float64), second.astype(np.float64)
    places = np.triu_indices(len(one), 1)
    cosines = (one @ one.T)[places]
    return Geometry(
        anisotropy=float(cosines.mean()),
        alignment=float(((one - other) ** 2).sum(axis=1).mean()),
        uniformity=float(np.log(np.exp(-2 * (2 - 2 * cosines)).mean())),
    )


def geometry_intervals(
    first: Vectors, second: Vectors, *, count: int, seed: int
) -> dict[str, Interval]:
    """The same figures with intervals, by name; `n` counts pairs.

    Pairs of texts are resampled. A pair that is drawn twice stands beside the others twice, and
    never beside its own copy, whose cosine is 1 in every space. The cosines are computed once, and
    a resample is a product with how often each pair was drawn.

    Args:
        first: as in `geometry`. Memory is O(n^2).
        second: likewise.
        count: resamples.
        seed: of the draw.

    Raises:
        InputError: as `geometry`.
    """
    found, n = geometry(first, second), len(first)
    cosines = np.asarray(first, np.float32) @ np.asarray(first, np.float32).T
    nearness = np.exp(4 * (cosines - 1))  # of squared distances 2 - 2 cosine
    for matrix in (cosines, nearness):
        np.fill_diagonal(matrix, 0)
    squared = ((np.asarray(first, np.float64) - second) ** 2).sum(axis=1)
    generator = np.random.default_rng(seed)
    draws: dict[str, list[Array]] = {name: [] for name in Geometry._fields}
    for start in range(0, count, _BLOCK):
        size = min(_BLOCK, count - start)
        times = generator.multinomial(n, np.full(n, 1 / n), size)
        draws["anisotropy"].append(_mean_beside_others(cosines, times))
        draws["alignment"].append(times @ squared / n)
        draws["uniformity"].append(np.log(_mean_beside_others(nearness, times)))
    return {
        name: percentile_interval(value, np.concatenate(draws[name]), n, seed)
        for name, value in found._asdict().items()
    }


def _mean_beside_others(matrix: Vectors, times: npt.NDArray[np.int64]) -> Array:
    """Mean of the entries between different rows, each as often as both were drawn, (count,).

    It is nan where one row alone was drawn.
    """
    weights = times.astype(np.float32)
    total = np.einsum("ij,ij->i", weights @ matrix, weights).astype(np.float64)
    pairs = (times.sum(axis=1) ** 2 - (times**2).sum(axis=1)).astype(np.float64)
    means = np.divide(total, pairs, out=np.full(len(times), np.nan), where=pairs > 0)
    return np.asarray(means)
