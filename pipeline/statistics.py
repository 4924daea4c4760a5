"""Confidence intervals and significance tests; pure functions of arrays and a seed.

Wilson's score interval (Wilson 1927) for shares, the percentile bootstrap (Efron & Tibshirani 1993,
chapter 13) for everything else, the sign test for paired outcomes (McNemar 1947, in exact form).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipeline.errors import InputError

Array = npt.NDArray[np.float64]
Statistic = Callable[..., Array]

_RESAMPLE_CELLS = 1 << 21  # drawn at once: 16 MiB an index block, whatever n and count are


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval.

    Attributes:
        value: the point estimate.
        ci_low: lower end; never above `value` for a share.
        ci_high: upper end.
        n: independent units it rests on (queries, pages, sentences).
        seed: of the resampling; None where nothing was drawn.
        level_fraction: confidence level in (0, 1).
    """

    value: float
    ci_low: float
    ci_high: float
    n: int
    seed: int | None = None
    level_fraction: float = 0.95


def wilson(successes: int, n: int, level_fraction: float = 0.95) -> Interval:
    """Wilson's score interval of a share; honest near 0 and 1 and for small n.

    Raises:
        InputError: n is not positive, or successes lie outside [0, n].
    """
    if n <= 0 or not 0 <= successes <= n:
        raise InputError(f"a share needs 0 <= successes <= n and n > 0, not {successes} of {n}")
    z = NormalDist().inv_cdf((1 + level_fraction) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    spread = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    low, high = max(0.0, centre - spread), min(1.0, centre + spread)
    return Interval(share, min(low, share), max(high, share), n, None, level_fraction)


def sample_size(half_width: float, share: float = 0.5, level_fraction: float = 0.95) -> int:
    """The smallest n whose normal-theory interval of `share` is no wider than +- half_width."""
    z = NormalDist().inv_cdf((1 + level_fraction) / 2)
    return int(np.ceil(z * z * share * (1 - share) / half_width**2))


def mean(values: Array) -> Array:
    """Mean along the last axis."""
    return np.asarray(values.mean(axis=-1))


def ratio(numerators: Array, denominators: Array) -> Array:
    """Sum over sum along the last axis, e.g. edits over characters; nan for an empty sum."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(numerators.sum(axis=-1) / denominators.sum(axis=-1))


def pearson(x: Array, y: Array) -> Array:
    """Pearson's correlation along the last axis; nan where a side does not vary."""
    x = x - x.mean(axis=-1, keepdims=True)
    y = y - y.mean(axis=-1, keepdims=True)
    norms = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(norms > 0, (x * y).sum(axis=-1) / norms, np.nan))


def spearman(x: Array, y: Array) -> Array:
    """Spearman's rank correlation along the last axis; ties share their mean rank."""
    return pearson(stats.rankdata(x, axis=-1), stats.rankdata(y, axis=-1))


def bootstrap(
    *columns: npt.ArrayLike,
    statistic: Statistic = mean,
    count: int = 2000,
    seed: int,
    level_fraction: float = 0.95,
) -> Interval:
    """Percentile bootstrap of a statistic of n units, each one value in every column.

    Args:
        columns: arrays of shape (n,), resampled together, so that pairs stay pairs.
        statistic: maps arrays (..., n), one for each column, to (...); one of this module.
        count: resamples. Memory is bounded whatever n and count are.
        seed: of the draw; the same seed and count give the same interval.
        level_fraction: confidence level.

    Raises:
        InputError: no values, columns of different lengths, or a value that is not finite.
    """
    arrays = _checked(columns)
    n = len(arrays[0])
    draws = [statistic(*(a[index] for a in arrays)) for index in _resamples(n, count, seed)]
    value = float(statistic(*arrays))
    return percentile_interval(value, np.concatenate(draws), n, seed, level_fraction)


def paired_bootstrap(
    a: npt.ArrayLike, b: npt.ArrayLike, *, count: int = 2000, seed: int
) -> Interval:
    """Interval of mean(b - a) over the same n units: positive means that b is greater."""
    first, second = _checked((a, b))
    return bootstrap(second - first, count=count, seed=seed)


def percentile_interval(
    value: float, draws: Array, n: int, seed: int, level_fraction: float = 0.95
) -> Interval:
    """Interval from bootstrap draws; draws that are nan (undefined there) are left out.

    Raises:
        InputError: the statistic is undefined on the data or on every draw.
    """
    defined = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(defined):
        raise InputError("the statistic is undefined here: the values do not vary, or sum to zero")
    tail = (1 - level_fraction) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(value, float(low), float(high), n, seed, level_fraction)


def sign_test(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Two-sided exact p-value that improvements and losses are equally likely.

    Units that did not change say nothing and are left out, as in McNemar's test; with no change
    at all the p-value is 1.
    """
    change = np.subtract(*_checked((after, before)))
    changed = int(np.count_nonzero(change))
    if not changed:
        return 1.0
    return float(stats.binomtest(int((change > 0).sum()), changed).pvalue)


def _checked(columns: tuple[npt.ArrayLike, ...]) -> list[Array]:
    """The columns as equally long, finite float64 arrays."""
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    lengths = {array.shape for array in arrays}
    if len(lengths) != 1 or arrays[0].ndim != 1 or not len(arrays[0]):
        raise InputError(f"expected columns of one length, none empty, got shapes {lengths}")
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError("values must be finite: a nan or an infinity is among them")
    return arrays


def _resamples(n: int, count: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Blocks (rows, n) of indices drawn with replacement, `count` rows in all."""
    generator = np.random.default_rng(seed)
    rows = max(1, _RESAMPLE_CELLS // n)
    for start in range(0, count, rows):
        yield generator.integers(0, n, size=(min(rows, count - start), n))
