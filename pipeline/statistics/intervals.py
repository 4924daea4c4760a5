"""Intervals of shares in closed form; pure.

Wilson's score interval (Wilson 1927) for a share, and for the difference of two shares of the same
units the interval of Bonett and Price (2012).
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.statistics.estimates import checked_columns


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval.

    Attributes:
        value: the point estimate.
        ci_low: lower end; never above `value`.
        ci_high: upper end; never below `value`.
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


def gained_share(
    before: npt.ArrayLike, after: npt.ArrayLike, level_fraction: float = 0.95
) -> Interval:
    """Share of hits after less that before, over the same units, where few of them change.

    One gain and one loss are imagined beside those seen, as far as the interval goes. Unlike a
    bootstrap it is thus not certain of anything where no unit changed.

    Args:
        before: (n,) 1 for a hit, else 0.
        after: likewise, for the same units.
        level_fraction: confidence level.

    Raises:
        InputError: no values, or not as many after as before.
    """
    change = np.subtract(*reversed(checked_columns((before, after))))
    n = len(change)
    gained, lost = (float((change == step).sum() + 1) / (n + 2) for step in (1, -1))
    z = NormalDist().inv_cdf((1 + level_fraction) / 2)
    spread = z * ((gained + lost - (gained - lost) ** 2) / (n + 2)) ** 0.5
    value = float(change.mean())
    low, high = max(-1.0, gained - lost - spread), min(1.0, gained - lost + spread)
    return Interval(value, min(low, value), max(high, value), n, None, level_fraction)


def sample_size(half_width: float, share: float = 0.5, level_fraction: float = 0.95) -> int:
    """The smallest n whose normal-theory interval of `share` is no wider than +- half_width."""
    z = NormalDist().inv_cdf((1 + level_fraction) / 2)
    return int(np.ceil(z * z * share * (1 - share) / half_width**2))
