"""How often a lesson is seen: no source may drown the others, none is repeated without end. Pure.

A source with n lessons gets a share of each epoch that grows with n to a power below one, as mBERT
and XLM-R sample languages (Conneau et al. 2020, "Unsupervised Cross-lingual Representation Learning
at Scale"); here with a limit to repeating, so that ten phrases are not learnt by heart.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

Shares = npt.NDArray[np.float64]


def epoch_shares(
    strata: Sequence[Hashable],
    parts: Sequence[float],
    amounts: Sequence[float],
    exponent: float,
    most_repeats: float,
) -> Shares:
    """Return how often an epoch shows each lesson, on average.

    A stratum of n texts is shown n to the power of `exponent` times as often as one of a single
    text; an epoch is as long as all amounts together. What a stratum may not take because of
    `most_repeats` goes to the others, by the same rule.

    Args:
        strata: of each lesson.
        parts: of a text that each lesson is: 1/2 where a text has two counterparts. They decide n.
        amounts: how often each lesson would be shown if all strata were alike.
        exponent: at 1 shares are the amounts; at 0 all strata have as much of an epoch.
        most_repeats: of an amount, at least 1.

    Returns:
        (n,) positive shares with the sum of the amounts.
    """
    names = list(dict.fromkeys(strata))
    number = {name: row for row, name in enumerate(names)}
    rows = np.array([number[stratum] for stratum in strata], np.int64)
    sizes, totals = (
        np.bincount(rows, each, len(names)).astype(np.float64) for each in (parts, amounts)
    )
    factors = _factors(np.power(sizes, exponent - 1), totals, most_repeats)
    return np.asarray(amounts, np.float64) * factors[rows]


def _factors(wanted: Shares, totals: Shares, most: float) -> Shares:
    """Factors of the totals, as the wanted ones are to one another, that keep their sum."""
    factors = np.full(len(totals), most, np.float64)
    is_free = np.ones(len(totals), bool)
    while is_free.any():
        room = totals.sum() - most * totals[~is_free].sum()
        found = room * wanted[is_free] / (wanted * totals)[is_free].sum()
        factors[is_free] = np.minimum(found, most)
        if not (found > most).any():
            break
        is_free[np.flatnonzero(is_free)[found > most]] = False
    return factors


def draw_epoch(shares: Shares, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw the lessons of one epoch: systematic sampling in random order.

    Args:
        shares: (n,) how often each lesson is to be seen, on average; not negative.
        rng: advanced by the draw.

    Returns:
        Row numbers, ascending; each as often as its share, rounded up or down. Shares of 1 give
        every row once.
    """
    order = rng.permutation(len(shares))
    marks = np.floor(np.concatenate([[0.0], np.cumsum(shares[order])]) + rng.random())
    counts = np.diff(marks).astype(np.int64)
    return np.sort(np.repeat(order, counts))


def effective_count(strata: Iterable[Hashable], shares: Iterable[float]) -> float:
    """Return how many strata of equal share would be as varied: the exponential of the entropy.

    1 when all is of one stratum (or nothing is there), the number of strata when all share alike
    (Hill 1973, "Diversity and Evenness").
    """
    totals: Counter[Hashable] = Counter()
    for stratum, share in zip(strata, shares, strict=True):
        totals[stratum] += share  # type: ignore[assignment]  # counters take fractions
    weights = np.array([total for total in totals.values() if total > 0], np.float64)
    fractions = weights / weights.sum() if len(weights) else np.ones(1)
    return float(np.exp(-(fractions * np.log(fractions)).sum()))
