"""Tests of whether two models differ on the same units; pure functions of arrays and a seed.

The exact sign test for hits and misses (McNemar 1947), the paired randomisation test for any other
statistic (Noreen 1989; Yeh 2000), and Holm's (1979) correction for asking many questions at once.
"""

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipeline.statistics.estimates import Array, Statistic, checked_columns, mean

_CELLS = 1 << 20  # swapped at once: 8 MiB a column
_MOST_ROUNDS = 20
_TIE = 1e-12  # what rounding may add to equal differences


def sign_test(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Two-sided exact p-value that improvements and losses are equally likely.

    Units that did not change say nothing and are left out, as in McNemar's test; with no change
    at all the p-value is 1.
    """
    change = np.subtract(*checked_columns((after, before)))
    changed = int(np.count_nonzero(change))
    if not changed:
        return 1.0
    return float(stats.binomtest(int((change > 0).sum()), changed).pvalue)


def randomisation_test(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    *gold: npt.ArrayLike,
    statistic: Statistic = mean,
    count: int = 2000,
    seed: int,
) -> float:
    """Two-sided p-value that it does not matter which model made which outcome of a unit.

    The outcomes of each unit are swapped or not, by the toss of a coin; counted are the swaps that
    part the two models as far as they were found apart. Swaps on which the statistic is undefined
    are counted too, so they never make a difference look surer.

    Args:
        before: (n,) outcomes of one model.
        after: those of the other, for the same units.
        gold: columns (n,) that the statistic takes behind the outcomes; never swapped.
        statistic: maps arrays (..., n) to (...), as in `bootstrap`.
        count: swaps; where not one of them parts two means so far, twenty times as many are made,
            for a p-value that is corrected for many comparisons must be able to be small. Memory
            is bounded whatever n and count are.
        seed: of the coin.

    Returns:
        (b + 1) / (m + 1) for b of m swaps, which holds its level whatever `count` is, with the
        second round too: it is entered only by what was below 2 / (count + 1) already.

    Raises:
        InputError: no values, columns of different lengths, or a value that is not finite.
    """
    first, second, *shared = checked_columns((before, after, *gold))
    least = abs(float(statistic(second, *shared) - statistic(first, *shared))) - _TIE
    generator = np.random.default_rng(seed)
    rows = max(1, _CELLS // len(first))
    extreme = drawn = 0
    most = count * (_MOST_ROUNDS if statistic is mean else 1)
    while drawn < count or (not extreme and drawn < most):
        limit = count if drawn < count else most
        shape = (min(rows, limit - drawn), len(first))
        is_swapped = generator.integers(0, 2, size=shape, dtype=np.bool_)
        if statistic is mean:
            change = second - first
            apart = (change.sum() - 2 * (is_swapped @ change)) / len(change)
        else:
            columns = [np.broadcast_to(column, shape) for column in shared]
            later = statistic(np.where(is_swapped, first, second), *columns)
            apart = later - statistic(np.where(is_swapped, second, first), *columns)
        extreme += int(np.count_nonzero(~(np.abs(apart) < least)))
        drawn += shape[0]
    return (extreme + 1) / (drawn + 1)


def holm(p_values: npt.ArrayLike) -> Array:
    """P-values adjusted so that any wrong claim among all has the probability stated.

    Args:
        p_values: (m,) in [0, 1], of one family of comparisons.

    Returns:
        (m,) in the same order, none below its own p-value and none above 1; Holm's step-down
        Bonferroni, which needs no independence.
    """
    given = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
