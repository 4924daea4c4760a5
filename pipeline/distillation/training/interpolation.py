"""How far from its start a student may go.

Every point on the straight line between the weights before and after training is a usable model,
and close to the start most of the gain is there at almost no loss (Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models"). The furthest point is chosen that keeps what must be kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.statistics import evenly_over_range, spearman

_STEP_COUNT = 40  # of the line
_LEAST_TEXTS = 3  # fewer have no two pairs to order


@dataclass(frozen=True)
class Trial:
    """A point on the line, and what it keeps.

    Attributes:
        trained_fraction: 0 at the start, 1 where training ended.
        retention: of the pivot language that keeps least, see `order_kept`.
    """

    trained_fraction: float
    retention: float


def furthest(retention_at: Callable[[float], float], floor: float) -> tuple[Trial, ...]:
    """Find the furthest point whose retention reaches the floor, by bisection.

    Args:
        retention_at: by trained fraction; 1 at 0, and falling.
        floor: the least retention.

    Returns:
        The trials in the order made; the chosen point is the last. It is the start itself where
        every fortieth of the way costs too much.
    """
    trials = [Trial(1.0, retention_at(1.0))]
    if trials[0].retention >= floor:
        return tuple(trials)
    best, low, high = Trial(0.0, 1.0), 0, _STEP_COUNT
    while high - low > 1:
        middle = (low + high) // 2
        trial = Trial(middle / _STEP_COUNT, retention_at(middle / _STEP_COUNT))
        trials.append(trial)
        if trial.retention >= floor:
            best, low = trial, middle
        else:
            high = middle
    return (*(trial for trial in trials if trial != best), best)


def order_kept(before: npt.NDArray[np.float32], after: npt.NDArray[np.float32]) -> float:
    """Spearman between two models' similarities of pairs of the same texts, in [-1, 1].

    The pairs stand evenly over the similarities before, see `evenly_over_range`: of all pairs
    nearly every one is of unrelated texts, whose order means little to either model.

    Args:
        before: (n, d) unit rows.
        after: (n, e) unit rows of the same texts. With fewer than three there is nothing to lose.
    """
    if len(before) < _LEAST_TEXTS:
        return 1.0
    pairs = np.triu_indices(len(before), k=1)
    old, new = ((rows @ rows.T)[pairs].astype(np.float64) for rows in (before, after))
    chosen = evenly_over_range(old)
    return float(spearman(old[chosen], new[chosen]))


def least_kept(
    before: Sequence[npt.NDArray[np.float32]], after: Sequence[npt.NDArray[np.float32]]
) -> float:
    """`order_kept` of the group, such as a language, that keeps least; 1 without groups."""
    kept = (order_kept(*group) for group in zip(before, after, strict=True))
    return min(kept, default=1.0)
