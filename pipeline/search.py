"""Exact nearest neighbours of unit vectors by cosine.

Up to about a hundred thousand rows a side a plain matrix product beats every index, build time
included, and it is exact. Equal cosines go to the lower row, whatever the tiling.
"""

from typing import NamedTuple

import numpy as np

from pipeline.errors import InputError

_QUERY_TILE = 1024
_BASE_TILE = 8192  # a tile of cosines is 32 MiB


class Neighbours(NamedTuple):
    """The k nearest rows of each query, nearest first."""

    cosine: np.ndarray  # (n, k) float32, descending
    row: np.ndarray  # (n, k) int64 into the searched side; ascending where cosines are equal


def nearest(queries: np.ndarray, base: np.ndarray, k: int) -> Neighbours:
    """Find the k rows of `base` with the highest cosine to each query.

    Args:
        queries: (n, d) float32, unit rows.
        base: (m, d) float32, unit rows.
        k: neighbours wanted; clipped to m.

    Returns:
        Arrays of shape (n, min(k, m)). Working memory is one tile, whatever n and m.

    Raises:
        InputError: an array is not two-dimensional, the widths differ, or k < 1.
    """
    _check(queries, base, k)
    found = no_neighbours(len(queries), min(k, len(base)))
    for rows, columns in _tiles(len(queries), len(base)):
        improve(found, rows, queries[rows] @ base[columns].T, columns.start)
    return found


def nearest_both_ways(left: np.ndarray, right: np.ndarray, k: int) -> tuple[Neighbours, Neighbours]:
    """Find the neighbours of `left` in `right` and of `right` in `left` from one sweep.

    Returns:
        `(nearest(left, right, k), nearest(right, left, k))` for half the multiplications.

    Raises:
        InputError: as `nearest`.
    """
    _check(left, right, k)
    onward = no_neighbours(len(left), min(k, len(right)))
    back = no_neighbours(len(right), min(k, len(left)))
    for rows, columns in _tiles(len(left), len(right)):
        cosines = left[rows] @ right[columns].T
        improve(onward, rows, cosines, columns.start)
        improve(back, columns, cosines.T, rows.start)
    return onward, back


def _check(queries: np.ndarray, base: np.ndarray, k: int) -> None:
    if queries.ndim != 2 or base.ndim != 2 or queries.shape[1] != base.shape[1]:  # noqa: PLR2004 - matrices
        raise InputError(
            f"cannot compare arrays of shape {queries.shape} and {base.shape}: "
            "give two matrices of vectors of one model"
        )
    if k < 1:
        raise InputError(f"asked for {k} neighbours; at least 1 is needed")


def no_neighbours(count: int, k: int) -> Neighbours:
    """What is known of `count` queries before anything was looked at; see `improve`."""
    return Neighbours(np.full((count, k), -np.inf, np.float32), np.zeros((count, k), np.int64))


def _tiles(row_count: int, column_count: int) -> list[tuple[slice, slice]]:
    """Cut a matrix into tiles, both numbers ascending."""
    return [
        (
            slice(row, min(row + _QUERY_TILE, row_count)),
            slice(column, min(column + _BASE_TILE, column_count)),
        )
        for row in range(0, row_count, _QUERY_TILE)
        for column in range(0, column_count, _BASE_TILE)
    ]


def improve(found: Neighbours, at: slice, cosines: np.ndarray, first_row: int) -> None:
    """Merge a tile's best columns into `found[at]`; tiles of a query come in ascending order.

    Only queries with something better than their k-th best are looked at. For the few neighbours
    ever wanted, k passes for the maximum beat a partial sort, and the first maximum is the lowest
    row; an equal one of a later tile has a higher row and does not count.

    Args:
        found: changed in place.
        at: rows of `found` that the tile is about.
        cosines: (rows, columns) float32; left as it is.
        first_row: what the tile's first column stands for.
    """
    hopeful = np.flatnonzero(cosines.max(axis=1) > found.cosine[at, -1])
    candidates = np.ascontiguousarray(cosines[hopeful])
    every = np.arange(len(hopeful))
    k = found.row.shape[1]
    best_cosine, best_row = [found.cosine[at][hopeful]], [found.row[at][hopeful]]
    for _ in range(min(k, candidates.shape[1])):
        column = candidates.argmax(axis=1)
        best_cosine.append(candidates[every, column][:, None])
        best_row.append(column[:, None] + first_row)
        candidates[every, column] = -np.inf
    cosine, row = np.hstack(best_cosine), np.hstack(best_row)
    # earlier tiles stand first and hold lower rows, so a stable sort settles ties
    order = np.argsort(-cosine, axis=1, kind="stable")[:, :k]
    found.cosine[at.start + hopeful] = np.take_along_axis(cosine, order, axis=1)
    found.row[at.start + hopeful] = np.take_along_axis(row, order, axis=1)
