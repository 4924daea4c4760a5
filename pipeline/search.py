"""Exact nearest neighbours of unit vectors by cosine.

Up to about two hundred thousand rows a side a plain matrix product beats every index, build time
included, and one product gives the neighbours of both sides.

A product's last bit depends on the shape of the tile and on the number of threads. So a sweep keeps
a few candidates more than asked for, and their cosines are computed anew, pair by pair, each with
the same order of additions. Equal cosines go to the lower row. Pure.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.best import Best, Neighbours, Positions
from pipeline.errors import InputError

__all__ = [
    "SPARE",
    "Block",
    "Neighbours",
    "Positions",
    "check_sides",
    "everything",
    "nearest",
    "nearest_both_ways",
    "rescored",
    "sweep",
]

Block = tuple[Positions, Positions]
"""Rows of one side that are compared with rows of the other, both ascending and distinct."""

SPARE = 2
"""Candidates kept beyond k until their cosines are computed anew."""

_ROW_TILE = 1024
_COLUMN_TILE = 8192  # a tile of cosines is 32 MiB
_PAIR_TILE = 16_384


def nearest(queries: np.ndarray, base: np.ndarray, k: int) -> Neighbours:
    """Find the k rows of `base` with the highest cosine to each query.

    Args:
        queries: (n, d) float32, unit rows.
        base: (m, d) float32, unit rows.
        k: neighbours wanted; clipped to m.

    Returns:
        Arrays of shape (n, min(k, m)). Working memory is a few tiles, whatever n and m.

    Raises:
        InputError: an array is not two-dimensional, the widths differ, or k < 1.
    """
    check_sides(queries, base, k)
    best = Best(len(queries), min(k + SPARE, len(base)))
    for rows, columns, cosines in _products(queries, base, [everything(queries, base)]):
        best.see(rows, cosines, columns)
    return rescored(queries, base, best.found, k)


def nearest_both_ways(left: np.ndarray, right: np.ndarray, k: int) -> tuple[Neighbours, Neighbours]:
    """Find the neighbours of `left` in `right` and of `right` in `left` from one sweep.

    Returns:
        `(nearest(left, right, k), nearest(right, left, k))` for half the multiplications.

    Raises:
        InputError: as `nearest`.
    """
    check_sides(left, right, k)
    onward, back = sweep(left, right, [everything(left, right)], k + SPARE)
    return rescored(left, right, onward, k), rescored(right, left, back, k)


def sweep(
    left: np.ndarray, right: np.ndarray, blocks: Iterable[Block], k: int
) -> tuple[Neighbours, Neighbours]:
    """Find the neighbours of either side in the other among the pairs of some blocks.

    Returns:
        At most k of every row of `left`, and of every row of `right`; see `Best`. Cosines are those
        of the matrix product.
    """
    onward = Best(len(left), min(k, len(right)))
    back = Best(len(right), min(k, len(left)))
    for rows, columns, cosines in _products(left, right, blocks):
        onward.see(rows, cosines, columns)
        back.see(columns, cosines.T, rows)
    return onward.found, back.found


def rescored(queries: np.ndarray, base: np.ndarray, candidates: Neighbours, k: int) -> Neighbours:
    """The k best of some candidates, by cosines that depend on nothing but the two vectors.

    Args:
        queries: (n, d) float32.
        base: (m, d) float32.
        candidates: (n, c) rows of `base`; what has a cosine of minus infinity is none.
        k: neighbours wanted; clipped to c and m.
    """
    k = min(k, candidates.row.shape[1], len(base))
    found = Neighbours(
        np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
    )
    for start in range(0, len(queries) if k else 0, _PAIR_TILE):
        at = slice(start, start + _PAIR_TILE)
        row = candidates.row[at]
        pairs = [np.einsum("nd,nd->n", queries[at], base[column]) for column in row.T]
        cosine = np.stack(pairs, axis=1)
        cosine[np.isneginf(candidates.cosine[at])] = -np.inf
        order = np.lexsort((row, -cosine))[:, :k]
        found.cosine[at] = np.take_along_axis(cosine, order, axis=1)
        found.row[at] = np.take_along_axis(row, order, axis=1)
    return found


def everything(left: np.ndarray, right: np.ndarray) -> Block:
    """The block of all rows and all columns."""
    return np.arange(len(left)), np.arange(len(right))


def _products(
    left: np.ndarray, right: np.ndarray, blocks: Iterable[Block]
) -> Iterator[tuple[Positions, Positions, np.ndarray]]:
    """Rows, columns and cosines of every tile; the cosines hold until the next tile."""
    room = np.empty(_ROW_TILE * _COLUMN_TILE, np.float32)
    for block in blocks:
        for rows, columns in _tiles(block):
            cosines = room[: len(rows) * len(columns)].reshape(len(rows), len(columns))
            np.matmul(_taken(left, rows), _taken(right, columns).T, out=cosines)
            yield rows, columns, cosines


def _tiles(block: Block) -> Iterator[Block]:
    rows, columns = block
    for row in range(0, len(rows), _ROW_TILE):
        for column in range(0, len(columns), _COLUMN_TILE):
            yield rows[row : row + _ROW_TILE], columns[column : column + _COLUMN_TILE]


def _taken(vectors: np.ndarray, rows: Positions) -> np.ndarray:
    """Some rows, without a copy where they stand together."""
    first, last = rows[0], rows[-1]
    return vectors[first : last + 1] if last - first + 1 == len(rows) else vectors[rows]


def check_sides(queries: np.ndarray, base: np.ndarray, k: int) -> None:
    """Raise InputError unless these are two matrices of one width, and k is at least 1."""
    if queries.ndim != 2 or base.ndim != 2 or queries.shape[1] != base.shape[1]:  # noqa: PLR2004 - matrices
        raise InputError(
            f"cannot compare arrays of shape {queries.shape} and {base.shape}: "
            "give two matrices of vectors of one model"
        )
    if k < 1:
        raise InputError(f"asked for {k} neighbours; at least 1 is needed")
