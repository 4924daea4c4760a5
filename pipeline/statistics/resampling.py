"""Bootstrap intervals of any statistic of units; pure functions of arrays and a seed.

BCa, the bias-corrected and accelerated bootstrap (Efron 1987): percentiles of the draws, shifted by
the statistic's median bias and by how its spread changes with its value. With few units draws
spread too little, which Student's quantile and a factor make up for (Hesterberg 2015, "expanded"
percentiles). `python -m benchmarks.interval_coverage` measures how often the truth is covered.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipeline.errors import InputError
from pipeline.statistics.estimates import Array, Statistic, checked_columns, mean
from pipeline.statistics.intervals import Interval

_RESAMPLE_CELLS = 1 << 21  # drawn at once: 16 MiB an index block, whatever n and count are
_JACKKNIFE_GROUPS = 200  # left out in turn; more tell the acceleration no better
_SMALLEST = 1e-12


def bootstrap(
    *columns: npt.ArrayLike,
    statistic: Statistic = mean,
    count: int = 2000,
    seed: int,
    level_fraction: float = 0.95,
) -> Interval:
    """BCa bootstrap of a statistic of n units, each one value in every column.

    Values that are all the same give an interval of no width. The value is always inside. Draws on
    which the statistic is nan (undefined there) are left out.

    Args:
        columns: arrays of shape (n,), resampled together, so that pairs stay pairs.
        statistic: maps arrays (..., n), one for each column, to (...); one of this package.
        count: resamples. Memory is bounded whatever n and count are.
        seed: of the draw; the same seed and count give the same interval.
        level_fraction: confidence level.

    Raises:
        InputError: no values, columns of different lengths, a value that is not finite, or the
            statistic is undefined on the data or on every draw.
    """
    arrays = checked_columns(columns)
    n = len(arrays[0])
    draws = [statistic(*(a[index] for a in arrays)) for index in _resamples(n, count, seed)]
    value = float(statistic(*arrays))
    defined = _defined(value, np.concatenate(draws))
    bias = _median_bias(value, defined)
    ends = bias + _reach(n, level_fraction)
    shifted = bias + ends / np.maximum(1 - _acceleration(arrays, statistic) * ends, _SMALLEST)
    low, high = np.quantile(defined, stats.norm.cdf(shifted))
    return _around(value, low, high, n, seed, level_fraction)


def paired_bootstrap(
    a: npt.ArrayLike, b: npt.ArrayLike, *, count: int = 2000, seed: int
) -> Interval:
    """Interval of mean(b - a) over the same n units: positive means that b is greater."""
    first, second = checked_columns((a, b))
    return bootstrap(second - first, count=count, seed=seed)


def percentile_interval(
    value: float, draws: Array, n: int, seed: int, level_fraction: float = 0.95
) -> Interval:
    """Expanded percentiles of bootstrap draws; draws that are nan (undefined there) are left out.

    For statistics of other things than n units, such as pairs of them, for which `bootstrap` knows
    no jackknife. Bias is not corrected: on pairs it takes more coverage than it gives.

    Args:
        value: the statistic of the units themselves; always inside the interval.
        draws: the statistic of each resample, (count,).
        n: units in a resample.
        seed: of the draws.
        level_fraction: confidence level.

    Raises:
        InputError: the statistic is undefined on the data or on every draw.
    """
    defined = _defined(value, draws)
    low, high = np.quantile(defined, stats.norm.cdf(_reach(n, level_fraction)))
    return _around(value, low, high, n, seed, level_fraction)


def _defined(value: float, draws: Array) -> Array:
    defined = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(defined):
        raise InputError("the statistic is undefined here: the values do not vary, or sum to zero")
    return defined


def _reach(n: int, level_fraction: float) -> Array:
    """Both ends as normal deviates, wider the fewer units there are."""
    freedom = max(n - 1, 1)
    reach = stats.t.ppf((1 + level_fraction) / 2, freedom) * (n / freedom) ** 0.5
    return np.array([-reach, reach])


def _around(
    value: float, low: float, high: float, n: int, seed: int, level_fraction: float
) -> Interval:
    """Percentiles of draws that all lie on one side of a biased value do not leave it out."""
    ends = min(float(low), value), max(float(high), value)
    return Interval(value, *ends, n, seed, level_fraction)


def _median_bias(value: float, draws: Array) -> float:
    """Where among the draws the value stands, as a normal deviate; ties count by half."""
    below = float((draws < value).mean() + (draws <= value).mean()) / 2
    edge = 1 / (len(draws) + 1)
    return float(stats.norm.ppf(min(max(below, edge), 1 - edge)))


def _acceleration(arrays: list[Array], statistic: Statistic) -> float:
    """A sixth of the skewness of the statistic's influence function, by the jackknife."""
    n = len(arrays[0])
    if n == 1:
        return 0.0
    left = [statistic(*(a[index] for a in arrays)) for index in _leave_outs(n)]
    values = np.concatenate(left)
    values = values[~np.isnan(values)]
    influence = values.mean() - values if len(values) else values
    squares = float((influence**2).sum())
    return float((influence**3).sum()) / (6 * squares**1.5) if squares > _SMALLEST**2 else 0.0


def _resamples(n: int, count: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Blocks (rows, n) of indices drawn with replacement, `count` rows in all."""
    generator = np.random.default_rng(seed)
    rows = max(1, _RESAMPLE_CELLS // n)
    for start in range(0, count, rows):
        yield generator.integers(0, n, size=(min(rows, count - start), n))


def _leave_outs(n: int) -> Iterator[npt.NDArray[np.int64]]:
    """Blocks of indices (rows, n - size), each without one of at most 200 groups of units.

    A group takes every so manieth unit, so that neighbours, which may be alike, are in different
    ones; fewer units than make a group are never left out.
    """
    size = -(-n // _JACKKNIFE_GROUPS)
    groups = n // size
    unit = np.arange(n)
    group_of = np.where(unit < groups * size, unit % groups, -1)
    rows = max(1, _RESAMPLE_CELLS // n)
    for start in range(0, groups, rows):
        out = np.arange(start, min(start + rows, groups))
        yield np.nonzero(group_of != out[:, None])[1].reshape(len(out), n - size)
