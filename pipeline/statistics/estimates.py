"""Statistics of units along the last axis, so that a block of resamples is one call; pure."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipeline.errors import InputError

Array = npt.NDArray[np.float64]
Statistic = Callable[..., Array]


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


def checked_columns(columns: tuple[npt.ArrayLike, ...]) -> list[Array]:
    """The columns as float64 arrays.

    Raises:
        InputError: they are empty, of different lengths, or hold a value that is not finite.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    lengths = {array.shape for array in arrays}
    if len(lengths) != 1 or arrays[0].ndim != 1 or not len(arrays[0]):
        raise InputError(f"expected columns of one length, none empty, got shapes {lengths}")
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError("values must be finite: a nan or an infinity is among them")
    return arrays
