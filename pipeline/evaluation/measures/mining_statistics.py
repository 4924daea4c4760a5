"""How good a mining is, from what was mined from each source text. Pure.

`found` is 1 where a right pair was mined from the text, -1 where a wrong one, 0 where none; a
`signed` margin is that of the pair, negative where it is wrong. Shares of nothing are 0. All are
computed along the last axis, as `pipeline.statistics.bootstrap` wants it.
"""

import numpy as np
import numpy.typing as npt

from pipeline.statistics import Array


def best_threshold(signed: Array, has_gold: npt.NDArray[np.bool_]) -> float:
    """The margin from which mining has the highest F1; the higher one of equally good ones.

    Args:
        signed: (n,) margin of what was mined from each source text, negative where that is wrong,
            0 where nothing was.
        has_gold: (n,), whether it has a translation.

    Returns:
        Infinity where nothing right was mined.
    """
    order = np.argsort(-np.abs(signed), kind="stable")
    margins, right = np.abs(signed[order]), np.cumsum(signed[order] > 0)
    scores = 2 * right / (np.arange(1, len(right) + 1) + max(1, has_gold.sum()))
    is_last_of_equals = np.append(margins[1:] < margins[:-1], True)
    usable = is_last_of_equals & (margins > 0) & (right > 0)
    if not usable.any():
        return float("inf")
    return float(margins[np.where(usable, scores, -1).argmax()])


def f1(found: Array, has_gold: Array) -> Array:
    """Harmonic mean of precision and recall."""
    return _share(2 * (found > 0).sum(axis=-1), (found != 0).sum(axis=-1) + has_gold.sum(axis=-1))


def precision(found: Array) -> Array:
    """Right pairs over mined ones."""
    return _share((found > 0).sum(axis=-1), (found != 0).sum(axis=-1))


def recall(found: Array, has_gold: Array) -> Array:
    """Right pairs over translations there are."""
    return _share((found > 0).sum(axis=-1), has_gold.sum(axis=-1))


def average_precision(signed: Array, has_gold: Array) -> Array:
    """Mean precision at each right pair, the widest margin first; wrong ones first of equals."""
    by_sign = np.sort(signed, axis=-1)
    order = np.argsort(-np.abs(by_sign), axis=-1, kind="stable")
    is_right = np.take_along_axis(by_sign, order, axis=-1) > 0
    precise = np.cumsum(is_right, axis=-1) / np.arange(1, is_right.shape[-1] + 1)
    return _share((precise * is_right).sum(axis=-1), has_gold.sum(axis=-1))


def _share(part: Array, whole: Array) -> Array:
    return np.asarray(part / np.maximum(whole, 1))
