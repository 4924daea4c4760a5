"""Choosing among very many values so that rare ones count as much as common ones."""

import numpy as np
import numpy.typing as npt

from pipeline.statistics.estimates import Array

_INTERVALS = 20
_MOST_OF_AN_INTERVAL = 200


def evenly_over_range(values: Array) -> npt.NDArray[np.int64]:
    """Places of values that stand evenly between the least and the greatest.

    The range is cut into twenty equal intervals, and of each at most 200 values are taken, evenly
    by their order. Of the similarities of random texts nearly all are those of unrelated texts,
    which mean little; so chosen, the related ones are heard as well.

    Args:
        values: (n,) finite, at least one.

    Returns:
        Ascending places, at most 4,000; all of them where values are few.
    """
    order = np.argsort(values, kind="stable")
    edges = np.linspace(values.min(), values.max(), _INTERVALS + 1)[1:-1]
    intervals = np.split(order, np.searchsorted(values[order], edges))
    return np.sort(np.concatenate([_evenly(interval) for interval in intervals]))


def _evenly(places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if len(places) <= _MOST_OF_AN_INTERVAL:
        return places
    chosen = np.linspace(0, len(places) - 1, _MOST_OF_AN_INTERVAL).astype(np.int64)
    return places[chosen]
